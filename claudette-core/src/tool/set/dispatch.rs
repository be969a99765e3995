//! [`Toolset::call`]: the road from a tool call to its outcome.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::parallel::{MAX_PARALLEL, Parallel};
use super::toolset::{Entry, Member, Toolset};
use crate::json::has_half;
use crate::messages::{ContentBlock, Message, Response, StopReason, ToolUse};
use crate::tool::definition::ToolDefinition;
use crate::tool::run::{Guarded, Panic, Tool, ToolContext, ToolError, ToolOutcome, shorten};
use crate::tool::texts;
use crate::tool::validate::suggest;

/// How many bytes of text the model reads of one result, unless the program says otherwise: some fifty thousand tokens.
pub(crate) const MAX_TOOL_OUTPUT: usize = 200_000;

/// Why the calls of a response that stopped for this reason are not run; none if they are.
pub(crate) fn not_run(reason: Option<&StopReason>) -> Option<String> {
    match reason {
        Some(StopReason::ToolUse) => None,
        Some(reason) => Some(texts::ended_with(reason)),
        None => Some(texts::INCOMPLETE.to_owned()),
    }
}

impl Toolset {
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

    /// Runs the tool calls of a response and returns the message that answers them, with the results in the order of the
    /// calls. Returns `None` if the response calls no tool.
    ///
    /// The rules are those of a [loop](crate::chat::ToolLoop): tools run only if the response stopped for
    /// [`tool_use`](crate::wire::StopReason::ToolUse), at most eight at a time, an exclusive one alone, and each within its
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
        let prepared = self.member(&call).map(|Member { tool, states }| (tool.clone(), cx.for_call(&call, states)));
        async move {
            let (tool, cx) = match prepared {
                Ok(prepared) => prepared,
                Err(error) => return ToolOutcome::refused(call, error),
            };
            let span = execute_tool(&call);
            let start = Instant::now();
            let cancel_on_drop = cx.cancel_on_drop();
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
            cancel_on_drop.disarm();
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
        ToolError::new(texts::unknown_tool(&name, suggest(&name, names.iter().copied()), &names))
    }
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
    let name = shorten(name);
    ToolError::new(if has_half(input) {
        texts::half_a_character(&name)
    } else if input.trim().is_empty() {
        texts::no_arguments(&name)
    } else {
        let error = serde_json::from_str::<serde::de::IgnoredAny>(input).err();
        texts::not_an_object(&name, error.as_ref(), &shorten(input))
    })
}

#[cold]
fn panicked(name: &str, Panic(message): &Panic) -> ToolError {
    ToolError::new(texts::panicked(name, &shorten(message.trim())))
}
