//! [`Text`]: a text block with its citations.

use serde::{Deserialize, Serialize};

use super::citation::Citation;
use crate::display::brief;
use crate::json::Extra;
use crate::json::JsonCursor;
use crate::json::tags;
use crate::json::{Lenient, typed};
use crate::messages::cache_control::cacheable;

tags! { TextTag = "text" }

/// A text block with its citations.
///
/// ```
/// use claudette::{CacheControl, Text};
///
/// let text = Text::new("A long story.").cache_control(CacheControl::ephemeral());
/// assert_eq!(
///     serde_json::to_string(&text)?,
///     r#"{"type":"text","text":"A long story.","cache_control":{"type":"ephemeral"}}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Text {
    r#type: TextTag,
    text: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    citations: Lenient<Vec<Citation>>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(Text);
cacheable!(Text);

impl Text {
    /// Creates a text block without citations.
    pub fn new(text: impl Into<String>) -> Self {
        Self { r#type: TextTag, text: text.into(), citations: Lenient::Absent, extra: Extra::default() }
    }

    pub(super) fn read(json: &mut JsonCursor<'_>) -> Option<Self> {
        let mut block = Self::new("");
        json.object(|json, name| {
            match name {
                "type" => drop(json.string()?),
                // Some servers omit an empty text or send null.
                "text" if json.null() => {}
                "text" => block.text = json.text()?,
                "citations" => block.citations = Lenient::read(json, typed)?,
                _ => drop(block.extra.insert(name.to_owned(), typed(json)?)),
            }
            Some(())
        })?;
        Some(block)
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the citations of the text. The list is empty if the model does not cite a source.
    pub fn citations(&self) -> &[Citation] {
        self.citations.known().map_or(&[], Vec::as_slice)
    }

    /// Returns `true` if the text is not empty and the block has no unknown fields or cache breakpoint.
    pub(super) fn is_plain(&self) -> bool {
        !self.text.is_empty() && self.extra.is_none()
    }

    pub(super) fn take_text(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    pub(crate) fn text_mut(&mut self) -> &mut String {
        &mut self.text
    }

    pub(in crate::messages) fn push_text(&mut self, more: &str) {
        self.text.push_str(more);
    }

    pub(in crate::messages) fn push_citation(&mut self, citation: Citation) {
        match self.citations.known_mut() {
            Some(citations) => citations.push(citation),
            None => self.citations = Lenient::Known(vec![citation]),
        }
    }
}
