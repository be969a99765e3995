//! [`BuiltinTool`]: a tool that the API defines.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::family::{
    BASH, BROWSER_TOOLSET, CODE_EXECUTION, COMPUTER_TOOLSET, Family, MEMORY, SEARCH_BM25, SEARCH_REGEX, TEXT_EDITOR,
    WEB_FETCH, WEB_SEARCH,
};
use super::user_location::UserLocation;
use crate::messages::CacheControl;

/// A tool that the API defines: it has a `type` with a date instead of a schema
/// ([Tool reference](https://docs.claude.com/en/docs/agents-and-tools/tool-use/tool-reference)).
///
/// Most run on the server, and their results are part of the response. [`bash`](Self::bash),
/// [`text_editor`](Self::text_editor), [`memory`](Self::memory) and the toolsets are only defined there: their calls
/// come to the caller like those of any other tool.
///
/// - [`run`](Self::run) gives the first three a function to run them with. `claudette::TextEditor` (feature `editor`) is
///   the text editor, ready to use. A [`Tool`](crate::Tool) that is written by hand has the definition
///   [`ToolDefinition::of`](crate::ToolDefinition::of).
/// - For the rest a [`Toolset`](crate::Toolset) has nothing to run them with, and tells the model so; take the calls from
///   [`Response::tool_uses`](crate::Response::tool_uses).
///
/// Each is sent with the newest date; [`version`](Self::version) chooses another. An option that a tool does not have is
/// an error before anything is sent.
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
#[derive(Clone)]
pub struct BuiltinTool {
    /// None for a tool that the caller wrote out: it is sent as it is.
    pub(crate) family: Option<&'static Family>,
    pub(crate) fields: Map<String, Value>,
    pub(crate) problem: Option<String>,
}

/// The tools.
impl BuiltinTool {
    /// Searches the web; run by the API.
    ///
    /// From `20260209` on the model filters what it finds with code; `20250305` does without.
    pub fn web_search() -> Self {
        Self::of(&WEB_SEARCH)
    }

    /// Reads web pages and PDFs whose addresses are in the conversation; run by the API.
    pub fn web_fetch() -> Self {
        Self::of(&WEB_FETCH)
    }

    /// Runs code in a container; run by the API. Other tools may be called from that code, if they
    /// [allow it](Self::allowed_callers).
    pub fn code_execution() -> Self {
        Self::of(&CODE_EXECUTION)
    }

    /// Finds tools whose [loading was deferred](crate::ToolDefinition::defer_loading), by a regular expression; run by
    /// the API.
    pub fn tool_search_regex() -> Self {
        Self::of(&SEARCH_REGEX)
    }

    /// Finds tools whose [loading was deferred](crate::ToolDefinition::defer_loading), by words; run by the API.
    pub fn tool_search_bm25() -> Self {
        Self::of(&SEARCH_BM25)
    }

    /// A shell that the caller [runs](Self::run).
    pub fn bash() -> Self {
        Self::of(&BASH)
    }

    /// Views and edits files; the caller [does it](Self::run), as `claudette::TextEditor` (feature `editor`).
    pub fn text_editor() -> Self {
        Self::of(&TEXT_EDITOR)
    }

    /// Files below `/memories`, which the caller [keeps](Self::run) for later conversations.
    pub fn memory() -> Self {
        Self::of(&MEMORY)
    }

    /// Sees and uses a screen; the caller does it.
    pub fn computer_toolset() -> Self {
        Self::of(&COMPUTER_TOOLSET)
    }

    /// Uses a web browser; the caller does it.
    pub fn browser_toolset() -> Self {
        Self::of(&BROWSER_TOOLSET)
    }

    /// Any tool, as its JSON object. It is sent as it is.
    ///
    /// ```
    /// use claudette::{BuiltinTool, tools};
    /// use serde_json::json;
    ///
    /// let tools = tools![].with(BuiltinTool::raw(json!({"type": "advisor_20260301", "name": "advisor", "model": "m"})));
    /// assert_eq!(tools.wire_json(), r#"[{"type":"advisor_20260301","name":"advisor","model":"m"}]"#);
    /// ```
    pub fn raw(json: Value) -> Self {
        match json {
            Value::Object(fields) => Self { family: None, fields, problem: None },
            other => {
                let problem = Some(format!("a tool is a JSON object: {other}"));
                Self { family: None, fields: Map::new(), problem }
            }
        }
    }

    fn of(family: &'static Family) -> Self {
        let tool = Self { family: Some(family), fields: Map::new(), problem: None }.version(family.date);
        match family.name {
            Some(name) => tool.extra("name", name),
            None => tool,
        }
    }
}

/// Options of every tool.
impl BuiltinTool {
    /// Another version than the newest, by its date: `20250305`.
    pub fn version(mut self, date: &str) -> Self {
        if let Some(family) = self.family {
            self.fields.insert("type".into(), format!("{}_{date}", family.tag).into());
            // The editor of early 2025 had another name.
            if family.tag == TEXT_EDITOR.tag && date < "20250429" {
                self.fields.insert("name".into(), "str_replace_editor".into());
            }
        } else {
            self.problem = Some("a tool that was given as JSON has its version in its `type`".into());
        }
        self
    }

    /// Marks the prompt for caching, up to and with this tool.
    pub fn cache_control(self, control: CacheControl) -> Self {
        self.option("cache_control", control)
    }

    /// Asks the API to hold the model to the tool's schema while it writes the arguments.
    pub fn strict(self, strict: bool) -> Self {
        self.option("strict", strict)
    }

    /// Hides the tool from the model until a tool search finds it.
    pub fn defer_loading(self, defer: bool) -> Self {
        self.option("defer_loading", defer)
    }

    /// Who may call the tool: `direct` for the model, `code_execution_20260120` for its code on the server, or both.
    pub fn allowed_callers<T: Into<String>>(self, callers: impl IntoIterator<Item = T>) -> Self {
        self.option("allowed_callers", texts(callers))
    }

    /// An option that has no setter here.
    pub fn extra(mut self, option: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(option.into(), value.into());
        self
    }
}

/// Options of single tools.
impl BuiltinTool {
    /// How often a web tool may be used in one request.
    pub fn max_uses(self, most: u32) -> Self {
        self.option("max_uses", most)
    }

    /// The only domains that a web tool may use. Not together with [`blocked_domains`](Self::blocked_domains).
    pub fn allowed_domains<T: Into<String>>(self, domains: impl IntoIterator<Item = T>) -> Self {
        self.option("allowed_domains", texts(domains))
    }

    /// Domains that a web tool must not use. Not together with [`allowed_domains`](Self::allowed_domains).
    pub fn blocked_domains<T: Into<String>>(self, domains: impl IntoIterator<Item = T>) -> Self {
        self.option("blocked_domains", texts(domains))
    }

    /// Whether the response repeats what a web tool found (`full`, as the API does by itself) or leaves it out
    /// (`excluded`).
    pub fn response_inclusion(self, inclusion: impl Into<String>) -> Self {
        self.option("response_inclusion", inclusion.into())
    }

    /// Where a web search searches from.
    pub fn user_location(self, location: UserLocation) -> Self {
        self.option("user_location", location)
    }

    /// Has the model cite the pages that it fetches.
    pub fn citations(self, enabled: bool) -> Self {
        self.option("citations", json!({"enabled": enabled}))
    }

    /// The most tokens of one fetched page; the rest of a longer one is cut off.
    pub fn max_content_tokens(self, most: u32) -> Self {
        self.option("max_content_tokens", most)
    }

    /// Whose addresses may be fetched, as the API has it: `user_input`, `client_tool_results` and `server_tool_results`, each
    /// with a `type` of `all`, `none`, `only` or `except`.
    ///
    /// ```
    /// use claudette::BuiltinTool;
    /// use serde_json::json;
    ///
    /// // What the user wrote, and nothing that a tool brought.
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

    /// Whether a fetched page may come from the API's cache.
    pub fn use_cache(self, use_cache: bool) -> Self {
        self.option("use_cache", use_cache)
    }

    /// The most characters of a file that the model reads with the text editor at once.
    pub fn max_characters(self, most: u32) -> Self {
        self.option("max_characters", most)
    }

    /// Arguments that show the model how a tool of the caller's is called.
    pub fn input_examples<T: Into<Value>>(self, examples: impl IntoIterator<Item = T>) -> Self {
        self.option("input_examples", examples.into_iter().map(Into::into).collect::<Vec<Value>>())
    }

    /// Switches a member of a toolset on or off.
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
        if let Some(family) = self.family.filter(|family| !family.options.iter().any(|some| some.contains(&option))) {
            self.problem.get_or_insert_with(|| format!("the tool `{}` has no option `{option}`", family.tag));
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
    fn what_the_api_refuses_is_told() {
        let problem = |tool: BuiltinTool| tool.problem().unwrap_or_default();
        let both = BuiltinTool::web_search().allowed_domains(["a"]).blocked_domains(["b"]);
        assert!(problem(both).contains("both `allowed_domains` and `blocked_domains`"));
        assert_eq!(problem(BuiltinTool::bash().max_uses(1)), "the tool `bash` has no option `max_uses`");
        assert!(problem(BuiltinTool::tool_search_bm25().defer_loading(true)).contains("`defer_loading`"));
        assert!(problem(BuiltinTool::raw(json!("web_search"))).starts_with("a tool is a JSON object"));
        assert!(problem(BuiltinTool::raw(json!({"type": "a_20250101"})).version("20250102")).contains("`type`"));
        // What was written out is the caller's own affair.
        assert_eq!(problem(BuiltinTool::raw(json!({"type": "a"})).max_uses(1)), "");
    }
}
