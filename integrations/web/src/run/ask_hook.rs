//! [`AskHook`]: suspends the calls that the user decides on.

use std::sync::Arc;

use claudette::chat::{Answer, NextApproval};
use claudette::tooling::{StepId, ToolAnnotations};
use claudette::{Approval, BoxFuture, Hook, Result, ToolUse};

/// Decides which calls ask the user.
pub(crate) type AskPolicy = Arc<dyn Fn(&ToolUse, ToolAnnotations) -> bool + Send + Sync>;

/// Suspends the calls that the user decides on. The other calls are decided by the chat's own function.
pub(crate) struct AskHook {
    pub(crate) policy: AskPolicy,
    /// `false` if the front end cannot show the question.
    pub(crate) can_ask: bool,
}

impl Hook for AskHook {
    fn around_approval<'a>(
        &'a self,
        _: &'a StepId,
        call: &'a ToolUse,
        next: NextApproval<'a>,
    ) -> BoxFuture<'a, Result<Answer<Approval>>> {
        if !(self.policy)(call, next.annotations()) {
            return next.run();
        }
        let approval = if self.can_ask {
            Approval::Suspend
        } else {
            Approval::deny("this call needs the approval of the user, and the user cannot be asked here")
        };
        Box::pin(async { Ok(Answer::new(approval)) })
    }

    fn wants_events(&self) -> bool {
        false
    }
}
