//! What enters a [`History`]: a response with what led to it, and the results of its calls.

use std::borrow::Cow;
use std::collections::HashSet;

use super::history::History;
use super::repair::mend_message;
use super::size::size_of;
use crate::chat::machine::texts::{INTERRUPTED, NO_CALLS_LEFT, SUSPENDED};
use crate::client::PendingMessage;
use crate::messages::{
    CacheBreakpoints, ContentBlock, Images, Message, Response, ResultContent, Role, StopReason, ToolResult, ToolUse,
    pending_server_calls, violation_of,
};
use crate::tool::{ToolOutcome, not_run};

/// How large the results of tools may make a conversation. A request takes 32 MB, and there is more in it
/// ([request size limits](https://docs.claude.com/en/api/overview#request-size-limits)).
const MOST_BYTES: usize = 30 << 20;

impl History {
    /// Adds what was sent and the response to it. `runs` says whether the calls in the response will be run. Returns whether
    /// the response says anything.
    ///
    /// A refused turn leaves no trace, because the prompt that led to it would be refused again. If the response is empty,
    /// only the prompt is kept, open for more.
    pub(crate) fn enter(&mut self, additions: Vec<ContentBlock>, response: &Response, runs: bool) -> bool {
        let turn = self.turn_of(response);
        let speaks = turn.is_some();
        if response.stop_reason() == Some(&StopReason::Refusal) {
            return speaks;
        }
        if let Some(pending) = self.conversation(additions).into_pending() {
            let PendingMessage { ended, mut message } = pending;
            // It contains the open message, and more.
            self.messages.truncate(self.sealed);
            if let Some(turn) = ended {
                self.messages.push(turn);
                self.seal();
            }
            if let Some(turn) = turn.as_ref().filter(|_| *message.role() == Role::Assistant) {
                // A paused turn was to be gone on with: what the server has not finished now, it never will.
                let mut unfinished = pending_server_calls(std::slice::from_ref(&message));
                let finished: HashSet<_> = turn.content().iter().filter_map(ContentBlock::answered_call).collect();
                unfinished.retain(|id| !finished.contains(id));
                message.drop_server_calls(&unfinished);
            }
            if !message.is_blank() {
                self.messages.push(message);
                if speaks {
                    self.seal();
                }
            }
        }
        if let Some(turn) = turn {
            self.result_marks.clear();
            if !turn.is_plain_text() {
                self.ids.add(&turn);
            }
            self.messages.push(turn);
            self.answer_calls(response.stop_reason(), runs);
        }
        self.measure_open();
        speaks
    }

    /// The response as the turn that goes back to the API: exactly as it came, but for what the API would refuse.
    fn turn_of(&self, response: &Response) -> Option<Message> {
        let mut turn = Message::from(response);
        if turn.is_plain_text() {
            return (!turn.is_blank()).then_some(turn);
        }
        let cut =
            matches!(response.stop_reason(), Some(StopReason::MaxTokens | StopReason::ModelContextWindowExceeded));
        if cut && matches!(turn.content().last(), Some(ContentBlock::ToolUse(_))) {
            // Half a call: its arguments are whatever had come.
            turn.blocks_mut().pop();
        }
        turn.remove_marks();
        // On a good day the API sends nothing that it refuses itself.
        if let Some(flaw) = violation_of(&turn).filter(|_| !turn.is_blank()) {
            tracing::warn!(flaw, "what the API would refuse is left out of the history");
            mend_message(&mut turn);
        }
        self.ids.drop_orphans(&mut turn);
        let paused = response.stop_reason() == Some(&StopReason::PauseTurn) && !ends_in_words(&turn);
        if !paused && turn.content().iter().all(|block| block.as_tool_use().is_none()) {
            // The server goes on with calls of its own where it paused, or when it gets the results of ours.
            let pending = pending_server_calls(std::slice::from_ref(&turn));
            turn.drop_server_calls(&pending);
        }
        (!turn.is_blank()).then_some(turn)
    }

    /// Gives every call of the turn that came last an answer that says why there is none.
    fn answer_calls(&mut self, reason: Option<&StopReason>, runs: bool) {
        let is_paused = reason == Some(&StopReason::PauseTurn) && self.last_calls().next().is_none();
        if is_paused && !self.messages.last().is_none_or(ends_in_words) {
            // It goes back as it is, and nothing may follow it.
            return;
        }
        self.seal();
        if self.last_calls().next().is_none() {
            return;
        }
        let not_run = match not_run(reason) {
            _ if runs => INTERRUPTED.to_owned(),
            None => NO_CALLS_LEFT.to_owned(),
            Some(reason) => reason,
        };
        let answer = |call| ContentBlock::ToolResult(ToolResult::new(call, not_run.as_str(), true));
        let answers: Vec<ContentBlock> = self.last_calls().map(answer).collect();
        self.messages.push(Message::user(answers));
    }

    /// Puts the result of a call into the place that was kept for it: the place of the call among those of its turn.
    pub(crate) fn answer(&mut self, place: usize, result: &ToolResult) {
        self.result_marks.remove(&place);
        let mut result = ContentBlock::ToolResult(result.clone());
        if let Some(mark) = CacheBreakpoints::of_blocks(std::slice::from_ref(&result)).control() {
            result.remove_marks();
            self.result_marks.insert(place, mark);
        }
        self.open_images = self.open_images.and(Images::of_blocks(std::slice::from_ref(&result)));
        self.size.add(&result);
        self.put(place, result);
    }

    fn put(&mut self, place: usize, result: ContentBlock) {
        let id = |block: &ContentBlock| block.as_tool_result().map(|result| result.tool_use_id().to_owned());
        let kept = self.messages.get_mut(self.sealed).and_then(|open| open.blocks_mut().get_mut(place));
        if let Some(kept) = kept.filter(|kept| id(kept) == id(&result)) {
            *kept = result;
        } else {
            tracing::error!(place, "no place is kept for the result of this call");
        }
    }

    /// The outcome as its result can enter: what the API would refuse together with the rest is withheld from the model.
    pub(crate) fn admit(&mut self, outcome: ToolOutcome) -> ToolOutcome {
        let blocks = outcome.result().content().map_or(&[][..], ResultContent::blocks);
        if blocks.iter().all(|block| block.as_text().is_some()) {
            return outcome;
        }
        let new = Images::of_blocks(blocks);
        if let Some(refusal) = self.images_with(new).refusal().filter(|_| !new.is_none()) {
            return outcome.withheld(&refusal);
        }
        let size = self.size.measure(&self.messages[..self.sealed], self.messages.get(self.sealed))
            + size_of(outcome.result());
        if size > MOST_BYTES {
            let most = MOST_BYTES >> 20;
            return outcome
                .withheld(&format!("with it, the conversation has {size} bytes, and a request takes {most} MiB"));
        }
        outcome
    }

    /// Keeps a call waiting for a decision.
    pub(crate) fn suspend(&mut self, place: usize, call: &ToolUse) {
        self.put(place, ToolResult::new(call, SUSPENDED, true).into());
    }

    /// Says of a call that it was cut short, until it has a result.
    pub(crate) fn interrupt(&mut self, place: usize, call: &ToolUse) {
        self.leave(place, call, INTERRUPTED);
    }

    /// Says of a call why it has not run.
    pub(crate) fn leave(&mut self, place: usize, call: &ToolUse, why: &str) {
        self.answer(place, &ToolResult::new(call, why, true));
    }

    /// Gives calls other ids if theirs are not valid or were used before: within a conversation each id means one call.
    pub(crate) fn settle_ids(&self, response: &mut Response) {
        let mut ids = self.id_assigner();
        let blocks = response.content().iter().enumerate();
        let renamed = blocks.filter_map(|(place, block)| match ids.assign(block.as_tool_use()?.id()) {
            Cow::Borrowed(_) => None,
            Cow::Owned(id) => Some((place, id)),
        });
        let renamed: Vec<_> = renamed.collect();
        if !renamed.is_empty() {
            tracing::warn!(calls = renamed.len(), "the ids of calls were not valid or not unique, and were replaced");
        }
        response.rename_calls(renamed);
    }

    /// The calls of the last message.
    fn last_calls(&self) -> impl Iterator<Item = &ToolUse> {
        self.messages.last().into_iter().map(std::slice::from_ref).flat_map(calls_of)
    }
}

fn calls_of(messages: &[Message]) -> impl Iterator<Item = &ToolUse> {
    messages.iter().flat_map(Message::content).filter_map(ContentBlock::as_tool_use)
}

/// Whether the model was saying something at the end: sent back, that would ask it to go on from there.
fn ends_in_words(turn: &Message) -> bool {
    turn.content().last().is_none_or(|block| block.as_text().is_some() || block.is_thinking())
}
