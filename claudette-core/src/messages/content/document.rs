//! [`Document`]: plain text or a PDF for the model to read and cite.

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

/// Plain text or a PDF for the model to read, and to cite if [`citations`](Self::citations) are enabled
/// ([Citations](https://platform.claude.com/docs/en/build-with-claude/citations)).
///
/// A document is part of a prompt, best before the question, or of a tool's output. A PDF may have at most 600 pages
/// (100 if the model's context window is below a million tokens) and no password. The whole request is limited to 32 MB
/// ([PDF support](https://platform.claude.com/docs/en/build-with-claude/pdf-support)).
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
#[doc(alias = "pdf")]
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
    /// Creates a document from the bytes of a PDF. This constructor does not check the bytes;
    /// [`from_bytes`](Self::from_bytes) does.
    pub fn pdf(bytes: impl AsRef<[u8]>) -> Self {
        Self::pdf_base64(STANDARD.encode(bytes))
    }

    /// Creates a document from a PDF that is already base64 text.
    pub fn pdf_base64(data: impl Into<String>) -> Self {
        Self::new(Source::of_base64("application/pdf", data))
    }

    /// Creates a document from plain text. The model cites ranges of characters; the API splits the text into
    /// sentences.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(Source::of_text(text))
    }

    /// Creates a document from blocks of text and images. The model cites whole blocks.
    pub fn content(content: impl Into<ResultContent>) -> Self {
        Self::new(Source::of_content(content))
    }

    /// Creates a document from the public URL of a PDF. The API fetches it.
    pub fn url(url: impl Into<String>) -> Self {
        Self::new(Source::of_url(url))
    }

    /// Creates a document from the id of an uploaded PDF or plain text file
    /// ([Files](https://platform.claude.com/docs/en/build-with-claude/files)). A file is uploaded once and can be used
    /// in any number of requests.
    pub fn file_id(id: impl Into<String>) -> Self {
        Self::new(Source::of_file(id))
    }

    /// Sets the title, which the model sees and citations repeat.
    pub fn title(self, title: impl Into<String>) -> Self {
        Self { title: Lenient::Known(title.into()), ..self }
    }

    /// Sets information about the document for the model. It is never cited.
    pub fn context(self, context: impl Into<String>) -> Self {
        Self { context: Lenient::Known(context.into()), ..self }
    }

    /// Sets whether the model cites the document. All documents of a request must have the same setting. Citations
    /// cannot be combined with structured output
    /// ([Citations](https://platform.claude.com/docs/en/build-with-claude/citations)).
    pub fn citations(self, enabled: bool) -> Self {
        Self { citations: Lenient::Known(Citations::new(enabled)), ..self }
    }

    /// Returns the source of the document: its data, URL, file or blocks.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Returns the title set with [`title`](Self::title).
    pub fn given_title(&self) -> Option<&str> {
        self.title.known().map(String::as_str)
    }

    /// Returns the context set with [`context`](Self::context).
    pub fn given_context(&self) -> Option<&str> {
        self.context.known().map(String::as_str)
    }

    /// Returns `true` if the model may cite the document.
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

/// The `citations` setting of a block.
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
    fn a_pdf_is_sent_as_base64() {
        let source = json!({"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x"});
        assert_eq!(json!(Document::pdf(b"%PDF-1")), json!({"type": "document", "source": source}));
    }

    #[test]
    fn settings_can_be_read() {
        let document = Document::content(vec!["a", "b"]).title("t").context("c");
        assert_eq!((document.given_title(), document.given_context()), (Some("t"), Some("c")));
        assert!(!document.is_cited() && document.clone().citations(true).is_cited());
        assert_eq!(document.source().content().unwrap().text(), "ab");
    }
}
