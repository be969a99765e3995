//! The texts that replace a tool result, and those that a loop adds to a conversation.
//!
//! No decision depends on their wording, so it can change freely.

/// The placeholder of a call that waits for a decision.
pub(in crate::chat) const SUSPENDED: &str = "Not run yet: the call waits for approval.";

/// The placeholder of a call whose sub-agent has calls that wait for a decision.
pub(in crate::chat) const AGENT_SUSPENDED: &str = "Not finished yet: calls of the agent wait for approval.";

/// The placeholder of a call that does not have a result yet. It stays if the call is interrupted.
pub(in crate::chat) const INTERRUPTED: &str = "Interrupted before a result came back. The call may have taken effect.";

/// The text that replaces the content of an old tool result.
pub(in crate::chat) const REMOVED: &str = "[The content of this result was removed, because it is old.]";

/// The result of a call in the final response of a loop.
pub(in crate::chat) const NO_CALLS_LEFT: &str = "Not run: no more tool calls are allowed.";

/// The result of a call if the program or a hook ended the loop.
pub(super) const ENDED: &str = "Not run: the program ended the loop.";

/// The result of a call that had not started at the deadline.
pub(in crate::chat) const TOO_LATE: &str = "Not run: the time limit was reached before the call started.";

/// The result of a call that was not approved before the deadline.
pub(super) const NOT_APPROVED_IN_TIME: &str = "Not run: the time limit was reached before the call was approved.";

/// The request for the final answer of a loop.
pub(super) const FINAL_PROMPT: &str = "No more tool calls are allowed. Answer now with the information that you have, \
                                       and state what is unfinished, so that the user can decide how to continue.";

/// The reason for denying a call that the approval function of the program does not know.
pub(in crate::chat) fn no_rule(name: &str) -> String {
    format!("the program has no rule that allows calls of `{name}`")
}

/// The result of a call that the user denied.
pub(super) fn denied(reason: &str) -> String {
    format!("Denied by the user: {reason}")
}

/// The result of a call if the arguments that replace those of the model are not valid.
pub(in crate::chat) fn wrong_arguments(reason: &str) -> String {
    format!("Not run: the arguments from the user are not valid.\n{reason}")
}

/// The prompt after an answer that does not match the type or a rule of the program.
pub(super) fn rejected(reason: &str) -> String {
    format!("The answer was rejected:\n{reason}\n\nGive the complete answer again.")
}

/// Follows the answer of a sub-agent that ended early.
pub(in crate::chat) fn ended_early(reason: &str) -> String {
    format!("[The agent ended early: {reason}. The answer may be incomplete.]")
}

/// The result of a sub-agent that ended without an answer.
pub(in crate::chat) fn agent_without_answer(name: &str, reason: &str) -> String {
    format!("The agent `{name}` did not answer: {reason}.")
}

/// The result of a sub-agent for which no budget was left.
pub(in crate::chat) fn no_budget(name: &str) -> String {
    format!(
        "The agent `{name}` did not answer: the budget that is left does not cover one response. Continue without it."
    )
}

/// The result of a sub-agent whose run returned an error.
pub(in crate::chat) fn agent_failed(name: &str, error: &impl std::fmt::Display) -> String {
    format!("The agent `{name}` failed: {error}")
}

/// The reason for the denial of a call that a sub-agent cannot suspend.
pub(in crate::chat) const CANNOT_SUSPEND: &str = "the call needs a decision that is not available now";
