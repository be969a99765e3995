//! The texts that the model reads in place of a result, and those that a loop adds to a conversation.
//!
//! No decision depends on them: they can be reworded freely.

/// The placeholder of a call that waits for a decision.
pub(in crate::chat) const SUSPENDED: &str = "Not run yet: the call waits for somebody to allow it.";

/// The placeholder of a call that has no result yet, which stays if the call is cut short.
pub(in crate::chat) const INTERRUPTED: &str = "Interrupted before a result came back. The call may have taken effect.";

/// The call came with the final response of a loop.
pub(in crate::chat) const NO_CALLS_LEFT: &str = "Not run: no tool calls were left.";

/// The program, or a hook, ended the loop.
pub(super) const ENDED: &str = "Not run: the program ended the loop.";

/// The deadline passed before the call started.
pub(super) const TOO_LATE: &str = "Not run: the time limit was reached before the call started.";

/// The deadline passed before the call was approved.
pub(super) const NOT_APPROVED_IN_TIME: &str = "Not run: the time limit was reached before anyone approved the call.";

/// The request for the final answer of a loop.
pub(super) const FINAL_PROMPT: &str = "You have no tool calls left. Answer now with what you have found out, and say what \
                                       is still open, so that the user can decide how to go on.";

/// The user denied the call.
pub(super) fn denied(reason: &str) -> String {
    format!("Not run, for the user did not allow it: {reason}")
}

/// The arguments that the user gave in place of the model's are not valid.
pub(in crate::chat) fn wrong_arguments(reason: &str) -> String {
    format!("Not run with the user's arguments: {reason}")
}

/// The answer does not match the type or a rule of the program.
pub(super) fn rejected(reason: &str) -> String {
    format!("This is not right yet: {reason}\n\nGive the whole answer again.")
}
