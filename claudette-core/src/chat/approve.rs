//! The approval of a tool call.

use std::future::ready;

use tokio::time::Instant;

use super::answer::Answer;
use super::approval::Approval;
use super::clock::{Wait, within};
use super::driver::LoopDriver;
use super::event::Event;
use super::hook::NextApproval;
use super::journal::{Limit, Recorded};
use super::machine::Input;
use super::machine::texts::{CANNOT_SUSPEND, wrong_arguments};
use crate::error::Result;
use crate::messages::ToolUse;
use crate::tool::{StepId, Tool, ToolError, ToolOutcome};

impl LoopDriver<'_, '_> {
    /// Asks the program to decide on a call. A call that cannot run is refused without asking.
    pub(super) async fn approve(&mut self, index: usize, call: ToolUse) -> Result<()> {
        if let Err(error) = self.tools.check_call(&call) {
            let outcome = ToolOutcome::refused(call, error);
            return self.apply(Input::ToolFinished { call: index, outcome }).await;
        }
        let step = self.setup.name(StepId::approval(self.chat.state.requests(), index));
        let annotations = self.tools.get(call.name()).map(Tool::annotations).unwrap_or_default();
        let deadline = self.deadline();
        let asked = {
            let Self { setup, clock, journal, .. } = self;
            let ask = setup.ask(&step, call.clone(), annotations);
            let next = NextApproval { hooks: setup.hooks.as_slice(), step: &step, call: &call, annotations, ask };
            if let Some(journal) = journal {
                let ask = Box::pin(ask_until(deadline, next));
                within(clock.cancelled(), None, Box::pin(journal.approval(step.clone(), &call, ask))).await
            } else {
                let answer = within(clock.cancelled(), deadline, next.run()).await;
                answer.map(|answer| answer.map(|answer| Recorded::from(answer).map(Limit::Before)))
            }
        };
        // The next tick applies the deadline or the cancellation.
        let Wait::Ready(recorded) = asked else { return Ok(()) };
        let Recorded { value, is_replayed, not_stored, .. } = recorded?;
        let Limit::Before(approval) = value else {
            self.reach_deadline().await?;
            return not_stored.map_or(Ok(()), Err);
        };
        if is_replayed {
            self.sink.put(|| Event::Replayed(step.clone())).await;
        }
        let approval = match approval {
            // The call that runs this sub-agent would have to wait, too.
            Approval::Suspend if !self.can_suspend() => Approval::deny(CANNOT_SUSPEND),
            approval => approval,
        };
        let changed = match &approval {
            Approval::AllowWith(arguments) => {
                self.tools.check_call(&ToolUse::new(call.id(), call.name(), arguments)).err()
            }
            _ => None,
        };
        let input = match changed {
            None => Input::Decision { call: index, approval },
            Some(error) => {
                let error = ToolError::new(wrong_arguments(error.text()));
                Input::ToolFinished { call: index, outcome: ToolOutcome::refused(call, error) }
            }
        };
        self.apply(input).await?;
        if let Some(error) = not_stored {
            return Err(error);
        }
        self.setup.hooks.committed(&step, &self.chat.state).await
    }
}

impl LoopDriver<'_, '_> {
    /// Asks for the decisions on calls that wait inside sub-agents, as steps of the journal. Returns `true` if the loop
    /// continues, because there is a decision on each suspended call.
    ///
    /// The program was asked when the calls were suspended, so only the journal can have a decision.
    pub(super) async fn decide_inside(&mut self) -> Result<bool> {
        let Some(journal) = self.journal.clone() else { return Ok(false) };
        for (step, call) in self.chat.state.waiting_inside() {
            let open = Box::pin(ready(Limit::Before(Ok(Approval::Suspend))));
            let asked = journal.approval(step.clone(), &call, open);
            let Wait::Ready(recorded) = within(self.clock.cancelled(), None, Box::pin(asked)).await else {
                return Ok(false);
            };
            let Recorded { value, is_replayed, not_stored, .. } = recorded?;
            if let Some(error) = not_stored {
                return Err(error);
            }
            let Limit::Before(approval) = value else { continue };
            if approval == Approval::Suspend {
                continue;
            }
            if is_replayed {
                self.sink.put(|| Event::Replayed(step.clone())).await;
            }
            let Some(input) = self.chat.state.find_suspended(call.id()).map(|found| found.decision(approval)) else {
                unreachable!("the call waits");
            };
            self.apply(input).await?;
            self.setup.hooks.committed(&step, &self.chat.state).await?;
        }
        if self.chat.state.waits() {
            return Ok(false);
        }
        self.apply(Input::Continue).await?;
        Ok(true)
    }
}

/// Asks the program inside a step of a journal.
async fn ask_until(deadline: Option<Instant>, next: NextApproval<'_>) -> Limit<Result<Approval>> {
    match within(None, deadline, next.run()).await {
        Wait::Ready(answer) => Limit::Before(answer.map(Answer::into_value)),
        Wait::TimedOut | Wait::Cancelled => Limit::Reached,
    }
}
