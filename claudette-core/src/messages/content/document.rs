//! [`Document`]: a text or a PDF for the model to read and cite.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::ContentBlock;
use super::result_content::ResultContent;
use super::source::Source;
use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;
use crate::json::tags;
use crate::messages::cache_control::cacheable;

tags! { DocumentTag = "document" }

/// A text or a PDF for the model to read, and to cite if it is told to
/// ([Citations](https://docs.claude.com/en/docs/build-with-claude/citations)).
///
/// It stands in a prompt, best before the question, or in what a tool returns. A PDF has at most 600 pages (100 where the
/// model's context window is below a million tokens) and no password, and all of it is within the 32 MB of the request
/// ([PDF support](https://docs.claude.com/en/docs/build-with-claude/pdf-support)).
///
/// ```
/// use claudette::{Document, Message};
///
/// let orders = Document::text("Order C1 shipped on Monday.").title("orders.txt").citations(true);
/// let message = Message::user((orders, "When did C1 leave?"));
/// assert_eq!(
///     serde_json::to_string(&message.content()[0])?,
///     r#"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"Order C1 shipped on Monday."},"title":"orders.txt","citations":{"enabled":true}}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    r#type: DocumentTag,
    source: Box<Source>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    title: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    context: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    citations: Lenient<Citations>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(Document);
cacheable!(Document);

impl Document {
    /// A PDF, from its bytes. Nothing is looked at before the API does; [`from_bytes`](Self::from_bytes) looks.
    pub fn pdf(bytes: impl AsRef<[u8]>) -> Self {
        Self::pdf_base64(STANDARD.encode(bytes))
    }

    /// A PDF that is base64 text already.
    pub fn pdf_base64(data: impl Into<String>) -> Self {
        Self::new(Source::of_base64("application/pdf", data))
    }

    /// Plain text. The model cites it by characters, which the API counts off in sentences.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(Source::of_text(text))
    }

    /// Blocks of text and images. The model cites it by whole blocks.
    pub fn content(content: impl Into<ResultContent>) -> Self {
        Self::new(Source::of_content(content))
    }

    /// A PDF that the API fetches itself, from a public address.
    pub fn url(url: impl Into<String>) -> Self {
        Self::new(Source::of_url(url))
    }

    /// A PDF or a plain text among the files that were uploaded
    /// ([Files](https://docs.claude.com/en/docs/build-with-claude/files)): sent once, named in as many requests as you like.
    pub fn file_id(id: impl Into<String>) -> Self {
        Self::new(Source::of_file(id))
    }

    /// The title that the model sees, and that citations repeat.
    pub fn title(self, title: impl Into<String>) -> Self {
        Self { title: Lenient::Known(title.into()), ..self }
    }

    /// What the model should know of the document; it is never cited.
    pub fn context(self, context: impl Into<String>) -> Self {
        Self { context: Lenient::Known(context.into()), ..self }
    }

    /// Has the model cite the document. All documents of a request agree on it, and no form of the answer is asked for
    /// together with it ([Citations](https://docs.claude.com/en/docs/build-with-claude/citations)).
    pub fn citations(self, enabled: bool) -> Self {
        Self { citations: Lenient::Known(Citations::new(enabled)), ..self }
    }

    /// Where the document is.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The title that was given to it.
    pub fn given_title(&self) -> Option<&str> {
        self.title.known().map(String::as_str)
    }

    /// The context that was given to it.
    pub fn given_context(&self) -> Option<&str> {
        self.context.known().map(String::as_str)
    }

    /// Whether the model may cite it.
    pub fn is_cited(&self) -> bool {
        self.citations.known().is_some_and(Citations::enabled)
    }

    pub(super) fn blocks_mut(&mut self) -> &mut [ContentBlock] {
        self.source.blocks_mut()
    }

    fn new(source: Box<Source>) -> Self {
        Self {
            r#type: DocumentTag,
            source,
            title: Lenient::Absent,
            context: Lenient::Absent,
            citations: Lenient::Absent,
            extra: Extra::default(),
        }
    }
}

/// Whether the model may cite a block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Citations {
    enabled: bool,
    #[serde(flatten)]
    extra: Extra,
}

impl Citations {
    pub(super) fn new(enabled: bool) -> Self {
        Self { enabled, extra: Extra::default() }
    }

    pub(super) fn enabled(&self) -> bool {
        self.enabled
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pdf_goes_as_base64() {
        let source = json!({"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x"});
        assert_eq!(json!(Document::pdf(b"%PDF-1")), json!({"type": "document", "source": source}));
    }

    #[test]
    fn what_was_given_can_be_read() {
        let document = Document::content(vec!["a", "b"]).title("t").context("c");
        assert_eq!((document.given_title(), document.given_context()), (Some("t"), Some("c")));
        assert!(!document.is_cited() && document.clone().citations(true).is_cited());
        assert_eq!(document.source().content().unwrap().text(), "ab");
    }
}
