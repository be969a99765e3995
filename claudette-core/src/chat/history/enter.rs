//! Adds content to a [`History`]: a response with the prompt that led to it, and the results of its calls.

use std::borrow::Cow;
use std::collections::HashSet;

use super::history::History;
use super::repair::{drop_summarized, mend_message};
use super::size::size_of;
use crate::chat::machine::texts::{INTERRUPTED, NO_CALLS_LEFT};
use crate::client::PendingMessage;
use crate::messages::{
    CacheBreakpoints, ContentBlock, Images, Message, Response, ResultContent, Role, StopReason, ToolResult, ToolUse,
    has_wrong_summaries, pending_server_calls, violation_of,
};
use crate::tool::{ToolOutcome, not_run};

/// The maximum size of a conversation with tool results, in bytes. A request can have 32 MB, and contains more than the
/// conversation ([request size limits](https://platform.claude.com/docs/en/api/overview#request-size-limits)).
const MAX_BYTES: usize = 30 << 20;

/// The parts of a request and its response that [`History::enter`] found.
#[derive(Default)]
pub(crate) struct Entered {
    /// `true` if the response has content.
    pub(crate) has_content: bool,
    /// `true` if the system message was sent and is now in the history.
    pub(crate) has_system: bool,
    /// The summary in the response, if the API has tried to write one.
    pub(crate) summary: Option<Box<Summary>>,
}

/// A summary that the API wrote at a threshold.
pub(crate) enum Summary {
    /// It replaced these messages.
    Written(Vec<Message>),
    /// The API could not write it.
    Missing,
}

impl History {
    /// Adds the blocks and the system message that were sent, and the response to them. `runs` is `true` if the calls in
    /// the response will run.
    ///
    /// A refused turn is not added, because the prompt that led to it would be refused again. If the response is empty,
    /// only the prompt is kept, and its message stays open. In both cases, the system message is not added.
    pub(crate) fn enter(
        &mut self,
        additions: Vec<ContentBlock>,
        system: Option<Message>,
        response: &Response,
        runs: bool,
    ) -> Entered {
        let mut turn = self.turn_of(response);
        let mut entered = Entered { has_content: turn.is_some(), ..Entered::default() };
        let has_content = entered.has_content;
        if response.stop_reason() == Some(&StopReason::Refusal) {
            return entered;
        }
        if let Some(pending) = self.conversation(additions, system).into_pending() {
            let PendingMessage { ended, mut message, system } = pending;
            // The new message contains the open one.
            self.messages.truncate(self.sealed);
            if let Some(turn) = ended {
                self.messages.push(turn);
                self.seal();
            }
            if let Some(turn) = turn.as_ref().filter(|_| *message.role() == Role::Assistant) {
                // The response continues a paused turn. The API will not continue the calls that are still unfinished.
                let mut unfinished = pending_server_calls(std::slice::from_ref(&message));
                let finished: HashSet<_> = turn.content().iter().filter_map(ContentBlock::answered_call).collect();
                unfinished.retain(|id| !finished.contains(id));
                message.drop_server_calls(&unfinished);
            }
            if !message.is_blank() {
                self.messages.push(message);
                if has_content {
                    self.seal();
                }
            }
            if let Some(system) = system.filter(|_| has_content) {
                self.messages.push(system);
                self.seal();
                entered.has_system = true;
            }
        }
        let has_summary = response.content().iter().any(|block| matches!(block, ContentBlock::Compaction(_)));
        entered.summary = has_summary.then(|| Box::new(self.make_way(turn.as_mut())));
        if let Some(turn) = turn {
            self.result_marks.clear();
            if !turn.is_plain_text() {
                self.ids.add(&turn);
            }
            self.messages.push(turn);
            self.answer_calls(response.stop_reason(), runs);
        }
        self.measure_open();
        entered
    }

    /// Removes the messages that a summary in the turn replaces.
    #[cold]
    fn make_way(&mut self, turn: Option<&mut Message>) -> Summary {
        let turn = turn.filter(|turn| turn.content().iter().any(ContentBlock::is_summary));
        let Some(turn) = turn else { return Summary::Missing };
        // The API writes a signed summary only on demand, and alone.
        if has_wrong_summaries(std::slice::from_ref(turn)) {
            drop_summarized(turn);
        }
        let replaced = std::mem::take(&mut self.messages);
        self.replace(Self::default());
        self.ids.drop_orphans(turn);
        Summary::Written(replaced)
    }

    /// Returns the response as a message for the following requests, without the content that the API would refuse.
    fn turn_of(&self, response: &Response) -> Option<Message> {
        let mut turn = Message::from(response);
        if turn.is_plain_text() {
            return (!turn.is_blank()).then_some(turn);
        }
        let cut =
            matches!(response.stop_reason(), Some(StopReason::MaxTokens | StopReason::ModelContextWindowExceeded));
        if cut && matches!(turn.content().last(), Some(ContentBlock::ToolUse(_))) {
            // The last call is incomplete.
            turn.blocks_mut().pop();
        }
        turn.remove_marks();
        // Normally, the API accepts its own responses.
        if let Some(violation) = violation_of(&turn).filter(|_| !turn.is_blank()) {
            tracing::warn!(violation, "removed content that the API would refuse from the response");
            mend_message(&mut turn);
        }
        self.ids.drop_orphans(&mut turn);
        let paused = response.stop_reason().is_some_and(StopReason::is_pause) && !ends_in_text(&turn);
        if !paused && turn.content().iter().all(|block| block.as_tool_use().is_none()) {
            // The API continues with its own calls only after a pause, or with the results of the client's calls.
            let pending = pending_server_calls(std::slice::from_ref(&turn));
            turn.drop_server_calls(&pending);
        }
        (!says_nothing(&turn)).then_some(turn)
    }

    /// Adds a placeholder result for each call of the last turn.
    fn answer_calls(&mut self, reason: Option<&StopReason>, runs: bool) {
        let is_paused = reason.is_some_and(StopReason::is_pause) && self.last_calls().next().is_none();
        if is_paused && !self.messages.last().is_none_or(ends_in_text) {
            // The turn is sent unchanged, and nothing may follow it.
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

    /// Replaces the placeholder of a call by its result. `place` is the index of the call in its turn.
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
            tracing::error!(place, "the history does not have a placeholder for the result of this call");
        }
    }

    /// Returns the outcome with a result that the API accepts. If the conversation would be too large with the result,
    /// the result is replaced by an error.
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
        if size > MAX_BYTES {
            let max = MAX_BYTES >> 20;
            return outcome.withheld(&format!("with it, the conversation has {size} bytes; the maximum is {max} MiB"));
        }
        outcome
    }

    /// Sets the placeholder of a call that waits, with the reason.
    pub(crate) fn suspend(&mut self, place: usize, call: &ToolUse, why: &str) {
        self.put(place, ToolResult::new(call, why, true).into());
    }

    /// Sets the placeholder of an interrupted call.
    pub(crate) fn interrupt(&mut self, place: usize, call: &ToolUse) {
        self.leave(place, call, INTERRUPTED);
    }

    /// Sets the result of a call that has not run, with the reason.
    pub(crate) fn leave(&mut self, place: usize, call: &ToolUse, why: &str) {
        self.answer(place, &ToolResult::new(call, why, true));
    }

    /// Gives calls other ids if theirs are not valid or were used before, so that each id in a conversation is unique.
    pub(crate) fn settle_ids(&self, response: &mut Response) {
        let mut ids = self.id_assigner();
        let blocks = response.content().iter().enumerate();
        let renamed = blocks.filter_map(|(place, block)| match ids.assign(block.as_tool_use()?.id()) {
            Cow::Borrowed(_) => None,
            Cow::Owned(id) => Some((place, id)),
        });
        let renamed: Vec<_> = renamed.collect();
        if !renamed.is_empty() {
            tracing::warn!(calls = renamed.len(), "replaced the ids of calls that were not valid or not unique");
        }
        response.rename_calls(renamed);
    }

    /// Returns the calls of the last message.
    fn last_calls(&self) -> impl Iterator<Item = &ToolUse> {
        self.messages.last().into_iter().map(std::slice::from_ref).flat_map(calls_of)
    }
}

fn calls_of(messages: &[Message]) -> impl Iterator<Item = &ToolUse> {
    messages.iter().flat_map(Message::content).filter_map(ContentBlock::as_tool_use)
}

/// Returns `true` if the turn contains nothing that the API would read. A summary that could not be written has no
/// effect.
fn says_nothing(turn: &Message) -> bool {
    let has_no_effect = |block: &ContentBlock| matches!(block, ContentBlock::Compaction(block) if !block.has_effect());
    turn.content().iter().all(|block| block.is_blank() || has_no_effect(block))
}

/// Returns `true` if the turn ends in text or thinking. If it were sent, the model would be asked to continue from
/// there.
fn ends_in_text(turn: &Message) -> bool {
    turn.content().last().is_none_or(|block| block.as_text().is_some() || block.is_thinking())
}
