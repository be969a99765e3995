//! [`Hook`]: code of the program that a loop runs at its turning points.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::answer::Answer;
use super::approval::Approval;
use super::event::Event;
use super::machine::ChatState;
use super::next::{NextApproval, NextCall, NextRequest, NextRun, RunStart};
use super::run::Run;
use super::step_id::StepId;
use crate::client::RequestPlan;
use crate::error::Result;
use crate::future::BoxFuture;
use crate::messages::{Response, ToolUse};
use crate::tool::ToolOutcome;

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
/// use claudette::{BoxFuture, Hook, RequestPlan, Result};
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

/// The hooks of a loop, in the order in which they were added: the first is the outermost.
#[derive(Clone, Default)]
pub(super) struct Hooks<'a>(Vec<Arc<dyn Hook + 'a>>);

impl<'a> Hooks<'a> {
    pub(super) fn push(&mut self, hook: impl Hook + 'a) {
        self.0.push(Arc::new(hook));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_slice(&self) -> &[Arc<dyn Hook + 'a>] {
        &self.0
    }

    pub(super) fn want_events(&self) -> bool {
        self.0.iter().any(|hook| hook.wants_events())
    }

    pub(super) async fn before_request(&self, plan: &mut RequestPlan<'_>) -> Result<()> {
        for hook in &self.0 {
            hook.before_request(plan).await?;
        }
        Ok(())
    }

    pub(super) async fn after_response(&self, response: &Response) -> Result<ControlFlow<()>> {
        for hook in &self.0 {
            if hook.after_response(response).await?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    pub(super) async fn elapsed(&self, step: &StepId, mut elapsed: Duration) -> Result<Duration> {
        for hook in self.0.iter().rev() {
            elapsed = hook.elapsed(step, elapsed).await?;
        }
        Ok(elapsed)
    }

    pub(super) async fn committed(&self, step: &StepId, state: &ChatState) -> Result<()> {
        for hook in &self.0 {
            hook.committed(step, state).await?;
        }
        Ok(())
    }

    pub(super) fn on_event(&self, event: &Event) {
        self.0.iter().for_each(|hook| hook.on_event(event));
    }
}

impl fmt::Debug for Hooks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hooks").field(&self.0.len()).finish()
    }
}
