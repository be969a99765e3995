//! [`SearchResult`]: something that the caller's own search found.

use serde::{Deserialize, Serialize};

use super::ContentBlock;
use super::document::Citations;
use super::result_content::nested_blocks;
use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;
use crate::json::tags;
use crate::messages::cache_control::cacheable;

tags! { SearchResultTag = "search_result" }

/// Something that the caller's own search found, for the model to read and to cite like a web page
/// ([Search results](https://docs.claude.com/en/docs/build-with-claude/search-results)).
///
/// It stands in a prompt, or in what a tool returns.
///
/// ```
/// use claudette::wire::SearchResult;
/// use claudette::tool;
///
/// /// Searches the manual.
/// #[tool]
/// fn manual(
///     /// What to look for
///     query: String,
/// ) -> Vec<SearchResult> {
///     vec![SearchResult::new("https://example.com/manual#3", "Chapter 3", [query + " is easy."]).citations(true)]
/// }
/// # let found = manual("Flying".into());
/// # assert_eq!((found[0].title(), found[0].content()[0].as_text()), ("Chapter 3", Some("Flying is easy.")));
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchResult {
    r#type: SearchResultTag,
    source: String,
    title: String,
    #[serde(deserialize_with = "nested_blocks")]
    content: Vec<ContentBlock>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    citations: Lenient<Citations>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(SearchResult);
cacheable!(SearchResult);

impl SearchResult {
    /// A result from this source, an address or any other name; the model cites it by the blocks of its text.
    pub fn new<T: Into<ContentBlock>>(
        source: impl Into<String>,
        title: impl Into<String>,
        content: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            r#type: SearchResultTag,
            source: source.into(),
            title: title.into(),
            content: content.into_iter().map(Into::into).collect(),
            citations: Lenient::Absent,
            extra: Extra::default(),
        }
    }

    /// Has the model cite it. All search results of a request agree on it.
    pub fn citations(self, enabled: bool) -> Self {
        Self { citations: Lenient::Known(Citations::new(enabled)), ..self }
    }

    /// Where it is from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its text, in blocks.
    pub fn content(&self) -> &[ContentBlock] {
        &self.content
    }

    pub(super) fn blocks_mut(&mut self) -> &mut [ContentBlock] {
        &mut self.content
    }

    /// Whether the model may cite it.
    pub fn is_cited(&self) -> bool {
        self.citations.known().is_some_and(Citations::enabled)
    }
}
