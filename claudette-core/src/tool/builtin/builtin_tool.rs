//! [`BuiltinTool`]: a tool that the API defines.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::family::{
    BASH, BROWSER_TOOLSET, CODE_EXECUTION, COMPUTER_TOOLSET, Family, MEMORY, SEARCH_BM25, SEARCH_REGEX, TEXT_EDITOR,
    WEB_FETCH, WEB_SEARCH,
};
use super::mcp_tool_config::McpToolConfig;
use super::user_location::UserLocation;
use crate::messages::CacheControl;

/// A tool that the API defines. It is sent as a `type` with a date instead of a schema
/// ([Tool reference](https://platform.claude.com/docs/en/agents-and-tools/tool-use/tool-reference)).
///
/// Most of these tools run on the server, and their results are part of the response. The API only defines
/// [`bash`](Self::bash), [`text_editor`](Self::text_editor), [`memory`](Self::memory) and the toolsets; the program has
/// to run their calls, like the calls of any other tool:
///
/// - For the first three, [`run`](Self::run) adds a function that runs the calls. `claudette::TextEditor` (feature
///   `editor`) is a complete text editor. If you implement [`Tool`](crate::Tool), create the definition with
///   [`ToolDefinition::of`](crate::ToolDefinition::of).
/// - A [`Toolset`](crate::Toolset) cannot run the calls of toolsets and answers them with an error. Run the calls from
///   [`Response::tool_uses`](crate::Response::tool_uses) yourself.
///
/// Each tool is sent with its newest date; [`version`](Self::version) selects another one. If a tool does not have an
/// option that is set, an error is returned before anything is sent.
///
/// ```
/// use claudette::tooling::UserLocation;
/// use claudette::{BuiltinTool, tools};
///
/// let search = BuiltinTool::web_search().max_uses(3).user_location(UserLocation::default().city("Oslo"));
/// let tools = tools![].with(search).with(BuiltinTool::code_execution().version("20250825"));
/// assert_eq!(tools.wire_json(), concat!(
///     r#"[{"type":"web_search_20260318","name":"web_search","max_uses":3,"#,
///     r#""user_location":{"type":"approximate","city":"Oslo"}},"#,
///     r#"{"type":"code_execution_20250825","name":"code_execution"}]"#,
/// ));
/// ```
#[doc(alias = "server tool")]
#[doc(alias = "computer use")]
#[derive(Clone)]
pub struct BuiltinTool {
    /// `None` for a tool that is given as JSON, which is sent unchanged.
    pub(crate) family: Option<&'static Family>,
    pub(crate) fields: Map<String, Value>,
    pub(crate) problem: Option<String>,
}

/// The tools.
impl BuiltinTool {
    /// Searches the web. The API runs it.
    ///
    /// Since version `20260209`, the model filters the results with code. Version `20250305` does not filter.
    pub fn web_search() -> Self {
        Self::of(&WEB_SEARCH)
    }

    /// Reads web pages and PDFs whose URLs are in the conversation. The API runs it.
    pub fn web_fetch() -> Self {
        Self::of(&WEB_FETCH)
    }

    /// Runs code in a container. The API runs it. The code can call other tools that
    /// [allow it](Self::allowed_callers).
    pub fn code_execution() -> Self {
        Self::of(&CODE_EXECUTION)
    }

    /// Finds tools with [deferred loading](crate::ToolDefinition::defer_loading) by a regular expression. The API runs
    /// it.
    pub fn tool_search_regex() -> Self {
        Self::of(&SEARCH_REGEX)
    }

    /// Finds tools with [deferred loading](crate::ToolDefinition::defer_loading) by words. The API runs it.
    pub fn tool_search_bm25() -> Self {
        Self::of(&SEARCH_BM25)
    }

    /// Runs shell commands. The program [runs](Self::run) the calls.
    pub fn bash() -> Self {
        Self::of(&BASH)
    }

    /// Views and edits files. The program [runs](Self::run) the calls, for example with `claudette::TextEditor`
    /// (feature `editor`).
    pub fn text_editor() -> Self {
        Self::of(&TEXT_EDITOR)
    }

    /// Reads and writes files below `/memories`, which are kept for later conversations. The program [runs](Self::run)
    /// the calls.
    pub fn memory() -> Self {
        Self::of(&MEMORY)
    }

    /// Sees and controls a screen. The program runs the calls.
    pub fn computer_toolset() -> Self {
        Self::of(&COMPUTER_TOOLSET)
    }

    /// Controls a web browser. The program runs the calls.
    pub fn browser_toolset() -> Self {
        Self::of(&BROWSER_TOOLSET)
    }

    /// Creates a tool from its JSON object, which is sent unchanged.
    ///
    /// ```
    /// use claudette::{BuiltinTool, tools};
    /// use serde_json::json;
    ///
    /// let tools = tools![].with(BuiltinTool::raw(json!({"type": "advisor_20260301", "name": "advisor", "model":
    /// "m"}))); assert_eq!(tools.wire_json(), r#"[{"type":"advisor_20260301","name":"advisor","model":"m"}]"#);
    /// ```
    pub fn raw(json: Value) -> Self {
        match json {
            Value::Object(fields) => Self { family: None, fields, problem: None },
            other => {
                let problem = Some(format!("a tool must be a JSON object, got {other}"));
                Self { family: None, fields: Map::new(), problem }
            }
        }
    }

    pub(super) fn of(family: &'static Family) -> Self {
        let mut tool = Self { family: Some(family), fields: Map::new(), problem: None };
        if family.date.is_empty() {
            tool.fields.insert("type".into(), family.tag.into());
        } else {
            tool = tool.version(family.date);
        }
        match family.name {
            Some(name) => tool.extra("name", name),
            None => tool,
        }
    }
}

/// Options of every tool.
impl BuiltinTool {
    /// Selects a version by its date, such as `20250305`. The default is the newest version.
    pub fn version(mut self, date: &str) -> Self {
        if let Some(family) = self.family.filter(|family| family.date.is_empty()) {
            self.problem.get_or_insert_with(|| format!("the tool `{}` does not have versions", family.tag));
        } else if let Some(family) = self.family {
            self.fields.insert("type".into(), format!("{}_{date}", family.tag).into());
            // The text editor of early 2025 has another name.
            if family.tag == TEXT_EDITOR.tag && date < "20250429" {
                self.fields.insert("name".into(), "str_replace_editor".into());
            }
        } else {
            self.problem = Some("the version of a tool that is given as JSON is part of its `type`".into());
        }
        self
    }

    /// Sets a cache breakpoint: the API caches the prompt up to and including this tool.
    pub fn cache_control(self, control: CacheControl) -> Self {
        self.option("cache_control", control)
    }

    /// Makes the API enforce the schema of the tool while the model writes the arguments.
    pub fn strict(self, strict: bool) -> Self {
        self.option("strict", strict)
    }

    /// Hides the tool from the model until a tool search finds it. For an [MCP toolset](Self::mcp_toolset), this hides
    /// all tools of the server.
    pub fn defer_loading(self, defer: bool) -> Self {
        if self.as_mcp_toolset().is_some() {
            return self.default_config(McpToolConfig::default().defer_loading(defer));
        }
        self.option("defer_loading", defer)
    }

    /// Sets the callers that may use the tool: the model, its code on the server
    /// ([`ToolCaller`](crate::wire::ToolCaller)), or both.
    pub fn allowed_callers<T: Into<String>>(self, callers: impl IntoIterator<Item = T>) -> Self {
        self.option("allowed_callers", texts(callers))
    }

    /// Sets an option that has no method here.
    pub fn extra(mut self, option: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(option.into(), value.into());
        self
    }
}

/// Options of single tools.
impl BuiltinTool {
    /// Sets the maximum number of uses of a web tool in one request.
    pub fn max_uses(self, most: u32) -> Self {
        self.option("max_uses", most)
    }

    /// Restricts a web tool to these domains. It cannot be combined with [`blocked_domains`](Self::blocked_domains).
    pub fn allowed_domains<T: Into<String>>(self, domains: impl IntoIterator<Item = T>) -> Self {
        self.option("allowed_domains", texts(domains))
    }

    /// Excludes domains from a web tool. It cannot be combined with [`allowed_domains`](Self::allowed_domains).
    pub fn blocked_domains<T: Into<String>>(self, domains: impl IntoIterator<Item = T>) -> Self {
        self.option("blocked_domains", texts(domains))
    }

    /// Sets whether the response contains the results of a web tool (`full`, the default of the API) or not
    /// (`excluded`).
    pub fn response_inclusion(self, inclusion: impl Into<String>) -> Self {
        self.option("response_inclusion", inclusion.into())
    }

    /// Sets the location for a web search.
    pub fn user_location(self, location: UserLocation) -> Self {
        self.option("user_location", location)
    }

    /// Sets whether the model cites the pages that it fetches.
    pub fn citations(self, enabled: bool) -> Self {
        self.option("citations", json!({"enabled": enabled}))
    }

    /// Sets the maximum number of tokens of one fetched page. The rest of a longer page is cut off.
    pub fn max_content_tokens(self, most: u32) -> Self {
        self.option("max_content_tokens", most)
    }

    /// Sets the sources of URLs that may be fetched, in the form of the API: `user_input`, `client_tool_results` and
    /// `server_tool_results`, each with a `type` of `all`, `none`, `only` or `except`.
    ///
    /// ```
    /// use claudette::BuiltinTool;
    /// use serde_json::json;
    ///
    /// // Only URLs from the messages of the user, not from tool results.
    /// let fetch = BuiltinTool::web_fetch().url_sources(json!({
    ///     "user_input": {"type": "all"},
    ///     "client_tool_results": {"type": "none"},
    ///     "server_tool_results": {"type": "none"},
    /// }));
    /// assert_eq!(json!(fetch)["url_sources"]["client_tool_results"]["type"], "none");
    /// ```
    pub fn url_sources(self, sources: impl Into<Value>) -> Self {
        self.option("url_sources", sources)
    }

    /// Sets whether a fetched page may come from the cache of the API.
    pub fn use_cache(self, use_cache: bool) -> Self {
        self.option("use_cache", use_cache)
    }

    /// Sets the maximum number of characters of a file that the text editor shows at once.
    pub fn max_characters(self, most: u32) -> Self {
        self.option("max_characters", most)
    }

    /// Adds example arguments for a tool that the program runs.
    pub fn input_examples<T: Into<Value>>(self, examples: impl IntoIterator<Item = T>) -> Self {
        self.option("input_examples", examples.into_iter().map(Into::into).collect::<Vec<Value>>())
    }

    /// Enables or disables a member of a toolset, or a tool of an MCP server.
    ///
    /// ```
    /// use claudette::{BuiltinTool, tools};
    ///
    /// let tools = tools![].with(BuiltinTool::computer_toolset().member("zoom", false));
    /// assert_eq!(tools.wire_json(), r#"[{"type":"computer_toolset_20260801","configs":{"zoom":{"enabled":false}}}]"#);
    /// ```
    pub fn member(self, name: &str, enabled: bool) -> Self {
        let mut configs = self.fields.get("configs").cloned().unwrap_or_else(|| json!({}));
        configs[name]["enabled"] = enabled.into();
        self.option("configs", configs)
    }

    pub(crate) fn option(mut self, option: &str, value: impl Into<Value>) -> Self {
        if let Some(family) = self.family.filter(|family| !family.accepts(option)) {
            self.problem
                .get_or_insert_with(|| format!("the tool `{}` does not have the option `{option}`", family.tag));
        }
        self.extra(option, value)
    }
}

fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

impl Serialize for BuiltinTool {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fields.serialize(serializer)
    }
}

impl fmt::Debug for BuiltinTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BuiltinTool").field(&self.fields).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_its_type_and_name() {
        for (tool, kind, name) in [
            (BuiltinTool::web_search(), "web_search_20260318", Some("web_search")),
            (BuiltinTool::web_search().version("20250305"), "web_search_20250305", Some("web_search")),
            (BuiltinTool::web_fetch(), "web_fetch_20260318", Some("web_fetch")),
            (BuiltinTool::code_execution(), "code_execution_20260521", Some("code_execution")),
            (BuiltinTool::tool_search_regex(), "tool_search_tool_regex_20251119", Some("tool_search_tool_regex")),
            (BuiltinTool::tool_search_bm25(), "tool_search_tool_bm25_20251119", Some("tool_search_tool_bm25")),
            (BuiltinTool::bash(), "bash_20250124", Some("bash")),
            (BuiltinTool::text_editor(), "text_editor_20250728", Some("str_replace_based_edit_tool")),
            (BuiltinTool::text_editor().version("20250124"), "text_editor_20250124", Some("str_replace_editor")),
            (BuiltinTool::memory(), "memory_20250818", Some("memory")),
            (BuiltinTool::computer_toolset(), "computer_toolset_20260801", None),
            (BuiltinTool::browser_toolset(), "browser_toolset_20260801", None),
            (BuiltinTool::mcp_toolset("calendar"), "mcp_toolset", None),
        ] {
            assert_eq!((tool.kind(), tool.name(), tool.problem()), (kind, name, None), "{tool:?}");
        }
    }

    #[test]
    fn options_are_sent_under_their_names() {
        let fetch = BuiltinTool::web_fetch()
            .max_uses(2)
            .allowed_domains(["example.com"])
            .citations(true)
            .max_content_tokens(1000)
            .use_cache(false)
            .response_inclusion("excluded")
            .allowed_callers(["direct"])
            .cache_control(CacheControl::ephemeral())
            .url_sources(json!({"user_input": {"type": "all"}}));
        assert_eq!(fetch.problem(), None);
        assert_eq!(
            json!(fetch),
            json!({
                "type": "web_fetch_20260318", "name": "web_fetch", "max_uses": 2, "allowed_domains": ["example.com"],
                "citations": {"enabled": true}, "max_content_tokens": 1000, "use_cache": false,
                "response_inclusion": "excluded", "allowed_callers": ["direct"],
                "cache_control": {"type": "ephemeral"}, "url_sources": {"user_input": {"type": "all"}}
            })
        );
        let editor = BuiltinTool::text_editor().max_characters(9).input_examples([json!({"command": "view"})]);
        assert_eq!(editor.problem(), None);
    }

    #[test]
    fn what_the_api_refuses_is_a_problem() {
        let problem = |tool: BuiltinTool| tool.problem().unwrap_or_default();
        let both = BuiltinTool::web_search().allowed_domains(["a"]).blocked_domains(["b"]);
        assert!(problem(both).contains("both `allowed_domains` and `blocked_domains`"));
        assert_eq!(problem(BuiltinTool::bash().max_uses(1)), "the tool `bash` does not have the option `max_uses`");
        assert!(problem(BuiltinTool::tool_search_bm25().defer_loading(true)).contains("`defer_loading`"));
        assert!(problem(BuiltinTool::raw(json!("web_search"))).starts_with("a tool must be a JSON object"));
        assert!(problem(BuiltinTool::raw(json!({"type": "a_20250101"})).version("20250102")).contains("`type`"));
        // JSON is not checked.
        assert_eq!(problem(BuiltinTool::raw(json!({"type": "a"})).max_uses(1)), "");
    }
}
