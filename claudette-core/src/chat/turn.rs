//! [`Turn`]: what a tool loop does next. Decisions only, no IO.

use serde::{Deserialize, Serialize};

use crate::messages::{ContentBlock, Response, StopReason, ToolUse};

/// Decides, reply by reply, what a tool loop does next.
///
/// It is a value without any IO: whoever drives it asks the model and runs the tools, here or elsewhere, and tells it
/// what came of it. It can be stored between two steps.
///
/// ```
/// use claudette::{Action, Response, EndReason, Turn};
///
/// let mut turn = Turn::new(10);
/// assert_eq!(turn.begin(), Action::Ask { last: false });
///
/// let reply: Response = serde_json::from_str(
///     r#"{"content":[{"type":"tool_use","id":"toolu_1","name":"sums","input":{"a":1}}],"stop_reason":"tool_use"}"#,
/// )?;
/// let Action::RunTools(calls) = turn.replied(&reply) else { panic!() };
/// assert_eq!(calls[0].name(), "sums");
/// assert_eq!(turn.answered(), Action::Ask { last: false });
///
/// let reply: Response = serde_json::from_str(r#"{"content":[],"stop_reason":"end_turn"}"#)?;
/// assert_eq!(turn.replied(&reply), Action::Done(EndReason::Finished));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Requests that may still be made.
    left: u32,
    /// Whether the last of them asks for a final answer.
    concludes: bool,
    /// The request that is on its way is the last one, for this reason.
    concluding: Option<EndReason>,
    /// How often a paused turn may still be sent back.
    pauses: u32,
    /// How often the API may still be asked again for calls that it announced and did not send.
    missing_calls: u32,
}

/// How often the API may pause one turn before the loop gives up. Each pause is ten server-tool calls by default.
const MAX_PAUSES: u32 = 10;

/// How often the API is asked again when a response announces calls and contains nothing. The next one is usually right.
const MAX_MISSING_CALLS: u32 = 2;

/// What a loop does next. It is data: a journal can keep it, and another process can do it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Action {
    /// Send the conversation. `last`: with the final prompt, and without tools.
    Ask {
        /// This is the last request that may be made.
        last: bool,
    },
    /// Run these calls and put their results into the conversation.
    RunTools(Vec<ToolUse>),
    /// The loop is over.
    Done(EndReason),
}

/// Why a loop ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EndReason {
    /// The model had said what it had to say.
    Finished,
    /// The last permitted reply was asked for.
    MaxSteps,
    /// The caller's `until` said so.
    Until,
    /// A tool said so ([`ToolOutput::finish`](crate::ToolOutput::finish)).
    Tool,
    /// A hook said so ([`Hook::after_response`](crate::Hook::after_response)).
    Hook,
    /// A call waits for a decision ([`Chat::pending`](crate::Chat::pending)).
    Suspended,
    /// One more reply could have cost more than [`ToolLoop::max_cost`](crate::ToolLoop::max_cost).
    MaxCost,
    /// One more reply could have taken more than [`ToolLoop::max_tokens_total`](crate::ToolLoop::max_tokens_total).
    MaxTokensTotal,
    /// The time was up ([`ToolLoop::deadline`](crate::ToolLoop::deadline)).
    Deadline,
    /// A reply was cut at `max_tokens`.
    MaxTokens,
    /// The safety system stopped a reply; nothing of it is in the history.
    Refusal,
    /// The conversation filled the model's context window.
    ContextExceeded,
    /// The API paused the same turn too often.
    Paused,
    /// The response contradicts itself: it stopped for tool calls and contains none, it contains calls and stopped as if it
    /// had none, or it paused where the API cannot go on. Nothing was run.
    Inconsistent,
    /// The API gave a reason that has no name here, or none.
    Unknown(Option<String>),
}

impl Turn {
    /// A loop of at most `max_steps` replies (at least one), the last of which concludes.
    pub fn new(max_steps: u32) -> Self {
        Self {
            left: max_steps.max(1),
            concludes: true,
            concluding: None,
            pauses: MAX_PAUSES,
            missing_calls: MAX_MISSING_CALLS,
        }
    }

    /// A single reply; if it calls tools they are run, and their results wait.
    pub fn once() -> Self {
        Self { concludes: false, ..Self::new(1) }
    }

    /// The first request.
    pub fn begin(&mut self) -> Action {
        self.ask()
    }

    /// What to do with a reply, by its stop reason alone. Tools run on `tool_use` and on nothing else.
    pub fn replied(&mut self, reply: &Response) -> Action {
        let finished = self.concluding.clone().unwrap_or(EndReason::Finished);
        Action::Done(match reply.stop_reason() {
            Some(StopReason::ToolUse) if self.concluding.is_none() => {
                let calls: Vec<ToolUse> = reply.tool_uses().cloned().collect();
                if !calls.is_empty() {
                    return Action::RunTools(calls);
                }
                let is_blank = reply.content().iter().all(ContentBlock::is_blank);
                if is_blank && self.concludes && self.missing_calls > 0 {
                    self.missing_calls -= 1;
                    return self.ask();
                }
                EndReason::Inconsistent
            }
            Some(StopReason::PauseTurn) => {
                if self.pauses > 0 {
                    self.pauses -= 1;
                    return Action::Ask { last: self.concluding.is_some() };
                }
                EndReason::Paused
            }
            Some(StopReason::EndTurn | StopReason::StopSequence)
                if self.concluding.is_none() && reply.tool_uses().next().is_some() =>
            {
                EndReason::Inconsistent
            }
            Some(StopReason::EndTurn | StopReason::StopSequence | StopReason::ToolUse) => finished,
            Some(StopReason::MaxTokens) => EndReason::MaxTokens,
            Some(StopReason::Refusal) => EndReason::Refusal,
            Some(StopReason::ModelContextWindowExceeded) => EndReason::ContextExceeded,
            Some(reason @ StopReason::Unknown(_)) => EndReason::Unknown(Some(reason.to_string())),
            None => EndReason::Unknown(None),
        })
    }

    /// What to do once the results of the calls are in the conversation.
    pub fn answered(&mut self) -> Action {
        self.ask()
    }

    /// Makes the request that is about to be sent the last one, for a reason of the caller's; what it was to be before
    /// does not matter.
    pub fn conclude(&mut self, reason: EndReason) -> Action {
        self.concluding = Some(reason);
        Action::Ask { last: true }
    }

    /// Whether it goes on after tools have run.
    pub(super) fn is_loop(&self) -> bool {
        self.concludes
    }

    /// How many more requests may be made.
    pub fn remaining(&self) -> u32 {
        if self.concluding.is_some() { 0 } else { self.left }
    }

    fn ask(&mut self) -> Action {
        let Some(left) = self.left.checked_sub(1) else { return Action::Done(EndReason::MaxSteps) };
        self.left = left;
        if self.concludes && left == 0 {
            self.concluding = Some(EndReason::MaxSteps);
        }
        Action::Ask { last: self.concluding.is_some() }
    }
}
