//! [`Toolset::call`]: runs tool calls.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tracing::Instrument;

use super::call_span::CallSpan;
use super::edit::is_name;
use super::parallel::{Exclusion, MAX_PARALLEL, Parallel};
use super::toolset::{Entry, Member, Toolset};
use crate::messages::{ContentBlock, Message, Response, StopReason, ToolUse};
use crate::tool::definition::ToolDefinition;
use crate::tool::run::{Guarded, Panic, Tool, ToolContext, ToolError, ToolOutcome, check_input, guard, shorten};
use crate::tool::texts;
use crate::tool::validate::suggest;

/// The default for the maximum size in bytes of a text in one result: about 50,000 tokens.
pub(crate) const MAX_TOOL_OUTPUT: usize = 200_000;

/// Returns why the calls of a response with this stop reason do not run, or `None` if they run.
pub(crate) fn not_run(reason: Option<&StopReason>) -> Option<String> {
    match reason {
        Some(StopReason::ToolUse) => None,
        Some(reason) => Some(texts::ended_with(reason)),
        None => Some(texts::INCOMPLETE.to_owned()),
    }
}

impl Toolset {
    /// Calls a tool by its name, as the model would. `input` is the JSON object of the arguments.
    ///
    /// Every failure is an outcome with an error for the model: an unknown tool, arguments that are not valid, an error
    /// of the tool. So is a panic of the tool, unless the program is built with `panic = "abort"`.
    ///
    /// ```
    /// use claudette::{ToolContext, tool, tools};
    ///
    /// /// Returns the length of a text in characters.
    /// #[tool]
    /// fn length(
    ///     /// Any text
    ///     text: &str,
    /// ) -> usize {
    ///     text.chars().count()
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let (tools, cx) = (tools![length], ToolContext::default());
    /// assert_eq!(tools.call("length", r#"{"text": "Oslo"}"#, &cx).await.text(), "4");
    /// let failed = tools.call("lenght", r#"{"text": "Oslo"}"#, &cx).await;
    /// assert_eq!(failed.text(), "Unknown tool `lenght`; did you mean `length`? Available tools: `length`");
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn call(&self, name: &str, input: &str, cx: &ToolContext) -> ToolOutcome {
        self.run_within(ToolUse::from_text(cx.call_id(), name, input), cx, None, None).await
    }

    /// Runs one tool call of a response. The rules are the same as for [`call`](Self::call).
    pub async fn run_call(&self, call: &ToolUse, cx: &ToolContext) -> ToolOutcome {
        self.run_within(call.clone(), cx, None, None).await
    }

    /// Runs the tool calls of a response and returns the message that answers them, with the results in the order of
    /// the calls. Returns `None` if the response contains no tool calls.
    ///
    /// The rules are the same as in a [loop](crate::chat::ToolLoop):
    ///
    /// - Tools run only if the stop reason of the response is [`tool_use`](crate::wire::StopReason::ToolUse).
    /// - At most eight calls run at a time. An exclusive tool runs alone, and calls with the same
    ///   [key](Tool::exclusive_key) run one after the other.
    /// - Each tool has to finish within its [timeout](Tool::timeout).
    /// - A call that does not run is answered with an error that gives the reason.
    /// - The middle of a result of more than 200,000 bytes is removed.
    ///
    /// Calls are not approved; use a [`Chat`](crate::Chat) for approvals.
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
    /// // The response was cut off, so the arguments may be incomplete.
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

    /// Runs the tool calls of a response. The rules are the same as for [`answer`](Self::answer).
    pub(crate) async fn run_all(&self, response: &Response) -> Vec<ToolOutcome> {
        if let Some(reason) = not_run(response.stop_reason()) {
            let refuse = |call: &ToolUse| ToolOutcome::refused(call.clone(), ToolError::new(&reason));
            return response.tool_uses().map(refuse).collect();
        }
        let cx = ToolContext::default();
        let mut parallel = Parallel::new(MAX_PARALLEL);
        let calls: Vec<&ToolUse> = response.tool_uses().collect();
        for (nth, call) in calls.iter().enumerate() {
            parallel.add(nth, self.exclusion(call));
        }
        let mut running = FuturesUnordered::new();
        let mut outcomes = Vec::new();
        loop {
            while let Some(nth) = parallel.start() {
                let run = self.run_within(calls[nth].clone(), &cx, None, None);
                running.push(async move { (nth, run.await) });
            }
            let Some((nth, outcome)) = running.next().await else { break };
            parallel.ended(nth);
            outcomes.push((nth, outcome));
        }
        outcomes.sort_by_key(|(nth, _)| *nth);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// Runs one call until its timeout or the deadline, whichever is earlier. The timeout of the tool replaces the
    /// given one.
    pub(crate) fn run_within(
        &self,
        call: ToolUse,
        cx: &ToolContext,
        timeout: Option<Duration>,
        deadline: Option<tokio::time::Instant>,
    ) -> impl Future<Output = ToolOutcome> + Send + use<> {
        let timeout = self.get(call.name()).and_then(Tool::timeout).or(timeout);
        let prepared = self.member(&call).map(|Member { tool, states }| {
            let cx = cx.for_call(&call, states);
            #[cfg(feature = "search")]
            let cx = cx.of_set(self.0.clone());
            (tool.clone(), cx)
        });
        // The future owns everything that it needs, so the conversation stays available.
        async move {
            let (tool, cx) = match prepared {
                Ok(prepared) => prepared,
                Err(error) => return ToolOutcome::refused(call, error),
            };
            let now = tokio::time::Instant::now();
            let end = timeout.and_then(|timeout| now.checked_add(timeout)).into_iter().chain(deadline).min();
            let span = CallSpan::new(&*tool, &call, &cx);
            let cancel_on_drop = cx.cancel_on_drop();
            // `Tool::call` may panic before it returns a future.
            let check = || if tool.checks_itself() { Ok(()) } else { tool.check(call.input()) };
            let begin = || match check() {
                Ok(()) => tool.call(call.input(), &cx),
                Err(error) => Box::pin(std::future::ready(Err(error))),
            };
            let answer = match span.span.in_scope(|| Guarded::new(begin)) {
                Ok(running) => within(end, running.instrument(span.span.clone())).await,
                Err(panic) => Some(Err(panic)),
            };
            let is_late = answer.is_none();
            let outcome = if let Some(answer) = answer {
                cancel_on_drop.disarm();
                let answer = answer.unwrap_or_else(|panic| Err(panicked(call.name(), &panic)));
                ToolOutcome::new(call, answer, span.elapsed())
            } else {
                drop(cancel_on_drop);
                ToolOutcome::timed_out(call, now.elapsed())
            };
            let outcome = outcome.with_spent(cx.spent());
            span.ended(&outcome, is_late, cx.traces_contents());
            outcome
        }
    }

    /// Checks whether a call can run.
    ///
    /// # Errors
    ///
    /// Returns an error for the model if the tool is unknown or the arguments are not valid.
    pub(crate) fn check_call(&self, call: &ToolUse) -> Result<(), ToolError> {
        self.member(call)?.tool.check(call.input())
    }

    /// Returns the calls that must not run at the same time as this call. A call that cannot run does not exclude any.
    pub(crate) fn exclusion(&self, call: &ToolUse) -> Exclusion {
        let Ok(Member { tool, .. }) = self.member(call) else { return Exclusion::None };
        if tool.is_exclusive() {
            return Exclusion::All;
        }
        // The expression of the program may panic.
        match guard(|| tool.exclusive_key(call.input())) {
            Ok(Some(key)) => Exclusion::Key(key),
            Ok(None) | Err(_) => Exclusion::None,
        }
    }

    /// Returns `true` if a call may run before its response is complete: it changes nothing, and it can run.
    pub(crate) fn may_run_early(&self, call: &ToolUse) -> bool {
        let Ok(Member { tool, .. }) = self.member(call) else { return false };
        tool.annotations().read_only && matches!(guard(|| tool.check(call.input())), Ok(Ok(())))
    }

    /// Returns the tool that a call is for.
    fn member(&self, call: &ToolUse) -> Result<&Member, ToolError> {
        check_input(call)?;
        // A member of a toolset of the API may have the same name as a tool here, but it is a different tool.
        let member = if call.toolset_name().is_some() { None } else { self.find(call.name()) };
        member.ok_or_else(|| self.unknown(call))
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
            return ToolError::new(texts::cannot_run(&name));
        }
        let names: Vec<&str> = self.definitions().iter().map(ToolDefinition::name).collect();
        if call.toolset_name().is_none() && self.0.removed.iter().any(|removed| is_name(removed, call.name())) {
            return ToolError::new(texts::removed_tool(&name, &names));
        }
        ToolError::new(texts::unknown_tool(&name, suggest(&name, names.iter().copied()), &names))
    }
}

/// Waits for the future until `end`. Returns `None` if it is not ready by then.
async fn within<T>(end: Option<tokio::time::Instant>, running: impl Future<Output = T>) -> Option<T> {
    match end {
        None => Some(running.await),
        Some(end) => tokio::time::timeout_at(end, running).await.ok(),
    }
}

#[cold]
fn panicked(name: &str, Panic(message): &Panic) -> ToolError {
    ToolError::new(texts::panicked(name, &shorten(message.trim())))
}
