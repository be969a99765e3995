//! [`Hook`]: code of the program that a loop runs at its turning points; [`NextRequest`] and the like: the rest of a step, as
//! a hook gets it.

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

/// Code of the program that a loop runs at its turning points. Each method is one of them, and does nothing by default.
///
/// The "around" methods stand between the loop and the world: each of them can do something before and after its step, run
/// the step more than once or in another form, or answer in its place. So retries, fallbacks, recordings and durable
/// journals are hooks. The hook that was added first is the outermost; what it answers, the others never see.
///
/// What was said cannot be changed here, so the history stays valid. An error ends the loop and goes to the caller; what
/// was finished is in the history.
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
/// /// Says how many requests are left.
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
pub trait Hook: Send + Sync {
    /// Stands around a whole loop. It can return a finished run without running the loop.
    ///
    /// # Errors
    /// Whatever ends the loop.
    fn around_run<'a>(&'a self, start: &'a RunStart<'a>, next: NextRun<'a>) -> BoxFuture<'a, Result<Run>> {
        let _ = start;
        next.run()
    }

    /// Runs before each request, and can change it for this request alone.
    ///
    /// # Errors
    /// Whatever ends the loop.
    fn before_request<'a>(&'a self, plan: &'a mut RequestPlan<'_>) -> BoxFuture<'a, Result<()>> {
        let _ = plan;
        Box::pin(async { Ok(()) })
    }

    /// Stands around each request. It can send the request again or send another one, or return a response that exists.
    ///
    /// # Errors
    /// Whatever ends the loop.
    fn around_request<'a>(
        &'a self,
        step: &'a StepId,
        plan: &'a RequestPlan<'a>,
        next: NextRequest<'a>,
    ) -> BoxFuture<'a, Result<Answer<Response>>> {
        let _ = step;
        next.run(plan)
    }

    /// Runs after each response, before its tools do. A break ends the loop
    /// ([`EndReason::Hook`](crate::EndReason::Hook)) without them.
    ///
    /// # Errors
    /// Whatever ends the loop.
    fn after_response<'a>(&'a self, response: &'a Response) -> BoxFuture<'a, Result<ControlFlow<()>>> {
        let _ = response;
        Box::pin(async { Ok(ControlFlow::Continue(())) })
    }

    /// Stands around each question whether a call may run. It can decide in the place of the program.
    ///
    /// # Errors
    /// Whatever ends the loop.
    fn around_approval<'a>(
        &'a self,
        step: &'a StepId,
        call: &'a ToolUse,
        next: NextApproval<'a>,
    ) -> BoxFuture<'a, Result<Answer<Approval>>> {
        let _ = (step, call);
        next.run()
    }

    /// Stands around each tool call. It can answer in the place of the tool. Calls run at the same time; this method is called
    /// in their order.
    ///
    /// # Errors
    /// Whatever ends the loop.
    fn around_call<'a>(
        &'a self,
        step: &'a StepId,
        call: &'a ToolUse,
        next: NextCall<'a>,
    ) -> BoxFuture<'a, Result<Answer<ToolOutcome>>> {
        let _ = (step, call);
        next.run()
    }

    /// Returns how long the loop has run, before the step of this name: the clock says `elapsed`. A journal records it, so
    /// that a replay decides alike. It is asked only if the loop has a deadline.
    ///
    /// # Errors
    /// Whatever ends the loop.
    fn elapsed<'a>(&'a self, step: &'a StepId, elapsed: Duration) -> BoxFuture<'a, Result<Duration>> {
        let _ = step;
        Box::pin(async move { Ok(elapsed) })
    }

    /// Runs after the result of each step has entered the state, before anything else happens: here a chat is stored.
    ///
    /// # Errors
    /// Whatever ends the loop.
    fn committed<'a>(&'a self, step: &'a StepId, state: &'a ChatState) -> BoxFuture<'a, Result<()>> {
        let _ = (step, state);
        Box::pin(async { Ok(()) })
    }

    /// Sees each event, before the reader of the stream does.
    fn on_event(&self, event: &Event) {
        let _ = event;
    }

    /// Whether [`on_event`](Self::on_event) wants to see events. A loop in which no hook does, and whose events are not
    /// read, does not stream its responses.
    fn wants_events(&self) -> bool {
        true
    }
}

type HookList<'a> = &'a [Arc<dyn Hook + 'a>];

/// A loop that is about to run, with the hooks that were added later.
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

/// Sends the request of a plan.
pub(super) trait SendPlan: Send + Sync {
    fn send<'s>(&'s self, plan: &'s RequestPlan<'s>) -> BoxFuture<'s, Result<Response>>;
}

/// A request that is about to be sent, with the hooks that were added later.
#[derive(Clone, Copy)]
pub struct NextRequest<'a> {
    pub(super) hooks: HookList<'a>,
    pub(super) step: &'a StepId,
    pub(super) sender: &'a dyn SendPlan,
}

impl<'a> NextRequest<'a> {
    /// Sends this plan: the one that the hook was given, or another one. It can run more than once.
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

    /// Returns a response of an earlier life of the run.
    pub fn replay(self, response: Response) -> Answer<Response> {
        Answer::replayed(response)
    }
}

/// A question whether a call may run, with the hooks that were added later.
#[must_use = "a question that is not asked has no answer"]
pub struct NextApproval<'a> {
    pub(super) hooks: HookList<'a>,
    pub(super) step: &'a StepId,
    pub(super) call: &'a ToolUse,
    pub(super) ask: BoxFuture<'a, Approval>,
}

impl<'a> NextApproval<'a> {
    /// Asks the program.
    pub fn run(self) -> BoxFuture<'a, Result<Answer<Approval>>> {
        match self.hooks {
            [first, rest @ ..] => first.around_approval(self.step, self.call, NextApproval { hooks: rest, ..self }),
            [] => Box::pin(async move { Ok(Answer::new(self.ask.await)) }),
        }
    }

    /// Returns a decision of an earlier life of the run.
    pub fn replay(self, approval: Approval) -> Answer<Approval> {
        Answer::replayed(approval)
    }
}

/// A tool call that is about to run, with the hooks that were added later.
#[must_use = "a call that is neither run nor answered is left without a result"]
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

    /// Returns what the tool does to the world. Of a tool that does not exist, nothing is known.
    pub fn annotations(&self) -> ToolAnnotations {
        self.annotations
    }

    /// Answers in the place of the tool.
    pub fn answer(self, answer: Result<ToolOutput, ToolError>) -> Answer<ToolOutcome> {
        Answer::new(ToolOutcome::new(self.call.clone(), answer, Duration::ZERO))
    }

    /// Returns the outcome of an earlier life of the run.
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
