//! [`Citation`]: a passage of a source that supports a text.

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::unknown::Unknown;
use crate::display::brief;
use crate::json::Extra;
use crate::json::{Lenient, known};
use crate::json::{kind_of, tags};

/// A passage of a source that supports a text
/// ([Citations](https://platform.claude.com/docs/en/build-with-claude/citations)).
///
/// The methods of this type cover the fields that several kinds share; the variants have the rest. Indices start at
/// zero, page numbers at one. The end of a range is exclusive.
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
    /// A page found by the web search of the API.
    WebSearch(WebSearchResultLocation),
    /// Blocks of a [`SearchResult`](super::SearchResult).
    SearchResult(SearchResultLocation),
    /// A citation of any other kind, kept as JSON.
    Unknown(Unknown),
}

impl Citation {
    /// Returns the `type` of the citation in JSON, or an empty string if it has none.
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

    /// Returns the cited text of the source. It is empty for [`Unknown`](Self::Unknown) citations.
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

    /// Returns the title of the document, web page or search result, if it has one.
    pub fn title(&self) -> Option<&str> {
        self.document_title().or_else(|| match self {
            Self::WebSearch(place) => place.title(),
            Self::SearchResult(place) => place.title(),
            _ => None,
        })
    }

    /// Returns the index of the cited document among the documents of the request. `None` if the source is not a
    /// document.
    pub fn document_index(&self) -> Option<usize> {
        match self {
            Self::Char(place) => Some(place.document_index()),
            Self::Page(place) => Some(place.document_index()),
            Self::Block(place) => Some(place.document_index()),
            _ => None,
        }
    }

    /// Returns the title of the cited document. `None` if it has no title or the source is not a document.
    pub fn document_title(&self) -> Option<&str> {
        match self {
            Self::Char(place) => place.document_title(),
            Self::Page(place) => place.document_title(),
            Self::Block(place) => place.document_title(),
            _ => None,
        }
    }

    /// Returns the URL of the cited web page. `None` if the source is not a web page.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::WebSearch(place) => Some(place.url()),
            _ => None,
        }
    }

    /// Returns the source of the cited [`SearchResult`](super::SearchResult). `None` for other kinds.
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

/// Defines the three kinds of locations in documents, which differ in the unit of their range.
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
            /// Returns the cited text of the document.
            pub fn cited_text(&self) -> &str {
                &self.cited_text
            }

            /// Returns the index of the document among the documents of the request.
            pub fn document_index(&self) -> usize {
                self.document_index
            }

            /// Returns the title of the document, if it has one.
            pub fn document_title(&self) -> Option<&str> {
                self.document_title.known().map(String::as_str)
            }

            /// Returns the id of the uploaded file, if the document was sent as a file.
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
        /// Returns the range of characters, counted as in `text.chars()`, not in bytes.
        chars = start_char_index..end_char_index;
    /// Pages of a PDF.
    PageLocation(PageTag):
        /// Returns the range of pages. The first page is 1; the end is exclusive.
        pages = start_page_number..end_page_number;
    /// Blocks of a document that is made of blocks.
    ContentBlockLocation(BlockTag):
        /// Returns the range of blocks in the document.
        blocks = start_block_index..end_block_index;
}

brief!(WebSearchResultLocation, SearchResultLocation);

/// A page found by the web search of the API, as the source of a citation.
///
/// ```
/// use claudette::wire::Citation;
///
/// let citation: Citation = serde_json::from_str(
///     r#"{"type":"web_search_result_location","cited_text":"Rain until noon.","url":"https://example.com",
///         "title":"Weather","encrypted_index":"x"}"#,
/// )?;
/// assert!(matches!(citation, Citation::WebSearch(page) if page.url() == "https://example.com"));
/// # Ok::<(), serde_json::Error>(())
/// ```
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
    /// Returns the cited text of the page.
    pub fn cited_text(&self) -> &str {
        &self.cited_text
    }

    /// Returns the URL of the page.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the title of the page, if it has one.
    pub fn title(&self) -> Option<&str> {
        self.title.known().map(String::as_str)
    }
}

/// Blocks of a [`SearchResult`](super::SearchResult) that the caller provided, as the source of a citation.
///
/// ```
/// use claudette::wire::Citation;
///
/// let citation: Citation = serde_json::from_str(
///     r#"{"type":"search_result_location","cited_text":"Hold the stick.","source":"manual#3","title":"Flying",
///         "search_result_index":0,"start_block_index":1,"end_block_index":2}"#,
/// )?;
/// assert!(matches!(citation, Citation::SearchResult(place) if place.blocks() == (1..2)));
/// # Ok::<(), serde_json::Error>(())
/// ```
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
    /// Returns the cited text of the search result.
    pub fn cited_text(&self) -> &str {
        &self.cited_text
    }

    /// Returns the source of the search result, as the caller set it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns the title of the search result, if it has one.
    pub fn title(&self) -> Option<&str> {
        self.title.known().map(String::as_str)
    }

    /// Returns the index of the search result among the search results of the request.
    pub fn search_result_index(&self) -> usize {
        self.search_result_index
    }

    /// Returns the range of blocks in the search result.
    pub fn blocks(&self) -> Range<usize> {
        self.start_block_index..self.end_block_index
    }
}
