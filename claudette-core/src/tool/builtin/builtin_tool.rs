//! [`BuiltinTool`]: a tool that the API defines.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::user_location::UserLocation;
use crate::messages::CacheControl;
use crate::tool::definition::ToolDefinition;
use crate::tool::function::{IntoToolResult, ToolFn, ToolParam};
use crate::tool::run::ToolContext;
use crate::tool::schema;

/// A tool that the API defines: it has a `type` with a date instead of a schema
/// ([Tool reference](https://docs.claude.com/en/docs/agents-and-tools/tool-use/tool-reference)).
///
/// Most run on the server, and their results are part of the reply. [`bash`](Self::bash),
/// [`text_editor`](Self::text_editor), [`memory`](Self::memory) and the toolsets are only defined there: their calls
/// come to the caller like those of any other tool.
///
/// - [`run`](Self::run) gives the first three a function to run them with. `claudette::TextEditor` (feature `editor`) is
///   the text editor, ready to use. A [`Tool`](crate::Tool) that is written by hand has the definition
///   [`ToolDefinition::of`].
/// - For the rest a [`Toolset`](crate::Toolset) has nothing to run them with, and tells the model so; take the calls from
///   [`Response::tool_uses`](crate::Response::tool_uses).
///
/// Each is sent with the newest date; [`version`](Self::version) chooses another. An option that a tool does not have is
/// an error before anything is sent.
///
/// ```
/// use claudette::{BuiltinTool, UserLocation, tools};
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
    family: Option<&'static Family>,
    fields: Map<String, Value>,
    problem: Option<String>,
}

/// A tool in all its versions.
struct Family {
    /// The `type` without its date.
    tag: &'static str,
    /// The newest date.
    date: &'static str,
    /// None for a toolset: its members have names, and it has none.
    name: Option<&'static str>,
    /// The options that it has.
    options: &'static [&'static [&'static str]],
}

const ALL: &[&str] = &["cache_control", "strict", "defer_loading", "allowed_callers"];
const CLIENT: &[&str] = &["input_examples"];
const WEB: &[&str] = &["max_uses", "allowed_domains", "blocked_domains", "response_inclusion"];
const TOOLSET: &[&str] = &["cache_control", "configs"];

static WEB_SEARCH: Family = family("web_search", "20260318", Some("web_search"), &[ALL, WEB, &["user_location"]]);
static WEB_FETCH: Family = family(
    "web_fetch",
    "20260318",
    Some("web_fetch"),
    &[ALL, WEB, &["citations", "max_content_tokens", "url_sources", "use_cache"]],
);
static CODE_EXECUTION: Family = family("code_execution", "20260521", Some("code_execution"), &[ALL]);
// A search that has to be searched for finds nothing: no `defer_loading`.
static SEARCH_REGEX: Family =
    family("tool_search_tool_regex", "20251119", Some("tool_search_tool_regex"), &[&["cache_control"]]);
static SEARCH_BM25: Family =
    family("tool_search_tool_bm25", "20251119", Some("tool_search_tool_bm25"), &[&["cache_control"]]);
static BASH: Family = family("bash", "20250124", Some("bash"), &[ALL, CLIENT]);
static TEXT_EDITOR: Family =
    family("text_editor", "20250728", Some("str_replace_based_edit_tool"), &[ALL, CLIENT, &["max_characters"]]);
static MEMORY: Family = family("memory", "20250818", Some("memory"), &[ALL, CLIENT]);
static COMPUTER_TOOLSET: Family = family("computer_toolset", "20260801", None, &[TOOLSET]);
static BROWSER_TOOLSET: Family = family("browser_toolset", "20260801", None, &[TOOLSET]);

const fn family(
    tag: &'static str,
    date: &'static str,
    name: Option<&'static str>,
    options: &'static [&'static [&'static str]],
) -> Family {
    Family { tag, date, name, options }
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

/// Tools of which the API has the definition, and the caller the rest.
impl BuiltinTool {
    /// The tool, run by this function: what the API defines is what is sent, and the calls come here.
    ///
    /// `A` is what the API documents as the tool's arguments: a struct, or an enum with a tag. It is not sent, but calls are
    /// held against it, and the model is told what does not fit.
    ///
    /// ```
    /// use claudette::{BuiltinTool, ToolContext, tools};
    ///
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Bash {
    ///     command: Option<String>,
    ///     restart: Option<bool>,
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let tools = tools![].with(BuiltinTool::bash().run(|call: Bash| async move {
    ///     match call.command {
    ///         Some(command) => Ok(format!("ran {command}")),
    ///         None if call.restart == Some(true) => Ok("restarted".to_owned()),
    ///         None => Err("give a command"),
    ///     }
    /// }));
    /// assert_eq!(tools.wire_json(), r#"[{"type":"bash_20250124","name":"bash"}]"#);
    ///
    /// let cx = ToolContext::default();
    /// assert_eq!(tools.call("bash", r#"{"command": "ls"}"#, &cx).await.text(), "ran ls");
    /// let wrong = tools.call("bash", r#"{"command": 7}"#, &cx).await;
    /// assert_eq!(wrong.text(), "argument `command`: expected string, got 7");
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn run<A, F, Fut>(self, function: F) -> ToolFn
    where
        A: ToolParam,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        self.run_with_context(move |arguments, _| function(arguments))
    }

    /// The same for a function that asks for the call's surroundings as well: `|call: Bash, cx: ToolContext| ..`.
    #[track_caller]
    pub fn run_with_context<A, F, Fut>(self, function: F) -> ToolFn
    where
        A: ToolParam,
        F: Fn(A, ToolContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        ToolFn::of(ToolDefinition::defined(self, &schema::whole::<A>()), function)
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

    /// Whether the reply repeats what a web tool found (`full`, as the API does by itself) or leaves it out
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

/// What a definition asks, and a set of tools.
impl BuiltinTool {
    /// The name that the model calls, if it is not a toolset.
    pub(crate) fn name(&self) -> Option<&str> {
        self.fields.get("name").and_then(Value::as_str)
    }

    /// The `type` with its date.
    pub(crate) fn kind(&self) -> &str {
        self.fields.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether this is the toolset of this name: `computer` for `computer_toolset_20260801`.
    pub(crate) fn is_toolset(&self, name: &str) -> bool {
        self.kind().strip_prefix(name).is_some_and(|rest| rest.starts_with("_toolset"))
    }

    /// Whether the API runs it, as far as is known.
    pub(crate) fn is_run_by_the_api(&self) -> bool {
        const RUN_HERE: [&str; 5] = ["bash_", "text_editor_", "memory_", "computer_", "browser_toolset_"];
        if let Some(family) = self.family {
            return !family.options.contains(&CLIENT) && !family.options.contains(&TOOLSET);
        }
        let has_schema = self.fields.contains_key("input_schema");
        !has_schema && !RUN_HERE.iter().any(|tag| self.kind().starts_with(tag))
    }

    /// The cache mark on it.
    pub(crate) fn mark(&self) -> Option<&Value> {
        self.fields.get("cache_control")
    }

    /// Puts a cache mark on it, unless it has one.
    pub(crate) fn set_mark(&mut self, control: &CacheControl) {
        self.fields.entry("cache_control").or_insert_with(|| control.clone().into());
    }

    pub(crate) fn is_deferred(&self) -> bool {
        self.fields.get("defer_loading") == Some(&Value::Bool(true))
    }

    /// Why what runs it would never be called, if so: the API runs it, or its calls have the names of its members.
    pub(crate) fn is_never_called(&self, origin: &impl fmt::Display) -> Option<String> {
        // What the caller runs may have examples of its arguments, and nothing else may.
        let is_run_here = self.family.is_none_or(|family| family.options.contains(&CLIENT)) && self.name().is_some();
        (!is_run_here).then(|| {
            format!(
                "the tool `{}` ({origin}) has no calls that could be run here: list it as it is, as in \
                 `tools![].with(BuiltinTool::web_search())`",
                self.kind()
            )
        })
    }

    /// What the API would refuse, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        if let Some(problem) = &self.problem {
            return Some(problem.clone());
        }
        let has = |option| self.fields.get(option).is_some_and(|value| !value.is_null());
        let kind = self.kind();
        if has("allowed_domains") && has("blocked_domains") {
            return Some(format!("the tool `{kind}` has both `allowed_domains` and `blocked_domains`: choose one"));
        }
        (self.is_deferred() && has("cache_control"))
            .then(|| format!("the tool `{kind}` has both `defer_loading` and `cache_control`: choose one"))
    }
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
