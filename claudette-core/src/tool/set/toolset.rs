//! [`Toolset`]: the tools of a conversation, found by name.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::fnv::fnv;
use super::into_tools::IntoTools;
use super::parallel::{MAX_PARALLEL, Parallel};
use crate::error::Error;
use crate::json::has_half;
use crate::messages::{CacheBreakpoints, CacheControl, ContentBlock, Message, Response, StopReason, ToolUse};
use crate::tool::builtin::BuiltinTool;
use crate::tool::definition::ToolDefinition;
use crate::tool::run::{Guarded, Panic, State, States, Tool, ToolContext, ToolError, ToolOutcome, shorten};
use crate::tool::schema::excess;
use crate::tool::validate::{list, nearest};

/// The tools the model may call, each under its own name.
///
/// [`tools!`](crate::tools) makes one from functions with [`#[tool]`](macro@crate::tool); [`with`](Self::with) adds any
/// other tool. Cloning shares it.
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
/// assert_eq!(wrong.text(), "argument `b`: expected integer, got \"two\"");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Toolset(Arc<Inner>);

#[derive(Clone, Default)]
struct Inner {
    tools: Vec<Member>,
    definitions: Vec<ToolDefinition>,
    /// In the order of the names. Most sets are small: to look through these is faster than to hash a name.
    by_name: Vec<(String, usize)>,
    /// All that is sent, in the order in which it was added.
    entries: Vec<Entry>,
    /// What was given to all tools, and those yet to come.
    states: States,
    /// What is sent: encoded when it is first asked for, and the same bytes from then on.
    wire: OnceLock<String>,
    /// Nothing is wrong with it: found out once.
    checked: OnceLock<()>,
}

/// A tool, and what it may work on.
#[derive(Clone)]
struct Member {
    tool: Arc<dyn Tool>,
    states: States,
}

#[derive(Clone)]
enum Entry {
    /// A tool that runs here, by its index.
    Client(usize),
    /// A tool that the API defines, and that nothing here runs.
    Server(BuiltinTool),
}

/// How many bytes of text the model reads of one result, unless the program says otherwise: some fifty thousand tokens.
pub(crate) const MAX_TOOL_OUTPUT: usize = 200_000;

/// Why the calls of a response that stopped for this reason are not run; none if they are.
pub(crate) fn not_run(reason: Option<&StopReason>) -> Option<String> {
    match reason {
        Some(StopReason::ToolUse) => None,
        Some(reason) => Some(format!("Not run: the response ended with `{reason}`.")),
        None => Some("Not run: the response did not say that it was complete.".to_owned()),
    }
}

impl Toolset {
    /// The set with more tools, behind those it has.
    ///
    /// Two tools of one name are an error when the set is to be sent.
    ///
    /// ```
    /// use claudette::{BuiltinTool, tools};
    ///
    /// let tools = tools![].with(BuiltinTool::web_search().max_uses(3)).with(BuiltinTool::code_execution());
    /// assert_eq!(tools.len(), 2);
    /// assert!(tools.definitions().is_empty());
    /// ```
    pub fn with(self, tools: impl IntoTools) -> Self {
        let more = tools.into_tools();
        if self.is_empty() && self.0.states.is_empty() && more.0.states.is_empty() {
            return more;
        }
        let more = Arc::unwrap_or_clone(more.0);
        let mut inner = Arc::unwrap_or_clone(self.0);
        (inner.wire, inner.checked) = (OnceLock::new(), OnceLock::new());
        for entry in more.entries {
            match entry {
                Entry::Client(index) => inner.push(more.tools[index].clone(), more.definitions[index].clone()),
                Entry::Server(_) => inner.entries.push(entry),
            }
        }
        Self(Arc::new(inner))
    }

    /// Gives the tools of this set a value to work on, by its type; they take it as a [`State`].
    ///
    /// A tool that has a value of this type already keeps it: what a set was given by whoever made it stays, whatever set
    /// or chat it becomes part of.
    pub fn state<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.share(&State::new(value))
    }

    pub(crate) fn share<T: Send + Sync + 'static>(self, state: &State<T>) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.states.add(state);
        inner.tools.iter_mut().for_each(|member| member.states.add(state));
        Self(Arc::new(inner))
    }

    pub(crate) fn of_server(tool: BuiltinTool) -> Self {
        Self(Arc::new(Inner { entries: vec![Entry::Server(tool)], ..Inner::default() }))
    }

    /// How many tools the model is told of, those that the API defines included.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether there is no tool at all: nothing to be sent.
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// The tool of this name, if it is one that runs here.
    pub fn get(&self, name: &str) -> Option<&dyn Tool> {
        self.find(name).map(|member| &*member.tool)
    }

    /// What the model is told of each tool that runs here, in the order in which they were added.
    pub fn definitions(&self) -> &[ToolDefinition] {
        &self.0.definitions
    }

    /// The JSON list that is sent: all tools, in the order in which they were added. Byte for byte the same from run to
    /// run: the API's prompt cache begins with it.
    pub fn wire_json(&self) -> &str {
        self.0.wire.get_or_init(|| {
            let entries = self.0.entries.iter().map(|entry| match entry {
                Entry::Client(index) => serde_json::to_string(&self.0.definitions[*index]),
                Entry::Server(tool) => serde_json::to_string(tool),
            });
            // Texts and JSON under text keys always have a JSON form.
            format!("[{}]", entries.filter_map(Result::ok).collect::<Vec<_>>().join(","))
        })
    }

    /// The same tools, with a cache mark on the last one that the model sees: as they are sent.
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

    /// The cache marks on its tools.
    pub(crate) fn marks(&self) -> CacheBreakpoints {
        let mark = |entry: &Entry| match entry {
            Entry::Client(index) => CacheBreakpoints::of(self.0.definitions[*index].mark()),
            Entry::Server(tool) => CacheBreakpoints::of(tool.mark()),
        };
        self.0.entries.iter().map(mark).fold(CacheBreakpoints::default(), CacheBreakpoints::then)
    }

    fn is_deferred(&self, entry: &Entry) -> bool {
        match entry {
            Entry::Client(index) => self.0.definitions[*index].is_deferred(),
            Entry::Server(tool) => tool.is_deferred(),
        }
    }

    /// A tool of the set that the API runs, if there is one.
    pub(crate) fn run_by_the_api(&self) -> Option<&str> {
        self.0.entries.iter().find_map(|entry| match entry {
            Entry::Server(tool) if tool.is_run_by_the_api() => Some(tool.name().unwrap_or(tool.kind())),
            _ => None,
        })
    }

    /// A number that stays the same while what is sent does: from run to run, and on every machine. Another one means that
    /// the API's prompt cache begins anew.
    ///
    /// It is the FNV-1a hash of [`wire_json`](Self::wire_json)
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

    /// Calls the tool of this name, as the model would; `input` is the JSON object of its arguments.
    ///
    /// Whatever goes wrong is an outcome that tells the model what to mend: no such tool, arguments that do not fit, an
    /// error of the tool. A panic of the tool is one as well, unless the program is built with `panic = "abort"`.
    pub async fn call(&self, name: &str, input: &str, cx: &ToolContext) -> ToolOutcome {
        self.run_within(ToolUse::from_text(cx.call_id(), name, input), cx, None, None).await
    }

    /// Runs one tool call of a response. The rules are those of [`call`](Self::call).
    pub async fn run_call(&self, call: &ToolUse, cx: &ToolContext) -> ToolOutcome {
        self.run_within(call.clone(), cx, None, None).await
    }

    /// Whether both are the same set, and not only equal ones.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Runs the tool calls of a response and returns the message that answers them, with the results in the order of the
    /// calls. Returns `None` if the response calls no tool.
    ///
    /// The rules are those of a [loop](crate::ToolLoop): tools run only if the response stopped for
    /// [`tool_use`](crate::StopReason::ToolUse), at most eight at a time, an exclusive one alone, and each within its
    /// [timeout](Tool::timeout). A call that does not run is answered with an error that says why, and the middle of a
    /// result of more than 200,000 bytes is left out. Nobody is asked for approval: a [`Chat`](crate::Chat) does that.
    ///
    /// ```
    /// # use claudette::{Response, tool, tools};
    /// /// Deletes a file.
    /// #[tool]
    /// fn delete(
    ///     /// Path of the file
    ///     path: String,
    /// ) -> String {
    ///     format!("{path} is deleted")
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// // The response was cut, so its arguments may be cut as well.
    /// let response: Response = serde_json::from_str(
    ///     r#"{"content":[{"type":"tool_use","id":"toolu_1","name":"delete","input":{"path":"/"}}],"stop_reason":"max_tokens"}"#,
    /// )?;
    /// let message = tools![delete].answer(&response).await.unwrap();
    /// let result = message.content()[0].as_tool_result().unwrap();
    /// assert!(result.is_error());
    /// assert_eq!(result.text(), "Not run: the response ended with `max_tokens`.");
    /// # Ok::<(), serde_json::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn answer(&self, response: &Response) -> Option<Message> {
        let outcomes = self.run_all(response).await.into_iter();
        let results = outcomes.map(|outcome| outcome.settle(None, MAX_TOOL_OUTPUT).result().clone().into());
        let results: Vec<ContentBlock> = results.collect();
        (!results.is_empty()).then(|| Message::user(results))
    }

    /// Runs the tool calls of a response, by the rules of [`answer`](Self::answer).
    pub(crate) async fn run_all(&self, response: &Response) -> Vec<ToolOutcome> {
        if let Some(reason) = not_run(response.stop_reason()) {
            let refuse = |call: &ToolUse| ToolOutcome::refused(call.clone(), ToolError::new(&reason));
            return response.tool_uses().map(refuse).collect();
        }
        let cx = ToolContext::default();
        let mut parallel = Parallel::new(MAX_PARALLEL);
        let mut waiting = response.tool_uses().enumerate().peekable();
        let mut running = FuturesUnordered::new();
        let mut outcomes = Vec::new();
        loop {
            while let Some((_, call)) = waiting.peek() {
                let is_exclusive = self.get(call.name()).is_some_and(Tool::is_exclusive);
                if !parallel.admits(running.len(), is_exclusive) {
                    break;
                }
                let Some((nth, call)) = waiting.next() else { break };
                let run = self.run_within(call.clone(), &cx, None, None);
                running.push(async move { (nth, run.await) });
            }
            let Some(finished) = running.next().await else { break };
            outcomes.push(finished);
        }
        outcomes.sort_by_key(|(nth, _)| *nth);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// Runs one call for as long as it may take: a tool's own timeout counts before the given one, and both end at the
    /// deadline.
    pub(crate) fn run_within(
        &self,
        call: ToolUse,
        cx: &ToolContext,
        timeout: Option<Duration>,
        deadline: Option<tokio::time::Instant>,
    ) -> impl Future<Output = ToolOutcome> + Send + use<> {
        let timeout = self.get(call.name()).and_then(Tool::timeout).or(timeout);
        let run = self.run(call.clone(), cx);
        async move {
            let begun = tokio::time::Instant::now();
            let end = timeout.and_then(|timeout| begun.checked_add(timeout)).into_iter().chain(deadline).min();
            let Some(end) = end else { return run.await };
            let finished = tokio::time::timeout_at(end, run).await;
            finished.unwrap_or_else(|_| ToolOutcome::timed_out(call, begun.elapsed()))
        }
    }

    /// Runs one call. The future owns all it needs: the conversation goes on around it.
    pub(crate) fn run(&self, call: ToolUse, cx: &ToolContext) -> impl Future<Output = ToolOutcome> + Send + use<> {
        let prepared = self.member(&call).map(|Member { tool, states }| (tool.clone(), cx.for_call(call.id(), states)));
        async move {
            let (tool, cx) = match prepared {
                Ok(prepared) => prepared,
                Err(error) => return ToolOutcome::refused(call, error),
            };
            let span = execute_tool(&call);
            let start = Instant::now();
            let cancel = cx.cancel().on_drop();
            // A tool that is written by hand may panic before it returns a future.
            let check = || if tool.checks_itself() { Ok(()) } else { tool.check(call.input()) };
            let begin = || match check() {
                Ok(()) => tool.call(call.input(), &cx),
                Err(error) => Box::pin(std::future::ready(Err(error))),
            };
            let answer = match span.in_scope(|| Guarded::new(begin)) {
                Ok(running) => running.instrument(span.clone()).await,
                Err(panic) => Err(panic),
            };
            cancel.over();
            let elapsed = start.elapsed();
            let answer = answer.unwrap_or_else(|panic| Err(panicked(call.name(), &panic)));
            let outcome = ToolOutcome::new(call, answer, elapsed);
            if outcome.is_error() {
                span.record("error.type", "tool_error");
            }
            if cx.traces_contents() {
                span.record("gen_ai.tool.call.arguments", outcome.call().input().get());
                span.record("gen_ai.tool.call.result", &*outcome.text());
            }
            outcome
        }
    }

    /// Whether a call could run.
    ///
    /// # Errors
    ///
    /// What the model has to mend.
    pub(crate) fn check_call(&self, call: &ToolUse) -> Result<(), ToolError> {
        self.member(call)?.tool.check(call.input())
    }

    /// The tool that a call is for.
    fn member(&self, call: &ToolUse) -> Result<&Member, ToolError> {
        match call.invalid_input() {
            Some(input) => Err(refuse(call.name(), input)),
            // A member of a toolset may have the name of a tool here, and is another.
            None if call.toolset_name().is_some() => Err(self.unknown(call)),
            None => self.find(call.name()).ok_or_else(|| self.unknown(call)),
        }
    }

    /// What is wrong with the set, before it is sent: the API would refuse it, or a tool could never be called.
    ///
    /// # Errors
    ///
    /// Misuse: two tools of one name, a definition that the API does not take, or none that the model sees.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.0.checked.get().is_none() {
            self.find_problem()?;
            let _ = self.0.checked.set(());
        }
        Ok(())
    }

    fn find_problem(&self) -> Result<(), Error> {
        let mut seen = HashMap::new();
        for entry in &self.0.entries {
            let (problem, name) = match entry {
                Entry::Client(index) => (self.0.definitions[*index].problem(), self.0.definitions[*index].name()),
                // Of a toolset, which has no name, there may be one as well.
                Entry::Server(tool) => (tool.problem(), tool.name().unwrap_or(tool.kind())),
            };
            if let Some(problem) = problem.or_else(|| self.missing_state(entry)) {
                return Err(Error::misuse(problem));
            }
            if let Some(first) = seen.insert(name, entry) {
                let (first, second) = (self.origin(first), self.origin(entry));
                return Err(Error::misuse(format!(
                    "two tools have the name `{name}`: {first} and {second}; give one another name, as in \
                     `#[tool(name = \"..\")]`"
                )));
            }
        }
        if !self.is_empty() && self.0.entries.iter().all(|entry| self.is_deferred(entry)) {
            return Err(Error::misuse(
                "all tools have `defer_loading`: the model sees none of them; add `BuiltinTool::tool_search_regex()`",
            ));
        }
        let strict: Vec<_> = self.definitions().iter().filter_map(ToolDefinition::strict_schema).collect();
        match excess(&strict) {
            Some(problem) => Err(Error::misuse(problem)),
            None => Ok(()),
        }
    }

    fn missing_state(&self, entry: &Entry) -> Option<String> {
        let Entry::Client(index) = entry else { return None };
        let Member { tool, states } = &self.0.tools[*index];
        let missing = tool.requires().iter().find(|state| !states.has(**state))?;
        let (name, origin) = (self.0.definitions[*index].name(), self.origin(entry));
        let near = states.similar_to(*missing);
        let near = near.map(|near| format!("; `State<{near}>` was provided")).unwrap_or_default();
        Some(format!(
            "the tool `{name}` ({origin}) requires `{missing}`, which was not provided: add `.state(value)` to the \
             chat's builder or to the set of tools{near}"
        ))
    }

    fn origin(&self, entry: &Entry) -> String {
        match entry {
            Entry::Client(index) => self.0.definitions[*index].origin().to_string(),
            Entry::Server(tool) => format!("the API's own `{}`", tool.kind()),
        }
    }

    fn find(&self, name: &str) -> Option<&Member> {
        let place = self.0.by_name.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        Some(&self.0.tools[self.0.by_name[place].1])
    }

    #[cold]
    fn unknown(&self, call: &ToolUse) -> ToolError {
        let name = shorten(call.name());
        let is_called = |entry: &Entry| match (entry, call.toolset_name()) {
            (Entry::Client(_), _) => false,
            (Entry::Server(tool), Some(toolset)) => tool.is_toolset(toolset),
            (Entry::Server(tool), None) => tool.name() == Some(call.name()),
        };
        if self.0.entries.iter().any(is_called) {
            return ToolError::new(format_args!(
                "there is nothing here that could run `{name}`, though it is listed; go on without it"
            ));
        }
        let names: Vec<&str> = self.definitions().iter().map(ToolDefinition::name).collect();
        let near = nearest(&name, names.iter().copied()).map(|near| format!("did you mean `{near}`? "));
        let known = match names.as_slice() {
            [] => return ToolError::new(format_args!("there is no tool `{name}`, nor any other")),
            [only] => format!("there is only `{only}`"),
            names => format!("there are {}", list(names)),
        };
        ToolError::new(format_args!("there is no tool `{name}`; {}{known}", near.unwrap_or_default()))
    }
}

impl Inner {
    fn push(&mut self, mut member: Member, definition: ToolDefinition) {
        member.states.fill_from(&self.states);
        // Of two with one name the first stays; `check` tells.
        let name = definition.name();
        if let Err(place) = self.by_name.binary_search_by(|(known, _)| known.as_str().cmp(name)) {
            self.by_name.insert(place, (name.to_owned(), self.tools.len()));
        }
        self.entries.push(Entry::Client(self.tools.len()));
        self.tools.push(member);
        self.definitions.push(definition);
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

/// The set of these tools.
pub fn toolset(tools: impl IntoIterator<Item = Arc<dyn Tool>>) -> Toolset {
    let mut inner = Inner::default();
    for tool in tools {
        let definition = tool.definition().clone();
        inner.push(Member { tool, states: States::default() }, definition);
    }
    Toolset(Arc::new(inner))
}

/// The span of one call, by OpenTelemetry's conventions for generative AI.
fn execute_tool(call: &ToolUse) -> Span {
    tracing::info_span!(
        "execute_tool",
        otel.name = format_args!("execute_tool {}", call.name()),
        gen_ai.operation.name = "execute_tool",
        gen_ai.tool.name = call.name(),
        gen_ai.tool.call.id = call.id(),
        gen_ai.tool.type = "function",
        gen_ai.tool.call.arguments = Empty,
        gen_ai.tool.call.result = Empty,
        "error.type" = Empty,
    )
}

#[cold]
fn refuse(name: &str, input: &str) -> ToolError {
    if has_half(input) {
        return ToolError::new(format_args!(
            "the arguments of `{}` contain half of a surrogate pair (a \\u escape that is not a whole character), so the \
             tool did not run: send the arguments again with the whole character, or without it",
            shorten(name)
        ));
    }
    if input.trim().is_empty() {
        return ToolError::new(format_args!(
            "the arguments of `{}` did not arrive, so the tool did not run: send the call again",
            shorten(name)
        ));
    }
    let why = match serde_json::from_str::<serde::de::IgnoredAny>(input) {
        Ok(_) => "it is another JSON value".to_owned(),
        Err(error) => error.to_string(),
    };
    ToolError::new(format_args!(
        "the arguments of `{}` must be one JSON object ({why}): {}",
        shorten(name),
        shorten(input)
    ))
}

#[cold]
fn panicked(name: &str, Panic(message): &Panic) -> ToolError {
    match message.trim() {
        "" => ToolError::new(format_args!("the tool `{name}` panicked")),
        message => ToolError::new(format_args!("the tool `{name}` panicked: {}", shorten(message))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ToolFn, tool};

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
             claudette::tool::set::toolset::tests::other::one; give one another name, as in `#[tool(name = \"..\")]`"
        );
        let closures = misuse(&Toolset::default().with(closure("a")).with(closure("a")));
        assert_eq!(closures.matches(file!()).count(), 2, "{closures}");
    }

    #[test]
    fn a_name_or_schema_that_the_api_refuses_is_told() {
        assert!(misuse(&Toolset::default().with(closure("a b"))).starts_with("the tool name \"a b\""));
        let list = ToolFn::new("list", "Takes a list.", |_: Vec<u8>| async {});
        assert!(misuse(&Toolset::default().with(list)).contains("take a struct with named fields"));
    }

    #[test]
    fn strict_tools_are_counted() {
        let strict = |n: usize| (0..n).map(|n| closure(&format!("tool-{n}")).strict(true)).collect::<Vec<_>>();
        let set = |tools: Vec<ToolFn>| tools.into_iter().fold(Toolset::default(), Toolset::with);
        assert!(set(strict(20)).with(closure("loose")).check().is_ok());
        assert!(misuse(&set(strict(21))).starts_with("a request may have 20 strict tools, and this has 21"));
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
    fn all_tools_stand_in_the_order_in_which_they_came() {
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

    #[tokio::test]
    async fn a_tool_that_is_only_defined_is_answered() {
        let tools = crate::tools![one].with(BuiltinTool::bash()).with(BuiltinTool::computer_toolset());
        let cx = ToolContext::default();
        let outcome = tools.call("bash", "{}", &cx).await;
        assert!(outcome.is_error() && outcome.text().contains("`bash`"), "{}", outcome.text());
        // A member of a toolset is not the tool of the same name, and its result names the toolset.
        let member =
            json!({"type": "tool_use", "id": "t", "name": "one", "input": {"to": 1}, "toolset_name": "computer"});
        let outcome = tools.run(serde_json::from_value(member).expect("a call"), &cx).await;
        assert!(outcome.is_error() && outcome.text().contains("`one`"), "{}", outcome.text());
        assert_eq!(outcome.result().toolset_name(), Some("computer"));
    }

    #[tokio::test]
    async fn a_running_call_owns_what_it_needs() {
        let call = ToolUse::from_text("toolu_1", "one", r#"{"to":1}"#);
        let running = {
            let tools = crate::tools![one];
            tools.run(call.clone(), &ToolContext::default())
        };
        drop(call);
        let outcome = tokio::spawn(running).await.expect("it does not panic");
        assert_eq!((outcome.call_id(), outcome.name(), &*outcome.text()), ("toolu_1", "one", "2"));
        assert_eq!(json!(outcome.call().input()), json!({"to": 1}));
    }
}
