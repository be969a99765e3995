//! [`Toolset`]: the tools of a conversation, found by name.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::catalog::Features;
use crate::messages::{CacheBreakpoints, CacheControl, LongNames, fnv};
use crate::tool::builtin::BuiltinTool;
use crate::tool::definition::ToolDefinition;
use crate::tool::run::{State, States, Tool};

/// A set of tools that the model can call by their names.
///
/// [`tools!`](crate::tools) creates a set from functions with [`#[tool]`](macro@crate::tool); [`with`](Self::with) adds
/// any other tool. Clones share the tools.
///
/// ```
/// use claudette::{ToolContext, tool, tools};
///
/// /// Adds a + b.
/// #[tool]
/// async fn sums(
///     /// First thing to sum
///     a: i64,
///     /// Second thing to sum
///     b: i64,
/// ) -> i64 {
///     a + b
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let tools = tools![sums];
/// let cx = ToolContext::default();
/// assert_eq!(tools.call("sums", r#"{"a": 1, "b": 2}"#, &cx).await.text(), "3");
///
/// let wrong = tools.call("sums", r#"{"a": 1, "b": "two"}"#, &cx).await;
/// assert!(wrong.is_error());
/// assert_eq!(wrong.text(), "Invalid arguments:\n- `b`: expected integer, got \"two\"");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "function calling")]
#[doc(alias = "tools")]
#[derive(Clone, Default)]
pub struct Toolset(pub(crate) Arc<Inner>);

#[derive(Clone, Default)]
pub(crate) struct Inner {
    pub(crate) tools: Vec<Member>,
    pub(crate) definitions: Vec<ToolDefinition>,
    /// Sorted by name. Most sets are small, so a binary search is faster than hashing a name.
    pub(crate) by_name: Vec<(String, usize)>,
    /// The names that are too long for the API.
    pub(crate) long_names: LongNames,
    /// All tools that are sent, in the order in which they were added.
    pub(crate) entries: Vec<Entry>,
    /// The states for all tools, including those that are added later.
    pub(crate) states: States,
    /// The encoded tools. They are encoded once, so every request contains the same bytes.
    pub(crate) wire: OnceLock<String>,
    /// The reason that the set cannot be used.
    pub(crate) problem: Option<Arc<str>>,
    /// The names of tools that were taken out, for the error of a call.
    pub(crate) removed: Vec<String>,
    /// The features that the tools use, after the tools were checked without an error.
    pub(crate) checked: OnceLock<Features>,
}

/// A tool and the states that it can use.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) tool: Arc<dyn Tool>,
    pub(crate) states: States,
}

#[derive(Clone)]
pub(crate) enum Entry {
    /// The index of a tool that runs here.
    Client(usize),
    /// A tool that the API defines and that does not run here.
    Server(BuiltinTool),
}

impl Toolset {
    /// Provides a value to the tools of this set, which take it as a [`State<T>`](State) argument.
    ///
    /// A tool that already has a value of this type keeps it. So a set keeps its values when it becomes part of another
    /// set or of a chat.
    ///
    /// ```
    /// use claudette::{State, ToolContext, tool, tools};
    ///
    /// /// Greets the user.
    /// #[tool]
    /// fn greet(greeting: State<String>) -> String {
    ///     greeting.to_string()
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let tools = tools![greet].state("Hello".to_owned());
    /// assert_eq!(tools.call("greet", "{}", &ToolContext::default()).await.text(), "Hello");
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn state<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.share(&State::new(value))
    }

    pub(crate) fn share<T: Send + Sync + 'static>(self, state: &State<T>) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.states.add(state);
        inner.tools.iter_mut().for_each(|member| member.states.add(state));
        Self(Arc::new(inner))
    }

    /// Sets whether the tools are hidden from the model until a tool search finds them. Hidden tools cost no tokens.
    ///
    /// It applies to all tools that are in the set now. Tools that the API defines stay visible if it does not accept
    /// the setting for them: the tool searches, and the toolsets for computers and browsers.
    ///
    /// The model must see at least one tool. Add [`BuiltinTool::tool_search_bm25`] or
    /// [`BuiltinTool::tool_search_regex`], whose searches the API runs.
    ///
    /// ```
    /// use claudette::{BuiltinTool, tool, tools};
    ///
    /// /// Returns the current time.
    /// #[tool]
    /// fn now() -> String {
    ///     "12:00".to_owned()
    /// }
    ///
    /// let hidden = tools![now].defer_loading(true);
    /// assert!(hidden.wire_json().contains(r#""defer_loading":true"#));
    /// assert!(hidden.check().is_err_and(|error| error.is_misuse()));
    /// assert!(hidden.with(BuiltinTool::tool_search_bm25()).check().is_ok());
    /// ```
    #[doc(alias = "tool search")]
    pub fn defer_loading(self, defer: bool) -> Self {
        self.changed(|inner| {
            for definition in &mut inner.definitions {
                *definition = definition.clone().defer_loading(defer);
            }
            for entry in &mut inner.entries {
                if let Entry::Server(tool) = entry {
                    tool.defer_if_accepted(defer);
                }
            }
        })
    }

    /// Sets the callers that may use the tools: the model, its code on the server, or both.
    ///
    /// It applies to all tools that are in the set now. Tools that the API defines keep their callers if the API does
    /// not accept the setting for them: the code execution, the tool searches and all toolsets.
    ///
    /// A tool that [code](crate::wire::ToolCaller::Code) can call cannot be strict or have arguments of a recursive type,
    /// and the set must contain [`BuiltinTool::code_execution`]. Otherwise an error is returned before anything is sent.
    ///
    /// ```
    /// use claudette::wire::ToolCaller;
    /// use claudette::{BuiltinTool, tool, tools};
    ///
    /// /// Returns the number of orders of a customer.
    /// #[tool]
    /// fn count_orders(
    ///     /// Name of the customer
    ///     customer: &str,
    /// ) -> usize {
    ///     customer.len()
    /// }
    ///
    /// let tools = tools![count_orders].allowed_callers([ToolCaller::Code]);
    /// assert!(tools.wire_json().contains(r#""allowed_callers":["code_execution_20260120"]"#));
    /// assert!(tools.check().is_err_and(|error| error.is_misuse()));
    /// assert!(tools.with(BuiltinTool::code_execution()).check().is_ok());
    /// ```
    #[doc(alias = "programmatic tool calling")]
    pub fn allowed_callers<T: Into<String>>(self, callers: impl IntoIterator<Item = T>) -> Self {
        let callers: Vec<String> = callers.into_iter().map(Into::into).collect();
        self.changed(|inner| {
            for definition in &mut inner.definitions {
                *definition = definition.clone().allowed_callers(&callers);
            }
            for entry in &mut inner.entries {
                if let Entry::Server(tool) = entry {
                    tool.allow_callers_if_accepted(&callers);
                }
            }
        })
    }

    /// Changes how the tools are sent.
    pub(super) fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        (inner.wire, inner.checked) = (OnceLock::new(), OnceLock::new());
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Returns a set that cannot be used. A chat or a request with it returns this text as an error, before anything is
    /// sent.
    ///
    /// It is for implementations of [`IntoTools`](crate::tooling::IntoTools) that find a mistake of the program, such as
    /// the name of a tool that does not exist.
    ///
    /// ```
    /// use claudette::Toolset;
    ///
    /// let tools = Toolset::invalid("there is no tool `reed_file`; did you mean `read_file`?");
    /// let error = tools.check().unwrap_err();
    /// assert!(error.is_misuse());
    /// assert_eq!(error.to_string(), "there is no tool `reed_file`; did you mean `read_file`?");
    /// ```
    pub fn invalid(problem: impl Into<String>) -> Self {
        Self(Arc::new(Inner { problem: Some(problem.into().into()), ..Inner::default() }))
    }

    pub(crate) fn of_server(tool: BuiltinTool) -> Self {
        Self(Arc::new(Inner { entries: vec![Entry::Server(tool)], ..Inner::default() }))
    }

    /// Returns the number of tools, including the tools that the API defines.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Returns `true` if the set contains no tools.
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// Returns the tool with this name, if it runs here.
    pub fn get(&self, name: &str) -> Option<&dyn Tool> {
        self.find(name).map(|member| &*member.tool)
    }

    /// Returns the definitions of the tools that run here, in the order in which they were added.
    pub fn definitions(&self) -> &[ToolDefinition] {
        &self.0.definitions
    }

    /// Returns the JSON list that is sent: all tools, in the order in which they were added.
    ///
    /// The same tools always result in the same bytes, because the prompt cache of the API begins with them.
    pub fn wire_json(&self) -> &str {
        self.0.wire.get_or_init(|| {
            let entries = self.0.entries.iter().map(|entry| match entry {
                Entry::Client(index) => serde_json::to_string(&self.0.definitions[*index]),
                Entry::Server(tool) => serde_json::to_string(tool),
            });
            // Strings, and JSON under string keys, always have a JSON form.
            format!("[{}]", entries.filter_map(Result::ok).collect::<Vec<_>>().join(","))
        })
    }

    /// Returns the same tools with a cache breakpoint on the last tool that the model sees.
    pub(crate) fn marked(&self, control: &CacheControl) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.wire = OnceLock::new();
        let Inner { entries, definitions, .. } = &mut inner;
        if let Some(last) = entries.iter_mut().rfind(|entry| !self.is_deferred(entry)) {
            match last {
                Entry::Client(index) => definitions[*index].set_mark(control),
                Entry::Server(tool) => tool.set_mark(control),
            }
        }
        Self(Arc::new(inner))
    }

    /// Returns the cache breakpoints on the tools.
    pub(crate) fn marks(&self) -> CacheBreakpoints {
        let mark = |entry: &Entry| match entry {
            Entry::Client(index) => CacheBreakpoints::of(self.0.definitions[*index].mark()),
            Entry::Server(tool) => CacheBreakpoints::of(tool.mark()),
        };
        self.0.entries.iter().map(mark).fold(CacheBreakpoints::default(), CacheBreakpoints::then)
    }

    pub(crate) fn is_deferred(&self, entry: &Entry) -> bool {
        match entry {
            Entry::Client(index) => self.0.definitions[*index].is_deferred(),
            Entry::Server(tool) => tool.is_deferred(),
        }
    }

    /// Returns the name of a tool that the API runs, if the set contains one.
    pub(crate) fn run_by_the_api(&self) -> Option<&str> {
        self.0.entries.iter().find_map(|entry| match entry {
            Entry::Server(tool) if tool.is_run_by_the_api() => Some(tool.name().unwrap_or(tool.kind())),
            _ => None,
        })
    }

    /// Returns a hash of the tools as they are sent. It is the same in every run and on every machine. If it changes,
    /// the prompt cache of the API cannot be used.
    ///
    /// The hash is the FNV-1a hash of [`wire_json`](Self::wire_json)
    /// ([draft-eastlake-fnv](https://datatracker.ietf.org/doc/draft-eastlake-fnv/)).
    ///
    /// ```
    /// use claudette::{BuiltinTool, tools};
    ///
    /// let tools = tools![].with(BuiltinTool::web_search());
    /// assert_eq!(tools.fingerprint(), 0x26b2_7494_55d7_ebe9);
    /// assert_ne!(tools.clone().with(BuiltinTool::code_execution()).fingerprint(), tools.fingerprint());
    /// ```
    pub fn fingerprint(&self) -> u64 {
        fnv(self.wire_json().as_bytes())
    }

    /// Returns `true` if both are clones of one set.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns the tool that has this name or is sent under it.
    pub(crate) fn find(&self, name: &str) -> Option<&Member> {
        let place = |name: &str| self.0.by_name.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok();
        let place = place(name).or_else(|| place(self.0.long_names.own(name)?))?;
        Some(&self.0.tools[self.0.by_name[place].1])
    }

    /// Returns the names that are too long for the API.
    pub(crate) fn long_names(&self) -> &LongNames {
        &self.0.long_names
    }
}

impl Inner {
    pub(crate) fn push(&mut self, mut member: Member, definition: ToolDefinition) {
        member.states.fill_from(&self.states);
        // If a name occurs twice, the first tool is found; `check` reports the second.
        let name = definition.name();
        self.removed.retain(|removed| removed != name);
        self.long_names.add(name);
        if let Err(place) = self.by_name.binary_search_by(|(known, _)| known.as_str().cmp(name)) {
            self.by_name.insert(place, (name.to_owned(), self.tools.len()));
        }
        self.entries.push(Entry::Client(self.tools.len()));
        self.tools.push(member);
        self.definitions.push(definition);
    }

    pub(crate) fn push_server(&mut self, tool: BuiltinTool) {
        self.removed.retain(|removed| Some(removed.as_str()) != tool.name());
        self.entries.push(Entry::Server(tool));
    }
}

impl fmt::Debug for Toolset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.entries.iter().map(|entry| match entry {
            Entry::Client(index) => self.0.definitions[*index].name(),
            Entry::Server(tool) => tool.kind(),
        });
        f.debug_list().entries(names).finish()
    }
}

/// Creates a set from tools.
pub fn toolset(tools: impl IntoIterator<Item = Arc<dyn Tool>>) -> Toolset {
    let mut inner = Inner::default();
    for tool in tools {
        let definition = tool.definition().clone();
        inner.push(Member { tool, states: States::default() }, definition);
    }
    Toolset(Arc::new(inner))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::messages::ToolUse;
    use crate::{ToolContext, ToolFn, tool};

    /// Adds one.
    #[tool]
    fn one(
        /// To what
        to: i64,
    ) -> i64 {
        to + 1
    }

    mod other {
        /// Adds one as well.
        #[claudette::tool]
        pub(crate) fn one(
            /// To what
            to: i64,
        ) -> i64 {
            to + 1
        }
    }

    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct NoArguments {}

    fn closure(name: &str) -> ToolFn {
        ToolFn::new(name, "Does nothing.", |_: NoArguments| async {})
    }

    fn misuse(tools: &Toolset) -> String {
        let error = tools.check().expect_err("it cannot be sent");
        assert!(error.is_misuse());
        error.to_string()
    }

    #[test]
    fn two_of_one_name_are_both_named() {
        assert!(crate::tools![one].with(closure("two")).check().is_ok());
        assert_eq!(
            misuse(&crate::tools![one].with(crate::tools![other::one])),
            "two tools have the name `one`: claudette::tool::set::toolset::tests::one and \
             claudette::tool::set::toolset::tests::other::one; rename one, for example with `#[tool(name = \"..\")]`"
        );
        let closures = misuse(&Toolset::default().with(closure("a")).with(closure("a")));
        assert_eq!(closures.matches(file!()).count(), 2, "{closures}");
    }

    #[test]
    fn a_name_or_schema_that_the_api_refuses_is_an_error() {
        assert!(misuse(&Toolset::default().with(closure("a b"))).starts_with("the tool name \"a b\""));
        let list = ToolFn::new("list", "Takes a list.", |_: Vec<u8>| async {});
        assert!(misuse(&Toolset::default().with(list)).contains("use a struct with named fields"));
    }

    #[test]
    fn strict_tools_are_counted() {
        let strict = |n: usize| (0..n).map(|n| closure(&format!("tool-{n}")).strict(true)).collect::<Vec<_>>();
        let set = |tools: Vec<ToolFn>| tools.into_iter().fold(Toolset::default(), Toolset::with);
        assert!(set(strict(20)).with(closure("loose")).check().is_ok());
        assert!(
            misuse(&set(strict(21))).starts_with("a request can have at most 20 strict tools, and this one has 21; ")
        );
    }

    #[test]
    fn a_set_grows_without_changing_its_clones() {
        let first = crate::tools![one];
        let sent = first.wire_json().to_owned();
        let second = first.clone().with(closure("two"));
        assert_eq!((first.len(), second.len()), (1, 2));
        assert_eq!(first.wire_json(), sent);
        assert!(second.wire_json().starts_with(&sent[..sent.len() - 1]));
        assert!(second.get("two").is_some() && first.get("two").is_none());
    }

    #[test]
    fn tools_keep_the_order_in_which_they_were_added() {
        let mixed =
            crate::tools![].with(BuiltinTool::web_search()).with(crate::tools![one].with(BuiltinTool::memory()));
        let wire: serde_json::Value = serde_json::from_str(mixed.wire_json()).expect("it is JSON");
        let names: Vec<_> = wire.as_array().expect("a list").iter().map(|tool| tool["name"].clone()).collect();
        assert_eq!(names, ["web_search", "one", "memory"]);
        assert_eq!((mixed.len(), mixed.definitions().len()), (3, 1));
        assert!(mixed.get("one").is_some() && mixed.get("web_search").is_none());
        assert_eq!(format!("{mixed:?}"), r#"["web_search_20260318", "one", "memory_20250818"]"#);
    }

    #[test]
    fn server_tools_are_checked_with_the_rest() {
        let twice = Toolset::default().with(closure("bash")).with(BuiltinTool::bash());
        assert!(misuse(&twice).contains("and the API's own `bash_20250124`"), "{}", misuse(&twice));
        let toolsets = Toolset::default().with(BuiltinTool::browser_toolset()).with(BuiltinTool::computer_toolset());
        assert!(toolsets.check().is_ok());
        assert!(misuse(&toolsets.with(BuiltinTool::browser_toolset())).contains("browser_toolset_20260801"));
        assert!(misuse(&Toolset::default().with(BuiltinTool::memory().max_uses(1))).contains("`max_uses`"));
        let hidden = Toolset::default().with(BuiltinTool::memory().defer_loading(true));
        assert!(misuse(&hidden).contains("tool_search"));
        assert!(hidden.with(BuiltinTool::tool_search_bm25()).check().is_ok());
    }

    #[test]
    fn callers_are_set_for_each_tool_that_accepts_them() {
        let tools = crate::tools![one]
            .with(BuiltinTool::memory())
            .with(BuiltinTool::code_execution())
            .with(BuiltinTool::tool_search_bm25())
            .with(BuiltinTool::computer_toolset());
        let sent = tools.allowed_callers([crate::wire::ToolCaller::Direct, crate::wire::ToolCaller::Code]);
        let wire: serde_json::Value = serde_json::from_str(sent.wire_json()).expect("it is JSON");
        let callers: Vec<_> = wire.as_array().expect("a list").iter().map(|tool| &tool["allowed_callers"]).collect();
        let (both, none) = (json!(["direct", "code_execution_20260120"]), serde_json::Value::Null);
        assert_eq!(callers, [&both, &both, &none, &none, &none]);
        assert!(sent.check().is_ok(), "{}", misuse(&sent));
        let strict = Toolset::default().with(closure("a").strict(true)).with(BuiltinTool::code_execution());
        assert!(strict.check().is_ok());
        assert!(misuse(&strict.allowed_callers([crate::wire::ToolCaller::Code])).contains("remove `strict`"));
    }

    #[tokio::test]
    async fn a_tool_that_is_only_defined_is_answered() {
        let tools = crate::tools![one].with(BuiltinTool::bash()).with(BuiltinTool::computer_toolset());
        let cx = ToolContext::default();
        let outcome = tools.call("bash", "{}", &cx).await;
        assert!(outcome.is_error() && outcome.text().contains("`bash`"), "{}", outcome.text());
        // A member of a toolset is not the tool of the same name, and its result names the toolset.
        let member =
            json!({"type": "tool_use", "id": "t", "name": "one", "input": {"to": 1}, "toolset_name": "computer"});
        let outcome = tools.run_call(&serde_json::from_value(member).expect("a call"), &cx).await;
        assert!(outcome.is_error() && outcome.text().contains("`one`"), "{}", outcome.text());
        assert_eq!(outcome.result().toolset_name(), Some("computer"));
    }

    #[tokio::test]
    async fn a_running_call_owns_what_it_needs() {
        let call = ToolUse::from_text("toolu_1", "one", r#"{"to":1}"#);
        let running = {
            let tools = crate::tools![one];
            tools.run_within(call.clone(), &ToolContext::default(), None, None)
        };
        drop(call);
        let outcome = tokio::spawn(running).await.expect("it does not panic");
        assert_eq!((outcome.call_id(), outcome.name(), &*outcome.text()), ("toolu_1", "one", "2"));
        assert_eq!(json!(outcome.call().input()), json!({"to": 1}));
    }
}
