//! [`Citation`]: the place in a source on which a text rests.

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::unknown::Unknown;
use crate::display::brief;
use crate::json::Extra;
use crate::json::{Lenient, known};
use crate::json::{kind_of, tags};

/// The place in a source on which a text rests
/// ([Citations](https://docs.claude.com/en/docs/build-with-claude/citations)).
///
/// What all kinds have can be asked of the citation itself; the rest stands in the variants. All indices count from
/// zero, but pages from one, and the end of a range is exclusive.
///
/// ```
/// use claudette::wire::Citation;
/// use claudette::Text;
///
/// let text: Text = serde_json::from_str(
///     r#"{"type":"text","text":"Your order left on Monday.","citations":[{"type":"char_location",
///         "cited_text":"Order C1 shipped on Monday.","document_index":0,"document_title":"orders.txt",
///         "start_char_index":0,"end_char_index":27}]}"#,
/// )?;
/// let citation = &text.citations()[0];
/// assert_eq!(citation.cited_text(), "Order C1 shipped on Monday.");
/// assert_eq!(citation.title(), Some("orders.txt"));
/// assert!(matches!(citation, Citation::Char(place) if place.chars() == (0..27)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Citation {
    /// Characters of a plain-text document.
    Char(CharLocation),
    /// Pages of a PDF.
    Page(PageLocation),
    /// Blocks of a document that is made of blocks.
    Block(ContentBlockLocation),
    /// A page that the server's web search found.
    WebSearch(WebSearchResultLocation),
    /// Blocks of a [`SearchResult`](super::SearchResult).
    SearchResult(SearchResultLocation),
    /// A citation of any other kind, as it came.
    Unknown(Unknown),
}

impl Citation {
    /// The citation's `type` on the wire; empty if it has none.
    pub fn kind(&self) -> &str {
        match self {
            Self::Char(_) => CharTag::NAME,
            Self::Page(_) => PageTag::NAME,
            Self::Block(_) => BlockTag::NAME,
            Self::WebSearch(_) => WebSearchTag::NAME,
            Self::SearchResult(_) => SearchResultTag::NAME,
            Self::Unknown(citation) => citation.kind(),
        }
    }

    /// The words of the source; empty for a kind that has no name here.
    pub fn cited_text(&self) -> &str {
        match self {
            Self::Char(place) => place.cited_text(),
            Self::Page(place) => place.cited_text(),
            Self::Block(place) => place.cited_text(),
            Self::WebSearch(place) => place.cited_text(),
            Self::SearchResult(place) => place.cited_text(),
            Self::Unknown(_) => "",
        }
    }

    /// The title of the document, the page or the search result, if it has one.
    pub fn title(&self) -> Option<&str> {
        self.document_title().or_else(|| match self {
            Self::WebSearch(place) => place.title(),
            Self::SearchResult(place) => place.title(),
            _ => None,
        })
    }

    /// Which of the request's documents it is, if it is one.
    pub fn document_index(&self) -> Option<usize> {
        match self {
            Self::Char(place) => Some(place.document_index()),
            Self::Page(place) => Some(place.document_index()),
            Self::Block(place) => Some(place.document_index()),
            _ => None,
        }
    }

    /// The title of the document, if it is one and has one.
    pub fn document_title(&self) -> Option<&str> {
        match self {
            Self::Char(place) => place.document_title(),
            Self::Page(place) => place.document_title(),
            Self::Block(place) => place.document_title(),
            _ => None,
        }
    }

    /// The address of the web page, if it is one.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::WebSearch(place) => Some(place.url()),
            _ => None,
        }
    }

    /// Where the search result is from, if it is one.
    pub fn source(&self) -> Option<&str> {
        match self {
            Self::SearchResult(place) => Some(place.source()),
            _ => None,
        }
    }
}

impl Serialize for Citation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Char(place) => place.serialize(serializer),
            Self::Page(place) => place.serialize(serializer),
            Self::Block(place) => place.serialize(serializer),
            Self::WebSearch(place) => place.serialize(serializer),
            Self::SearchResult(place) => place.serialize(serializer),
            Self::Unknown(citation) => citation.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Citation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        let known = match kind_of(text).as_ref() {
            CharTag::NAME => known(text).map(Self::Char),
            PageTag::NAME => known(text).map(Self::Page),
            BlockTag::NAME => known(text).map(Self::Block),
            WebSearchTag::NAME => known(text).map(Self::WebSearch),
            SearchResultTag::NAME => known(text).map(Self::SearchResult),
            _ => None,
        };
        Ok(known.unwrap_or_else(|| Self::Unknown(raw.into())))
    }
}

tags! {
    CharTag = "char_location",
    PageTag = "page_location",
    BlockTag = "content_block_location",
    WebSearchTag = "web_search_result_location",
    SearchResultTag = "search_result_location",
}

/// The three kinds of places in documents: they differ in what they count.
macro_rules! document_locations {
    ($($(#[$doc:meta])* $name:ident($tag:ident): $(#[$range_doc:meta])* $range:ident = $start:ident..$end:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            r#type: $tag,
            cited_text: String,
            document_index: usize,
            #[serde(default, skip_serializing_if = "Lenient::is_absent")]
            document_title: Lenient<String>,
            $start: usize,
            $end: usize,
            #[serde(default, skip_serializing_if = "Lenient::is_absent")]
            file_id: Lenient<String>,
            #[serde(flatten)]
            extra: Extra,
        }

        brief!($name);

        impl $name {
            /// The words of the document.
            pub fn cited_text(&self) -> &str {
                &self.cited_text
            }

            /// Which of the request's documents it is.
            pub fn document_index(&self) -> usize {
                self.document_index
            }

            /// The document's title, if it has one.
            pub fn document_title(&self) -> Option<&str> {
                self.document_title.known().map(String::as_str)
            }

            /// The file that the document is, if it was given as a file.
            pub fn file_id(&self) -> Option<&str> {
                self.file_id.known().map(String::as_str)
            }

            $(#[$range_doc])*
            pub fn $range(&self) -> Range<usize> {
                self.$start..self.$end
            }
        }
    )+};
}

document_locations! {
    /// Characters of a plain-text document.
    CharLocation(CharTag):
        /// The characters, which are no bytes: counted as in `text.chars()`.
        chars = start_char_index..end_char_index;
    /// Pages of a PDF.
    PageLocation(PageTag):
        /// The pages, from 1; the end is exclusive.
        pages = start_page_number..end_page_number;
    /// Blocks of a document that is made of blocks.
    ContentBlockLocation(BlockTag):
        /// The blocks of the document.
        blocks = start_block_index..end_block_index;
}

brief!(WebSearchResultLocation, SearchResultLocation);

/// A page that the server's web search found.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct WebSearchResultLocation {
    r#type: WebSearchTag,
    cited_text: String,
    url: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    title: Lenient<String>,
    #[serde(flatten)]
    extra: Extra,
}

impl WebSearchResultLocation {
    /// The words of the page.
    pub fn cited_text(&self) -> &str {
        &self.cited_text
    }

    /// The page's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The page's title, if it has one.
    pub fn title(&self) -> Option<&str> {
        self.title.known().map(String::as_str)
    }
}

/// Blocks of a [`SearchResult`](super::SearchResult) that the caller gave.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchResultLocation {
    r#type: SearchResultTag,
    cited_text: String,
    source: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    title: Lenient<String>,
    search_result_index: usize,
    start_block_index: usize,
    end_block_index: usize,
    #[serde(flatten)]
    extra: Extra,
}

impl SearchResultLocation {
    /// The words of the search result.
    pub fn cited_text(&self) -> &str {
        &self.cited_text
    }

    /// Where the search result is from, as the caller said.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The search result's title, if it has one.
    pub fn title(&self) -> Option<&str> {
        self.title.known().map(String::as_str)
    }

    /// Which of the request's search results it is.
    pub fn search_result_index(&self) -> usize {
        self.search_result_index
    }

    /// The blocks of the search result.
    pub fn blocks(&self) -> Range<usize> {
        self.start_block_index..self.end_block_index
    }
}
