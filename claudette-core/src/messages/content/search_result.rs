//! [`SearchResult`]: a result of the caller's own search.

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

/// A result of the caller's own search, for the model to read and to cite like a web page
/// ([Search results](https://platform.claude.com/docs/en/build-with-claude/search-results)).
///
/// A search result is part of a prompt or of a tool's output.
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
#[doc(alias = "rag")]
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
    /// Creates a search result. `source` is a URL or any other name of its origin; `content` is its text, which the
    /// model cites by block.
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

    /// Sets whether the model cites the search result. All search results of a request must have the same setting.
    pub fn citations(self, enabled: bool) -> Self {
        Self { citations: Lenient::Known(Citations::new(enabled)), ..self }
    }

    /// Returns the source, usually a URL.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns the title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns the text blocks.
    pub fn content(&self) -> &[ContentBlock] {
        &self.content
    }

    pub(super) fn blocks_mut(&mut self) -> &mut [ContentBlock] {
        &mut self.content
    }

    /// Returns `true` if the model may cite the search result.
    pub fn is_cited(&self) -> bool {
        self.citations.known().is_some_and(Citations::enabled)
    }
}
