//! [`RunState`]: the position inside a loop.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::budget::Used;
use super::end_reason::EndReason;
use super::options::LoopOptions;
use crate::messages::{ContentBlock, Response, StopReason};
use crate::tool::ToolOutcome;

/// The position inside a loop: what it has used up, and how its next request is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::chat) struct RunState {
    pub(super) options: LoopOptions,
    /// How many responses there were.
    pub(super) responses: u32,
    /// How many requests may still be made.
    pub(super) left: u32,
    /// How often a paused turn may still be sent back.
    pauses: u32,
    /// How often the API may still be asked again for calls that it announced and did not send.
    missing_calls: u32,
    /// How often the answer may still be rejected.
    pub(super) rejections: u32,
    /// The next request is the final one, for this reason.
    pub(super) concluding: Option<EndReason>,
    /// What the next request adds to the conversation.
    pub(super) additions: Vec<ContentBlock>,
    /// The last response, and what came of its calls so far, by their places.
    pub(super) response: Option<Response>,
    pub(super) outcomes: Vec<(usize, ToolOutcome)>,
    /// What its requests have consumed, for the limits.
    pub(super) used: Used,
    pub(super) elapsed: Duration,
    /// A tool aborted the loop.
    pub(super) is_aborted: bool,
    pub(super) end: Option<EndReason>,
}

/// How often the API may pause one turn before the loop gives up. Each pause is ten server-tool calls by default.
const MAX_PAUSES: u32 = 10;

/// How often the API is asked again when a response announces calls and contains nothing. The next one is usually right.
const MAX_MISSING_CALLS: u32 = 2;

/// What follows from a response, by its stop reason alone.
pub(super) enum Sequel {
    /// Its calls are to be run.
    RunTools,
    /// Another request is to be made.
    Request,
    /// The API paused the turn: it goes back as it is.
    Continue,
    End(EndReason),
}

impl RunState {
    pub(super) fn new(options: LoopOptions, additions: Vec<ContentBlock>) -> Self {
        let left = if options.once { 1 } else { options.max_steps };
        Self {
            left,
            rejections: options.max_attempts.saturating_sub(1),
            options,
            responses: 0,
            pauses: MAX_PAUSES,
            missing_calls: MAX_MISSING_CALLS,
            concluding: None,
            additions,
            response: None,
            outcomes: Vec::new(),
            used: Used::default(),
            elapsed: Duration::ZERO,
            is_aborted: false,
            end: None,
        }
    }

    /// Goes on with other options: what was used up counts.
    pub(super) fn go_on(&mut self, options: LoopOptions, additions: Vec<ContentBlock>) {
        self.left = options.max_steps.saturating_sub(self.responses).max(1);
        (self.options, self.additions, self.concluding) = (options, additions, None);
    }

    /// Begins the next attempt, after the answer was rejected.
    pub(super) fn try_again(&mut self, reason: ContentBlock) {
        self.rejections -= 1;
        self.left = self.options.max_steps;
        (self.pauses, self.missing_calls) = (MAX_PAUSES, MAX_MISSING_CALLS);
        (self.concluding, self.end) = (None, None);
        self.outcomes.clear();
        self.additions.push(reason);
    }

    /// How many more requests may be made.
    pub(super) fn remaining(&self) -> u32 {
        if self.concluding.is_some() { 0 } else { self.left }
    }

    /// Whether time is up.
    pub(super) fn is_late(&self) -> bool {
        self.options.deadline.is_some_and(|deadline| self.elapsed >= deadline)
    }

    /// Counts a response, and decides what follows from it. Tools run on `tool_use` and on nothing else.
    pub(super) fn count(&mut self, response: &Response) -> Sequel {
        self.responses += 1;
        self.outcomes.clear();
        if response.stop_reason() == Some(&StopReason::PauseTurn) && self.pauses > 0 {
            self.pauses -= 1;
            return Sequel::Continue;
        }
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
            Some(StopReason::PauseTurn) => EndReason::Paused,
            Some(StopReason::MaxTokens) => EndReason::MaxTokens,
            Some(StopReason::Refusal) => EndReason::Refusal,
            Some(StopReason::ModelContextWindowExceeded) => EndReason::ContextExceeded,
            Some(reason @ StopReason::Unknown(_)) => EndReason::Unknown(Some(reason.to_string())),
            None => EndReason::Unknown(None),
        })
    }
}
