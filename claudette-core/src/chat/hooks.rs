//! [`Hooks`]: the hooks of a loop.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::event::Event;
use super::hook::Hook;
use super::machine::ChatState;
use crate::client::RequestPlan;
use crate::error::Result;
use crate::messages::Response;
use crate::tool::StepId;

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
