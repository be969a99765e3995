//! [`ServerToolResult`]: what a server tool gave, and the forms in which a person would read it.

use serde::Deserialize;
use serde::Serialize;
use serde_json::value::RawValue;

use super::caller::Caller;
use super::document::Document;
use super::tool_reference::ToolReference;
use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;
use crate::json::RawJson;
use crate::messages::cache_control::cacheable;

/// The types of block that are a [`ServerToolResult`].
pub(super) const KINDS: [&str; 6] = [
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
];

/// What a [`BuiltinTool`](crate::BuiltinTool) gave. The model has read it; it goes back as it came.
///
/// [`content`](Self::content) is all of it; the other accessors read it as what each tool gives. A tool that failed
/// has an [`error_code`](Self::error_code), and the model goes on without it.
///
/// ```
/// use claudette::wire::ServerToolResult;
///
/// let result: ServerToolResult = serde_json::from_str(
///     r#"{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result",
///         "url":"https://example.com","title":"Weather","encrypted_content":"x","page_age":"2 days ago"}]}"#,
/// )?;
/// let pages = result.web_search_results().unwrap();
/// assert_eq!((pages[0].url(), pages[0].page_age()), ("https://example.com", Some("2 days ago")));
///
/// let result: ServerToolResult = serde_json::from_str(
///     r#"{"type":"web_search_tool_result","tool_use_id":"srvtoolu_2",
///         "content":{"type":"web_search_tool_result_error","error_code":"max_uses_exceeded"}}"#,
/// )?;
/// assert_eq!(result.error_code(), Some("max_uses_exceeded"));
/// assert!(result.web_search_results().is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerToolResult {
    r#type: String,
    tool_use_id: String,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    caller: Lenient<Box<Caller>>,
    content: RawJson,
    #[serde(flatten)]
    extra: Extra,
}

brief!(ServerToolResult, WebSearchResult, WebFetchResult, CodeExecutionResult);
cacheable!(ServerToolResult);

impl ServerToolResult {
    /// The block's `type`, as `web_search_tool_result`.
    pub fn kind(&self) -> &str {
        &self.r#type
    }

    /// The id of the [`ServerToolUse`](super::ServerToolUse) that this answers. It may stand in an earlier turn.
    pub fn tool_use_id(&self) -> &str {
        &self.tool_use_id
    }

    /// Who made the call: the model, or its code on the server.
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.known().map(|caller| &**caller)
    }

    /// The whole content: a list for a web search, an object for all others and for errors.
    pub fn content(&self) -> &RawValue {
        self.content.raw()
    }

    /// Why the tool failed, if it did: `max_uses_exceeded`, `unavailable` and others.
    pub fn error_code(&self) -> Option<&str> {
        // Codes are words: none is written with escapes.
        #[derive(Deserialize)]
        struct Failure<'a> {
            error_code: &'a str,
        }
        self.read().map(|Failure { error_code }| error_code)
    }

    /// The pages that a web search found; none if this is no web search, or a failed one.
    pub fn web_search_results(&self) -> Option<Vec<WebSearchResult>> {
        self.read().filter(|_| self.kind() == "web_search_tool_result")
    }

    /// The page that was fetched; none if this is no web fetch, or a failed one.
    pub fn web_fetch_result(&self) -> Option<WebFetchResult> {
        self.read().filter(|_| self.kind() == "web_fetch_tool_result")
    }

    /// What code or a shell command gave; none if this is neither, or one that could not be run.
    pub fn code_execution_result(&self) -> Option<CodeExecutionResult> {
        let runs = ["code_execution_tool_result", "bash_code_execution_tool_result"];
        self.read().filter(|_| runs.contains(&self.kind()))
    }

    /// The tools that a tool search found; none if this is no tool search, or a failed one.
    pub fn tool_references(&self) -> Option<Vec<ToolReference>> {
        #[derive(Deserialize)]
        struct Found {
            tool_references: Vec<ToolReference>,
        }
        self.read().map(|Found { tool_references }| tool_references)
    }

    fn read<'a, T: Deserialize<'a>>(&'a self) -> Option<T> {
        serde_json::from_str(self.content.text()).ok()
    }
}

/// A page that a web search found.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct WebSearchResult {
    url: String,
    #[serde(default)]
    title: Lenient<String>,
    #[serde(default)]
    page_age: Lenient<String>,
}

impl WebSearchResult {
    /// The page's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The page's title; empty if it has none.
    pub fn title(&self) -> &str {
        self.title.known().map_or("", String::as_str)
    }

    /// How old the page is, in the search engine's words: `2 days ago`, `April 30, 2025`.
    pub fn page_age(&self) -> Option<&str> {
        self.page_age.known().map(String::as_str)
    }
}

/// A page that was fetched.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct WebFetchResult {
    url: String,
    content: Document,
    #[serde(default)]
    retrieved_at: Lenient<String>,
}

impl WebFetchResult {
    /// The page's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was there: text, or a PDF.
    pub fn document(&self) -> &Document {
        &self.content
    }

    /// When it was fetched, in ISO 8601, if the API says so.
    pub fn retrieved_at(&self) -> Option<&str> {
        self.retrieved_at.known().map(String::as_str)
    }
}

/// What code, or a shell command, gave.
///
/// ```
/// use claudette::wire::ServerToolResult;
///
/// let result: ServerToolResult = serde_json::from_str(
///     r#"{"type":"bash_code_execution_tool_result","tool_use_id":"srvtoolu_1",
///         "content":{"type":"bash_code_execution_result","stdout":"3\n","stderr":"","return_code":0,
///                    "content":[{"type":"bash_code_execution_output","file_id":"file_01"}]}}"#,
/// )?;
/// let run = result.code_execution_result().unwrap();
/// assert_eq!((run.stdout(), run.return_code()), ("3\n", 0));
/// assert_eq!(run.file_ids().collect::<Vec<_>>(), ["file_01"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeExecutionResult {
    #[serde(default)]
    stdout: Lenient<String>,
    #[serde(default)]
    stderr: Lenient<String>,
    return_code: i64,
    #[serde(default)]
    content: Lenient<Vec<Output>>,
}

/// A file that was written.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Output {
    file_id: String,
}

impl CodeExecutionResult {
    /// What it wrote to standard output; empty if that is only for the model to read.
    pub fn stdout(&self) -> &str {
        self.stdout.known().map_or("", String::as_str)
    }

    /// What it wrote to standard error.
    pub fn stderr(&self) -> &str {
        self.stderr.known().map_or("", String::as_str)
    }

    /// The code with which it ended; 0 is success.
    pub fn return_code(&self) -> i64 {
        self.return_code
    }

    /// The files that it wrote.
    pub fn file_ids(&self) -> impl Iterator<Item = &str> {
        self.content.known().into_iter().flatten().map(|output| &*output.file_id)
    }
}
