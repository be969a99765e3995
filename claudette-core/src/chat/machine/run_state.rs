//! [`RunState`]: the position inside a loop.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::budget::Used;
use super::end_reason::EndReason;
use super::options::LoopOptions;
use crate::messages::{ContentBlock, Response, StopReason};
use crate::tool::{Amount, ToolOutcome};

/// The position inside a loop: how much of its limits is used, and the settings of its next request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::chat) struct RunState {
    pub(super) options: LoopOptions,
    /// The number of responses.
    pub(super) responses: u32,
    /// The number of requests that are left.
    pub(super) left: u32,
    /// The number of times that a paused turn can still be sent back.
    pauses: u32,
    /// The number of times that a request can still be repeated because the announced tool calls were missing.
    missing_calls: u32,
    /// The number of times that the answer can still be rejected.
    pub(super) rejections: u32,
    /// The reason that the next request is the final one, if it is.
    pub(super) concluding: Option<EndReason>,
    /// The blocks that the next request adds to the conversation: messages from before the loop, the prompt, and messages
    /// from after its start.
    pub(super) additions: Vec<ContentBlock>,
    /// The number of these blocks at the beginning and at the end that are messages. If the loop ends before they are
    /// sent, the next loop sends them.
    #[serde(default, skip_serializing_if = "has_no_messages")]
    messages: (usize, usize),
    /// The last response.
    pub(super) response: Option<Response>,
    /// The response of an earlier loop whose suspended calls this loop continues, until this loop has a response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) earlier: Option<Box<Response>>,
    /// The outcomes of the calls of the last response, with their indexes.
    pub(super) outcomes: Vec<(usize, ToolOutcome)>,
    /// The consumption of the loop's requests, for the limits.
    pub(super) used: Used,
    /// The amount that the loop has used of its budget, if it has one. In addition to the consumption, it contains the
    /// reservations of tools and the maximum of requests that were dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) taken: Option<Amount>,
    /// The amount that the budget around the loop still contains, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) available: Option<Amount>,
    pub(super) elapsed: Duration,
    /// `true` if a tool aborted the loop.
    pub(super) is_aborted: bool,
    pub(super) end: Option<EndReason>,
    /// The number of responses before which the context is not made smaller again, because its size is not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) rests_until: u32,
    /// The number of messages to summarize before the next request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) compacting: Option<usize>,
    /// `true` if the loop has begun in this process, `false` if it is part of a stored state.
    #[serde(skip)]
    pub(super) has_begun_here: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn has_no_messages(messages: &(usize, usize)) -> bool {
    *messages == (0, 0)
}

/// The maximum number of pauses in one turn. By default, the API pauses after ten calls of server tools.
const MAX_PAUSES: u32 = 10;

/// The maximum number of repeated requests after a response that announces calls but is empty. One is usually enough.
const MAX_MISSING_CALLS: u32 = 2;

/// The next action after a response, according to its stop reason.
pub(super) enum Sequel {
    /// Run the calls of the response.
    RunTools,
    /// Make another request.
    Request,
    /// Send back the turn that the API paused, unchanged.
    Continue,
    /// End the loop.
    End(EndReason),
}

impl RunState {
    /// Begins a loop. `messages` were not sent by the loop before it.
    pub(super) fn new(options: LoopOptions, messages: Vec<ContentBlock>, prompt: Vec<ContentBlock>) -> Self {
        let left = if options.once { 1 } else { options.max_steps };
        let number = messages.len();
        let mut additions = messages;
        additions.extend(prompt);
        Self {
            messages: (number, 0),
            left,
            rejections: options.max_attempts.saturating_sub(1),
            options,
            responses: 0,
            pauses: MAX_PAUSES,
            missing_calls: MAX_MISSING_CALLS,
            concluding: None,
            additions,
            response: None,
            earlier: None,
            outcomes: Vec::new(),
            used: Used::default(),
            taken: None,
            available: None,
            elapsed: Duration::ZERO,
            is_aborted: false,
            end: None,
            rests_until: 0,
            compacting: None,
            has_begun_here: true,
        }
    }

    /// Continues the loop with other options. Responses that were already made count.
    pub(super) fn go_on(&mut self, options: LoopOptions, prompt: Vec<ContentBlock>) {
        self.left = options.max_steps.saturating_sub(self.responses).max(1);
        self.additions = self.take_messages();
        self.messages = (self.additions.len(), 0);
        self.additions.extend(prompt);
        (self.options, self.concluding, self.available) = (options, None, None);
        self.has_begun_here = true;
    }

    /// Adds a message of the user.
    pub(super) fn add_message(&mut self, message: Vec<ContentBlock>) {
        self.messages.1 += message.len();
        self.additions.extend(message);
        self.end = None;
    }

    /// Removes the first additions, which were sent.
    pub(super) fn sent(&mut self, blocks: usize) {
        self.additions.drain(..blocks);
        let (before, after) = self.messages;
        self.messages = (before.saturating_sub(blocks), after.min(self.additions.len()));
    }

    /// Removes the additions, and returns the messages among them.
    pub(super) fn take_messages(&mut self) -> Vec<ContentBlock> {
        let (before, after) = std::mem::take(&mut self.messages);
        let mut messages = std::mem::take(&mut self.additions);
        let later = messages.split_off(messages.len().saturating_sub(after));
        messages.truncate(before);
        messages.extend(later);
        messages
    }

    /// Returns the response whose calls are suspended, if the loop ended because of that.
    pub(super) fn suspended_response(self) -> Option<Box<Response>> {
        let is_suspended = self.end == Some(EndReason::Suspended);
        self.response.map(Box::new).or(self.earlier).filter(|_| is_suspended)
    }

    /// Begins the next attempt after the answer was rejected.
    pub(super) fn try_again(&mut self, reason: ContentBlock) {
        self.rejections -= 1;
        self.left = self.options.max_steps;
        (self.pauses, self.missing_calls) = (MAX_PAUSES, MAX_MISSING_CALLS);
        (self.concluding, self.end) = (None, None);
        self.outcomes.clear();
        let place = self.additions.len().saturating_sub(self.messages.1);
        self.additions.insert(place, reason);
    }

    /// Returns the number of requests that the loop can still make.
    pub(super) fn remaining(&self) -> u32 {
        if self.concluding.is_some() { 0 } else { self.left }
    }

    /// Returns `true` if the deadline has passed.
    pub(super) fn is_late(&self) -> bool {
        self.options.deadline.is_some_and(|deadline| self.elapsed >= deadline)
    }

    /// Counts a response, and returns the next action. Tools run only after the stop reason `tool_use`.
    pub(super) fn count(&mut self, response: &Response) -> Sequel {
        self.responses += 1;
        self.earlier = None;
        self.outcomes.clear();
        if response.stop_reason().is_some_and(StopReason::is_pause) && self.pauses > 0 {
            self.pauses -= 1;
            return Sequel::Continue;
        }
        self.pauses = MAX_PAUSES;
        self.left = self.left.saturating_sub(1);
        let (is_final, calls) = (self.concluding.is_some(), response.tool_uses().next().is_some());
        let finished = self.concluding.clone().unwrap_or(EndReason::Finished);
        Sequel::End(match response.stop_reason() {
            Some(StopReason::ToolUse) if !is_final && calls => return Sequel::RunTools,
            Some(StopReason::ToolUse) if !is_final => {
                let is_blank = response.content().iter().all(ContentBlock::is_blank);
                if is_blank && !self.options.once && self.missing_calls > 0 {
                    self.missing_calls -= 1;
                    return Sequel::Request;
                }
                EndReason::Inconsistent
            }
            Some(StopReason::EndTurn | StopReason::StopSequence) if !is_final && calls => EndReason::Inconsistent,
            Some(StopReason::EndTurn | StopReason::StopSequence | StopReason::ToolUse) => finished,
            Some(StopReason::PauseTurn | StopReason::Compaction) => EndReason::Paused,
            Some(StopReason::MaxTokens) => EndReason::MaxTokens,
            Some(StopReason::Refusal) => EndReason::Refusal,
            Some(StopReason::ModelContextWindowExceeded) => EndReason::ContextExceeded,
            Some(reason @ StopReason::Unknown(_)) => EndReason::Unknown(Some(reason.to_string())),
            None => EndReason::Unknown(None),
        })
    }
}
