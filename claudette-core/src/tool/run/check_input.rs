//! [`check_input`]: refuses calls whose arguments are not a JSON object.

use super::error::{ToolError, shorten};
use crate::json::has_half;
use crate::messages::ToolUse;
use crate::tool::texts;

/// Checks that the arguments of a call are a complete JSON object.
///
/// # Errors
///
/// Returns the error for the model.
pub(crate) fn check_input(call: &ToolUse) -> Result<(), ToolError> {
    call.invalid_input().map_or(Ok(()), |input| Err(invalid(call.name(), input)))
}

#[cold]
fn invalid(name: &str, input: &str) -> ToolError {
    let name = shorten(name);
    ToolError::new(if has_half(input) {
        texts::half_a_character(&name)
    } else if input.trim().is_empty() {
        texts::no_arguments(&name)
    } else {
        let error = serde_json::from_str::<serde::de::IgnoredAny>(input).err();
        texts::not_an_object(&name, error.as_ref(), &shorten(input))
    })
}
