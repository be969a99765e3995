//! [`ServerToolResult`]: the result of a server tool, and its typed forms.

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

/// The block types that are read as a [`ServerToolResult`].
pub(super) const KINDS: [&str; 6] = [
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
];

/// The result of a [`BuiltinTool`](crate::BuiltinTool) that the API ran. The model has already read it. It is sent back
/// unchanged.
///
/// [`content`](Self::content) returns the whole result; the other methods read it as the result of one tool. If the
/// tool failed, the result has an [`error_code`](Self::error_code), and the model continues without it.
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
    /// Returns the `type` of the block, such as `web_search_tool_result`.
    pub fn kind(&self) -> &str {
        &self.r#type
    }

    /// Returns the id of the [`ServerToolUse`](super::ServerToolUse) that this block answers. The call may be part of
    /// an earlier turn.
    pub fn tool_use_id(&self) -> &str {
        &self.tool_use_id
    }

    /// Returns the origin of the call: the model, or its code on the server.
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.known().map(|caller| &**caller)
    }

    /// Returns the whole content as JSON: a list for a web search, an object for other tools and for errors.
    pub fn content(&self) -> &RawValue {
        self.content.raw()
    }

    /// Returns the error code if the tool failed, such as `max_uses_exceeded` or `unavailable`.
    pub fn error_code(&self) -> Option<&str> {
        // Error codes do not contain escapes, so they can be borrowed.
        #[derive(Deserialize)]
        struct Failure<'a> {
            error_code: &'a str,
        }
        self.read().map(|Failure { error_code }| error_code)
    }

    /// Returns the pages found by a web search. `None` if this is the result of another tool or the search failed.
    pub fn web_search_results(&self) -> Option<Vec<WebSearchResult>> {
        self.read().filter(|_| self.kind() == "web_search_tool_result")
    }

    /// Returns the page read by a web fetch. `None` if this is the result of another tool or the fetch failed.
    pub fn web_fetch_result(&self) -> Option<WebFetchResult> {
        self.read().filter(|_| self.kind() == "web_fetch_tool_result")
    }

    /// Returns the output of code or a shell command. `None` if this is the result of another tool or the code could
    /// not be run.
    pub fn code_execution_result(&self) -> Option<CodeExecutionResult> {
        let runs = ["code_execution_tool_result", "bash_code_execution_tool_result"];
        self.read().filter(|_| runs.contains(&self.kind()))
    }

    /// Returns the tools found by a tool search. `None` if this is the result of another tool or the search failed.
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

/// A page found by a web search. [`ServerToolResult::web_search_results`] returns it.
///
/// ```
/// use claudette::wire::ServerToolResult;
///
/// let result: ServerToolResult = serde_json::from_str(
///     r#"{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[
///         {"type":"web_search_result","url":"https://example.com","title":"Weather","encrypted_content":"x"}]}"#,
/// )?;
/// let pages = result.web_search_results().unwrap();
/// assert_eq!((pages[0].title(), pages[0].page_age()), ("Weather", None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct WebSearchResult {
    url: String,
    #[serde(default)]
    title: Lenient<String>,
    #[serde(default)]
    page_age: Lenient<String>,
}

impl WebSearchResult {
    /// Returns the URL of the page.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the title of the page, or an empty string if it has none.
    pub fn title(&self) -> &str {
        self.title.known().map_or("", String::as_str)
    }

    /// Returns the age of the page in the words of the search engine, such as `2 days ago` or `April 30, 2025`.
    pub fn page_age(&self) -> Option<&str> {
        self.page_age.known().map(String::as_str)
    }
}

/// A page read by a web fetch. [`ServerToolResult::web_fetch_result`] returns it.
///
/// ```
/// use claudette::wire::ServerToolResult;
///
/// let result: ServerToolResult = serde_json::from_str(
///     r#"{"type":"web_fetch_tool_result","tool_use_id":"srvtoolu_1","content":{"type":"web_fetch_result",
///         "url":"https://example.com","content":{"type":"document",
///         "source":{"type":"text","media_type":"text/plain","data":"Example Domain"}}}}"#,
/// )?;
/// let page = result.web_fetch_result().unwrap();
/// assert_eq!(page.url(), "https://example.com");
/// assert_eq!(page.document().source().data(), Some("Example Domain"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct WebFetchResult {
    url: String,
    content: Document,
    #[serde(default)]
    retrieved_at: Lenient<String>,
}

impl WebFetchResult {
    /// Returns the URL of the page.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the content of the page: text or a PDF.
    pub fn document(&self) -> &Document {
        &self.content
    }

    /// Returns the time of the fetch in ISO 8601, if the API reports it.
    pub fn retrieved_at(&self) -> Option<&str> {
        self.retrieved_at.known().map(String::as_str)
    }
}

/// The output of code or a shell command. [`ServerToolResult::code_execution_result`] returns it.
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

/// A file that the code wrote.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Output {
    file_id: String,
}

impl CodeExecutionResult {
    /// Returns the standard output. It is empty if only the model may read it.
    pub fn stdout(&self) -> &str {
        self.stdout.known().map_or("", String::as_str)
    }

    /// Returns the standard error output.
    pub fn stderr(&self) -> &str {
        self.stderr.known().map_or("", String::as_str)
    }

    /// Returns the exit code. Zero means success.
    pub fn return_code(&self) -> i64 {
        self.return_code
    }

    /// Returns the ids of the files that the code wrote.
    pub fn file_ids(&self) -> impl Iterator<Item = &str> {
        self.content.known().into_iter().flatten().map(|output| &*output.file_id)
    }
}
