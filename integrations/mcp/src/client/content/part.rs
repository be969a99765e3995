//! [`Part`]: one part of the content from a server, as the model reads it.

use claudette::Document;
use claudette::wire::ContentBlock;

/// One part of the content from a server, as the model reads it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    /// Text of the server, cleaned and not blank.
    Text(String),
    /// A note in place of something that the model does not read.
    Note(String),
    /// A text resource, cleaned and not blank.
    Document { title: String, text: String },
    /// An image or a PDF that the API accepts.
    Media(ContentBlock),
}

impl Part {
    /// Returns the text that the model reads.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Note(text) | Self::Document { text, .. } => text,
            Self::Media(_) => "",
        }
    }

    /// Replaces the text.
    pub(crate) fn set_text(&mut self, new: String) {
        match self {
            Self::Text(text) | Self::Note(text) | Self::Document { text, .. } => *text = new,
            Self::Media(_) => {}
        }
    }

    /// Returns the part as a block of a user message or of a tool result.
    pub(crate) fn into_block(self) -> ContentBlock {
        match self {
            Self::Text(text) | Self::Note(text) => text.into(),
            Self::Document { title, text } => titled(Document::text(text), title).into(),
            Self::Media(block) => block,
        }
    }

    /// Returns the part as text, for places that accept nothing else: errors, and messages of the assistant.
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Note(text) => text,
            Self::Document { title, text } if title.is_empty() => text,
            Self::Document { title, text } => format!("{title}:\n{text}"),
            Self::Media(ContentBlock::Document(document)) => {
                format!("[A document{} is not shown]", named(document.given_title()))
            }
            Self::Media(_) => "[An image is not shown]".to_owned(),
        }
    }
}

fn named(title: Option<&str>) -> String {
    title.map(|title| format!(" ({title})")).unwrap_or_default()
}

/// Adds a title, if there is one.
pub(super) fn titled(document: Document, title: String) -> Document {
    if title.is_empty() { document } else { document.title(title) }
}
