//! [`Source`]: a source that an answer cites. A stream and a stored message show it in the same way.

use serde::Serialize;

use super::chunk::Chunk;
use super::ui_message::UiPart;

/// A web page that the answer cites.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SourceUrl {
    /// The id of the source.
    pub source_id: String,
    /// The address of the page.
    pub url: String,
    /// The title of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A document that the answer cites.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SourceDocument {
    /// The id of the source.
    pub source_id: String,
    /// The media type of the document.
    pub media_type: String,
    /// The title of the document.
    pub title: String,
}

/// A source that an answer cites.
pub(super) enum Source {
    Url(SourceUrl),
    Document(SourceDocument),
}

impl Source {
    /// Returns a web page if there is a URL, and otherwise a document.
    pub(super) fn new(source_id: String, url: Option<String>, title: Option<String>) -> Self {
        match url {
            Some(url) => Self::Url(SourceUrl { source_id, url, title }),
            None => Self::Document(SourceDocument {
                source_id,
                media_type: "text/plain".to_owned(),
                title: title.unwrap_or_else(|| "Document".to_owned()),
            }),
        }
    }

    pub(super) fn id(&self) -> &str {
        match self {
            Self::Url(source) => &source.source_id,
            Self::Document(source) => &source.source_id,
        }
    }
}

impl From<Source> for Chunk {
    fn from(source: Source) -> Self {
        match source {
            Source::Url(source) => Self::SourceUrl(source),
            Source::Document(source) => Self::SourceDocument(source),
        }
    }
}

impl From<Source> for UiPart {
    fn from(source: Source) -> Self {
        match source {
            Source::Url(source) => Self::SourceUrl(source),
            Source::Document(source) => Self::SourceDocument(source),
        }
    }
}
