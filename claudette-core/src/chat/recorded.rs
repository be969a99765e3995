//! The parts of the driver for loops with hooks or a journal.

use std::sync::Arc;

use super::agent_span::AgentSpan;
use super::driver::LoopDriver;
use super::hook::NextRun;
use super::hooks::Hooks;
use super::machine::{ChatState, EndReason, Next};
use super::run::Run;
use super::run_start::RunStart;
use super::setup::Setup;
use crate::error::Result;
use crate::messages::Prompt;
use crate::tool::StepId;

impl LoopDriver<'_, '_> {
    pub(super) async fn run_within_hooks(&mut self, prompt: Option<Prompt>) -> Result<Run> {
        let (hooks, options, request) =
            (self.setup.hooks.clone(), self.setup.options.clone(), self.setup.request.clone());
        let (system, tools, start_prompt) = (self.chat.system.clone(), self.tools.clone(), prompt.clone());
        let start = RunStart {
            prompt: start_prompt.as_ref(),
            options: &options,
            request: &request,
            system: system.as_ref(),
            tools: &tools,
        };
        let run = Box::pin(self.drive_recorded(prompt, &start));
        NextRun { hooks: hooks.as_slice(), start: &start, run }.run().await
    }

    /// Runs a loop whose steps hooks or a journal store.
    async fn drive_recorded(&mut self, prompt: Option<Prompt>, start: &RunStart<'_>) -> Result<Run> {
        if let Some(journal) = self.journal.clone() {
            if self.chat.contains_run(journal.run_id()) {
                return Box::pin(self.replay_apart(prompt, start)).await;
            }
            let effort = self.chat.options.effort.clone();
            self.chat.rewind_run(journal.run_id())?;
            // The run may have changed the tools and the effort in an earlier life.
            self.tools = self.own_tools.as_ref().unwrap_or(self.chat.tools()).clone();
            if self.chat.options.effort != effort && self.setup.request.effort == effort {
                Arc::make_mut(&mut self.setup.request).effort.clone_from(&self.chat.options.effort);
            }
            let start = RunStart { tools: &self.tools, request: &self.setup.request, ..*start };
            journal.begin(&start, Some(self.chat.history())).await?;
        }
        let run = self.drive(prompt).await;
        let reason = match (&run, self.chat.state.decide()) {
            (Ok(run), _) => Some(run.end_reason().clone()),
            // A replay would be aborted in the same way.
            (Err(_), Next::Done(EndReason::Aborted)) => Some(EndReason::Aborted),
            (Err(_), _) => None,
        };
        if let (Some(journal), Some(reason)) = (&self.journal, reason) {
            let ended = journal.end(&reason).await;
            self.chat.keep_run(&reason);
            if run.is_ok() {
                ended?;
            }
        }
        self.settle_budget();
        let committed = self.setup.hooks.committed(&self.setup.name(StepId::end()), &self.chat.state).await;
        let run = run?;
        committed?;
        Ok(run)
    }

    /// Replays a run that is already in the history of the chat. The chat does not change.
    async fn replay_apart(&mut self, prompt: Option<Prompt>, start: &RunStart<'_>) -> Result<Run> {
        let mut chat = self.chat.fork();
        chat.state = ChatState::default();
        chat.fold_tools();
        let setup = Setup { hooks: Hooks::default(), ..std::mem::replace(&mut self.setup, Setup::of(&chat)) };
        let mut replay = LoopDriver::new(&mut chat, setup, None, AgentSpan::none());
        std::mem::swap(&mut replay.sink, &mut self.sink);
        replay.journal = self.journal.clone();
        if let Some(journal) = &self.journal {
            journal.begin(start, None).await?;
        }
        replay.drive(prompt).await
    }
}
