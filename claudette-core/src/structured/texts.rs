//! The texts that the model reads when it is asked for a value of a type.
//!
//! No decision depends on them, so they can be reworded freely. The texts about invalid values are in `tool/texts.rs`.

use std::fmt::Display;

/// The name of the tool that takes the answer.
pub(super) const RESPOND: &str = "respond";

/// The description of that tool.
pub(super) const RESPOND_DESCRIPTION: &str = "Submits the answer. Answer only by calling this tool.";

/// The result of a call of that tool.
pub(super) const RECEIVED: &str = "Received.";

/// Follows the prompt if the API cannot force the model to call the tool.
pub(super) fn ask_for_call() -> String {
    format!("Answer by calling the tool `{RESPOND}`, not in text.")
}

/// The model answered without calling the tool.
pub(super) fn no_call() -> String {
    format!("call the tool `{RESPOND}` with the answer")
}

/// The answer is not JSON.
pub(super) fn not_json(error: &impl Display) -> String {
    format!(
        "the answer is not JSON ({error}); answer with one JSON object only, without a code fence and without text before \
         or after it"
    )
}
