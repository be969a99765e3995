//! [`Compact`]: a summary of the conversation in place of its messages.

use std::fmt;
use std::future::IntoFuture;

use super::chat::Chat;
use super::driver::LoopDriver;
use super::event::Event;
use super::event_sender::EventSender;
use super::machine::{ContextChange, Input, LoopOptions};
use super::request::{Answered, Request, Sent};
use super::setup::Setup;
use crate::catalog::Spent;
use crate::error::{Error, Result};
use crate::task::BoxFuture;
use crate::tool::StepId;

/// A request for a summary of the conversation, from [`Chat::compact`].
#[must_use = "a conversation is summarized when this is awaited"]
pub struct Compact<'a> {
    chat: &'a mut Chat,
    instructions: Option<String>,
    keep_last: Option<u64>,
}

impl Compact<'_> {
    /// Sets the number of tokens at the end of the conversation that the summary does not replace, by an estimate. The
    /// messages that stay begin with a response of the model, so they can be more than that.
    pub fn keep_last(mut self, tokens: u64) -> Self {
        self.keep_last = Some(tokens);
        self
    }

    async fn run(self) -> Result<ContextChange> {
        let Self { chat, instructions, keep_last } = self;
        if let Some(run_id) = chat.unfinished_run() {
            return Err(Error::misuse(format!(
                "the conversation cannot be summarized before the run `{run_id}` is finished, because its journal would \
                 restore the messages: continue the run, or send another prompt first"
            )));
        }
        // Calls of a loop that was dropped do not run any more. Their results say so.
        chat.state.abandon_calls();
        let Some(messages) = chat.state.place_to_cut(keep_last) else {
            return Err(Error::misuse(
                "the conversation cannot be summarized: it is empty, too short, or already a summary, or the API has \
                 unfinished tool calls of its own",
            ));
        };
        chat.settle_usage();
        chat.sync();
        let setup = Setup::of(chat);
        let sink = EventSender::new(None, &setup.hooks);
        let options =
            chat.pinned(&setup.request).as_ref().unwrap_or(&setup.request).for_summary(instructions.as_deref());
        let step = StepId::compaction(chat.state.requests() + 1);
        let result = {
            let request = Request {
                chat,
                step: Some(&step).filter(|_| !setup.hooks.is_empty()),
                options: &options,
                limits: &LoopOptions::default(),
                prefill: None,
                tools: chat.tools(),
                hooks: &setup.hooks,
                sink: &sink,
                journal: None,
                early: None,
                budget: None,
                is_summary: true,
            };
            request.send(chat.state.compaction(messages).conversation).await
        };
        let mut answered = match result {
            Ok(Sent::Answered(answered)) => answered,
            Ok(Sent::TooMuch(_) | Sent::OverBudget { .. } | Sent::Late { .. }) => {
                unreachable!("the request does not have limits or a journal")
            }
            Err(error) => {
                chat.settle_usage();
                return Err(error);
            }
        };
        let spent = answered.take_spent(chat);
        enter(chat, messages, answered, spent)?;
        let changes = chat.state.take_context_changes();
        chat.fold_tools();
        setup.hooks.committed(&step, &chat.state).await?;
        changes.into_iter().next_back().ok_or_else(|| Error::misuse("the conversation was not summarized"))
    }
}

impl fmt::Debug for Compact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compact").field("keep_last", &self.keep_last).finish_non_exhaustive()
    }
}

impl<'a> IntoFuture for Compact<'a> {
    type Output = Result<ContextChange>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl Chat {
    /// Replaces the conversation by a summary, which the model writes
    /// ([Compaction](https://platform.claude.com/docs/en/build-with-claude/compaction)). The instructions replace those
    /// of the API; blank text and `None` keep them.
    ///
    /// The result is [`ContextChange::Compacted`], or [`ContextChange::NotCompacted`] if the model did not write a
    /// summary. After an error, the conversation is unchanged. To summarize automatically, set
    /// [`ContextPolicy::compact`](crate::chat::ContextPolicy::compact).
    ///
    /// # Errors
    /// Returns a misuse error if the conversation cannot be summarized: it is empty, or suspended calls and unfinished
    /// calls of the API would be lost. With suspended calls, the last step stays. It is also an error before a run with a
    /// [journal](crate::chat::ToolLoop::journal) is finished, because the journal restores the messages.
    #[doc(alias = "summarize")]
    pub fn compact<'a>(&'a mut self, instructions: impl Into<Option<&'a str>>) -> Compact<'a> {
        let instructions = instructions.into().filter(|text| !text.trim().is_empty()).map(str::to_owned);
        Compact { chat: self, instructions, keep_last: None }
    }
}

impl LoopDriver<'_, '_> {
    /// Requests a summary of the first messages, and replaces them by it.
    pub(super) async fn compact(&mut self, messages: usize) -> Result<()> {
        let is_named = !self.setup.hooks.is_empty() || self.journal.is_some();
        let step = is_named.then(|| self.setup.name(self.chat.state.request_id()));
        let options = self.requests().for_summary(self.setup.options.context.summary_instructions());
        let Some(mut answered) = self.send(step.as_ref(), Some(&(messages, options))).await? else { return Ok(()) };
        if let Some(step) = step.as_ref().filter(|_| answered.is_replayed) {
            self.sink.put(|| Event::Replayed(step.clone())).await;
        }
        let not_stored = answered.not_stored.take();
        let spent = self.take_spent(&mut answered);
        enter(self.chat, messages, answered, spent)?;
        self.report_changes().await;
        if let Some(error) = not_stored {
            return Err(error);
        }
        match &step {
            Some(step) => {
                self.settle_budget();
                self.setup.hooks.committed(step, &self.chat.state).await
            }
            None => Ok(()),
        }
    }
}

/// Puts the response into the conversation.
fn enter(chat: &mut Chat, messages: usize, answered: Answered, spent: Spent) -> Result<()> {
    chat.state.apply(Input::Compacted { messages, response: answered.response, spent })?;
    Ok(())
}
