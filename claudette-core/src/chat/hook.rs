//! [`Hook`]: code of the program that runs around the steps of a loop. [`NextRequest`] and the like run a step.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::answer::Answer;
use super::approval::Approval;
use super::event::Event;
use super::machine::ChatState;
use super::run::Run;
use super::run_start::RunStart;
use crate::client::RequestPlan;
use crate::error::Result;
use crate::messages::{Response, ToolUse};
use crate::task::BoxFuture;
use crate::tool::{StepId, ToolAnnotations, ToolError, ToolOutcome, ToolOutput};

/// Code of the program that runs around the steps of a loop. By default, the methods do not change anything.
///
/// The "around" methods wrap a step. They can run code before and after the step, run it again or in another form, or
/// return a result without running it. Retries, fallbacks and recordings can be implemented as hooks. For durable runs,
/// use a [journal](crate::chat::ToolLoop::journal).
/// The hook that was added first is the outermost. If it returns a result without running the step, the inner hooks are
/// not called.
///
/// A hook cannot change the messages in the history, so the history stays valid. If a hook returns an error, the loop
/// ends and returns the error to the caller. Finished steps stay in the history.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Done."));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::client::RequestPlan;
/// use claudette::{BoxFuture, Hook, Result};
///
/// /// Tells the model how many requests are left.
/// struct Countdown;
///
/// impl Hook for Countdown {
///     fn before_request<'a>(&'a self, plan: &'a mut RequestPlan<'_>) -> BoxFuture<'a, Result<()>> {
///         Box::pin(async move { plan.add(format!("({} requests are left.)", plan.remaining_steps())) })
///     }
/// }
///
/// chat.toolloop("Clean up.").max_steps(5).hook(Countdown).await?;
/// assert_eq!(claude.requests()[0].body()["messages"][0]["content"][1]["text"], "(4 requests are left.)");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "middleware")]
#[doc(alias = "callback")]
#[doc(alias = "interceptor")]
pub trait Hook: Send + Sync {
    /// Wraps a whole loop. It can return a finished run without running the loop.
    ///
    /// # Errors
    /// Returns an error to end the loop.
    fn around_run<'a>(&'a self, start: &'a RunStart<'a>, next: NextRun<'a>) -> BoxFuture<'a, Result<Run>> {
        let _ = start;
        next.run()
    }

    /// Runs before each request, and can change it. The change applies only to this request.
    ///
    /// # Errors
    /// Returns an error to end the loop.
    fn before_request<'a>(&'a self, plan: &'a mut RequestPlan<'_>) -> BoxFuture<'a, Result<()>> {
        let _ = plan;
        Box::pin(async { Ok(()) })
    }

    /// Wraps each request. It can send the request again, send another request, or return an existing response.
    ///
    /// # Errors
    /// Returns an error to end the loop.
    fn around_request<'a>(
        &'a self,
        step: &'a StepId,
        plan: &'a RequestPlan<'a>,
        next: NextRequest<'a>,
    ) -> BoxFuture<'a, Result<Answer<Response>>> {
        let _ = step;
        next.run(plan)
    }

    /// Runs after each response, before its tool calls run. [`ControlFlow::Break`] ends the loop
    /// ([`EndReason::Hook`](crate::EndReason::Hook)), and the tool calls do not run.
    ///
    /// # Errors
    /// Returns an error to end the loop.
    fn after_response<'a>(&'a self, response: &'a Response) -> BoxFuture<'a, Result<ControlFlow<()>>> {
        let _ = response;
        Box::pin(async { Ok(ControlFlow::Continue(())) })
    }

    /// Wraps the approval of each tool call. It can return a decision without asking the program.
    ///
    /// # Errors
    /// Returns an error to end the loop.
    fn around_approval<'a>(
        &'a self,
        step: &'a StepId,
        call: &'a ToolUse,
        next: NextApproval<'a>,
    ) -> BoxFuture<'a, Result<Answer<Approval>>> {
        let _ = (step, call);
        next.run()
    }

    /// Wraps each tool call. It can return an outcome without running the tool. Calls can run at the same time. This
    /// method is called in the order in which they start: their own order, unless a call waits for its
    /// [key](crate::Tool::exclusive_key), or starts [early](crate::chat::ToolLoop::eager).
    ///
    /// # Errors
    /// Returns an error to end the loop.
    fn around_call<'a>(
        &'a self,
        step: &'a StepId,
        call: &'a ToolUse,
        next: NextCall<'a>,
    ) -> BoxFuture<'a, Result<Answer<ToolOutcome>>> {
        let _ = (step, call);
        next.run()
    }

    /// Returns the time that the loop has run before this step. `elapsed` is the time by the clock. A journal records
    /// it, so that a replay makes the same decisions. The method is called only if the loop has a deadline.
    ///
    /// # Errors
    /// Returns an error to end the loop.
    fn elapsed<'a>(&'a self, step: &'a StepId, elapsed: Duration) -> BoxFuture<'a, Result<Duration>> {
        let _ = step;
        Box::pin(async move { Ok(elapsed) })
    }

    /// Runs immediately after the result of each step has entered the state, and once more when the loop ends, with the
    /// step [`end`](StepId::end). Use it to store the chat.
    ///
    /// If a [journal](crate::chat::ToolLoop::journal) stores the steps of the loop, store the chat only at the end of a
    /// finished run ([`ChatState::is_journaled`]): until then, the journal has it.
    ///
    /// # Errors
    /// Returns an error to end the loop.
    fn committed<'a>(&'a self, step: &'a StepId, state: &'a ChatState) -> BoxFuture<'a, Result<()>> {
        let _ = (step, state);
        Box::pin(async { Ok(()) })
    }

    /// Runs for each event, before the reader of the stream gets it.
    fn on_event(&self, event: &Event) {
        let _ = event;
    }

    /// Returns whether [`on_event`](Self::on_event) needs events; `true` by default. If no hook needs them, and the
    /// events of the loop are not read, the loop does not stream its responses.
    fn wants_events(&self) -> bool {
        true
    }
}

type HookList<'a> = &'a [Arc<dyn Hook + 'a>];

/// A loop that is about to run, with the hooks that were added later; see [`Hook::around_run`].
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Done."));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::chat::{NextRun, RunStart};
/// use claudette::{BoxFuture, Hook, Result, Run};
/// use std::sync::Mutex;
///
/// /// Records the answer of each loop.
/// #[derive(Default)]
/// struct Answers(Mutex<Vec<String>>);
///
/// impl Hook for &Answers {
///     fn around_run<'a>(&'a self, _: &'a RunStart<'a>, next: NextRun<'a>) -> BoxFuture<'a, Result<Run>> {
///         Box::pin(async move {
///             let run = next.run().await?;
///             self.0.lock().unwrap().push(run.text());
///             Ok(run)
///         })
///     }
/// }
///
/// let answers = Answers::default();
/// chat.toolloop("Clean up.").hook(&answers).await?;
/// assert_eq!(*answers.0.lock().unwrap(), ["Done."]);
/// # Ok(())
/// # }
/// ```
#[must_use = "a loop that is not run does nothing"]
pub struct NextRun<'a> {
    pub(super) hooks: HookList<'a>,
    pub(super) start: &'a RunStart<'a>,
    pub(super) run: BoxFuture<'a, Result<Run>>,
}

impl<'a> NextRun<'a> {
    /// Runs the loop.
    pub fn run(self) -> BoxFuture<'a, Result<Run>> {
        match self.hooks {
            [first, rest @ ..] => first.around_run(self.start, NextRun { hooks: rest, ..self }),
            [] => self.run,
        }
    }
}

/// Sends the request that a plan describes.
pub(super) trait SendPlan: Send + Sync {
    fn send<'s>(&'s self, plan: &'s RequestPlan<'s>) -> BoxFuture<'s, Result<Response>>;
}

/// A request that is about to be sent, with the hooks that were added later; see [`Hook::around_request`].
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::error(400, "invalid_request_error", "Try again."));
/// # claude.respond(MockResponse::text("Done."));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::chat::{Answer, NextRequest};
/// use claudette::client::RequestPlan;
/// use claudette::tooling::StepId;
/// use claudette::{BoxFuture, Hook, Response, Result};
///
/// /// Sends a request that failed once more.
/// struct Again;
///
/// impl Hook for Again {
///     fn around_request<'a>(
///         &'a self,
///         _: &'a StepId,
///         plan: &'a RequestPlan<'a>,
///         next: NextRequest<'a>,
///     ) -> BoxFuture<'a, Result<Answer<Response>>> {
///         Box::pin(async move {
///             match next.run(plan).await {
///                 Ok(answer) => Ok(answer),
///                 Err(_) => next.run(plan).await,
///             }
///         })
///     }
/// }
///
/// let run = chat.toolloop("Clean up.").hook(Again).await?;
/// assert_eq!(run.text(), "Done.");
/// assert_eq!(claude.requests().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct NextRequest<'a> {
    pub(super) hooks: HookList<'a>,
    pub(super) step: &'a StepId,
    pub(super) sender: &'a dyn SendPlan,
}

impl<'a> NextRequest<'a> {
    /// Sends the request of a plan: the plan that the hook got, or another one. It can be called more than once.
    pub fn run<'p>(&self, plan: &'p RequestPlan<'p>) -> BoxFuture<'p, Result<Answer<Response>>>
    where
        'a: 'p,
    {
        let Self { hooks, step, sender } = *self;
        match hooks {
            [first, rest @ ..] => first.around_request(step, plan, NextRequest { hooks: rest, step, sender }),
            [] => Box::pin(async move { sender.send(plan).await.map(Answer::new) }),
        }
    }

    /// Returns a recorded response, marked as replayed.
    pub fn replay(self, response: Response) -> Answer<Response> {
        Answer::replayed(response)
    }
}

/// The approval of a tool call, with the hooks that were added later; see [`Hook::around_approval`].
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("clean", json!({})));
/// # claude.respond(MockResponse::text("Done."));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::chat::{Answer, NextApproval};
/// use claudette::tooling::StepId;
/// use claudette::{Approval, BoxFuture, Chat, Hook, Result, ToolUse, tool, tools};
///
/// /// Cleans the cache.
/// #[tool]
/// fn clean() -> &'static str {
///     "cleaned"
/// }
///
/// /// Allows calls of `clean` without asking the program.
/// struct AllowClean;
///
/// impl Hook for AllowClean {
///     fn around_approval<'a>(
///         &'a self,
///         _: &'a StepId,
///         call: &'a ToolUse,
///         next: NextApproval<'a>,
///     ) -> BoxFuture<'a, Result<Answer<Approval>>> {
///         Box::pin(async move {
///             if call.name() == "clean" { Ok(Answer::new(Approval::Allow)) } else { next.run().await }
///         })
///     }
/// }
///
/// let mut chat = Chat::builder(client).tools(tools![clean]).build()?;
/// let run = chat.toolloop("Clean up.").approve(async |_| Approval::deny("no")).hook(AllowClean).await?;
/// assert_eq!(run.steps()[0].outcomes()[0].text(), "cleaned");
/// # Ok(())
/// # }
/// ```
#[must_use = "the program is not asked before `run` is called"]
pub struct NextApproval<'a> {
    pub(super) hooks: HookList<'a>,
    pub(super) step: &'a StepId,
    pub(super) call: &'a ToolUse,
    pub(super) annotations: ToolAnnotations,
    pub(super) ask: BoxFuture<'a, Approval>,
}

impl<'a> NextApproval<'a> {
    /// Asks the program for a decision.
    pub fn run(self) -> BoxFuture<'a, Result<Answer<Approval>>> {
        match self.hooks {
            [first, rest @ ..] => first.around_approval(self.step, self.call, NextApproval { hooks: rest, ..self }),
            [] => Box::pin(async move { Ok(Answer::new(self.ask.await)) }),
        }
    }

    /// Returns the annotations of the tool. For a call inside a sub-agent, they are those of the sub-agent's tool, which
    /// can have the same name as a tool of the chat. They are the default for a call that a tool asks about
    /// ([`ToolContext::approve`](crate::ToolContext::approve)).
    pub fn annotations(&self) -> ToolAnnotations {
        self.annotations
    }

    /// Returns a recorded decision, marked as replayed.
    pub fn replay(self, approval: Approval) -> Answer<Approval> {
        Answer::replayed(approval)
    }
}

/// A tool call that is about to run, with the hooks that were added later; see [`Hook::around_call`].
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
/// # claude.respond(MockResponse::text("There are 3."));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::chat::{Answer, NextCall};
/// use claudette::tooling::StepId;
/// use claudette::{BoxFuture, Chat, Hook, Result, ToolOutcome, ToolOutput, ToolUse, tool, tools};
///
/// /// Returns the number of items in stock.
/// #[tool]
/// fn stock(/** Name of the item */ item: &str) -> Result<u32, String> {
///     Err(format!("no connection, cannot look up {item}"))
/// }
///
/// /// Answers all tool calls with the same text.
/// struct Fixed;
///
/// impl Hook for Fixed {
///     fn around_call<'a>(
///         &'a self,
///         _: &'a StepId,
///         _: &'a ToolUse,
///         next: NextCall<'a>,
///     ) -> BoxFuture<'a, Result<Answer<ToolOutcome>>> {
///         Box::pin(async move { Ok(next.answer(Ok(ToolOutput::new("3")))) })
///     }
/// }
///
/// let mut chat = Chat::builder(client).tools(tools![stock]).build()?;
/// let run = chat.toolloop("How much tea is there?").hook(Fixed).await?;
/// assert_eq!(run.steps()[0].outcomes()[0].text(), "3");
/// # Ok(())
/// # }
/// ```
#[must_use = "a call without an outcome does not have a result"]
pub struct NextCall<'a> {
    pub(super) hooks: HookList<'a>,
    pub(super) step: &'a StepId,
    pub(super) call: &'a ToolUse,
    pub(super) annotations: ToolAnnotations,
    pub(super) run: BoxFuture<'a, ToolOutcome>,
}

impl<'a> NextCall<'a> {
    /// Runs the tool.
    pub fn run(self) -> BoxFuture<'a, Result<Answer<ToolOutcome>>> {
        match self.hooks {
            [first, rest @ ..] => first.around_call(self.step, self.call, NextCall { hooks: rest, ..self }),
            [] => Box::pin(async move { Ok(Answer::new(self.run.await)) }),
        }
    }

    /// Returns the annotations of the tool. If the tool does not exist, they are the default.
    pub fn annotations(&self) -> ToolAnnotations {
        self.annotations
    }

    /// Returns an outcome without running the tool.
    pub fn answer(self, answer: Result<ToolOutput, ToolError>) -> Answer<ToolOutcome> {
        Answer::new(ToolOutcome::new(self.call.clone(), answer, Duration::ZERO))
    }

    /// Returns a recorded outcome, marked as replayed.
    pub fn replay(self, outcome: ToolOutcome) -> Answer<ToolOutcome> {
        Answer::replayed(outcome)
    }
}

impl fmt::Debug for NextRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NextRun").finish_non_exhaustive()
    }
}

impl fmt::Debug for NextRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NextRequest").field(self.step).finish()
    }
}

impl fmt::Debug for NextApproval<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NextApproval").field(&self.call.name()).finish()
    }
}

impl fmt::Debug for NextCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NextCall").field(&self.call.name()).finish()
    }
}
