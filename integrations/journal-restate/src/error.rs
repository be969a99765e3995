//! Conversions between the errors of the library and those of Restate.

use std::error::Error as StdError;
use std::fmt;

use claudette::Error;
use restate_sdk::errors::{HandlerError, TerminalError};

/// A terminal error that Restate returned, as the source of an error of the library.
#[derive(Debug)]
struct Terminal(TerminalError);

impl fmt::Display for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.message())
    }
}

impl StdError for Terminal {}

/// Returns the error of a step that Restate does not run again.
#[cold]
pub(crate) fn failed(run: &str, step: &impl fmt::Display, error: TerminalError) -> Error {
    // The code of a cancelled invocation.
    let is_cancelled = error.code() == 409 && error.message() == "cancelled";
    let what = if is_cancelled {
        format!("the invocation of run `{run}` was cancelled at step `{step}`: start a new invocation to run it again")
    } else {
        format!(
            "the step `{step}` of run `{run}` has failed for good, and Restate has stored the failure: correct the \
             cause and start a new invocation"
        )
    };
    Error::journal(what).caused_by(Terminal(error))
}

/// Returns the error of a second loop with the same journal. Its tool calls would have the idempotency keys of the first.
#[cold]
pub(crate) fn second_loop(run: &str) -> Error {
    let cause = TerminalError::new("a journal belongs to one loop");
    Error::journal(format!(
        "a loop has already used the journal of run `{run}`: create a journal with another name for each loop"
    ))
    .caused_by(Terminal(cause))
}

/// Returns the error of a record that is not text.
#[cold]
pub(crate) fn not_text(run: &str, step: &impl fmt::Display, error: std::string::FromUtf8Error) -> Error {
    Error::journal(format!(
        "the record of step `{step}` of run `{run}` is not UTF-8 text: look at the invocation in Restate, and check \
         that the handler of the tool calls returns `ToolCall::run`"
    ))
    .caused_by(error)
}

/// Returns the terminal error that caused an error, if Restate returned one.
pub(crate) fn terminal_cause(error: &Error) -> Option<TerminalError> {
    let source = error.source()?.downcast_ref::<Terminal>()?;
    Some(TerminalError::new_with_code(source.0.code(), text(error)))
}

/// Returns `true` if a retry would return the same error again.
pub(crate) fn is_permanent(error: &Error) -> bool {
    error.is_misuse()
        || error.is_invalid_request()
        || error.is_mismatch()
        || error.is_refusal()
        || error.is_incomplete()
        || error.is_aborted()
        || error.is_cancelled()
}

/// Returns an error that ends the invocation.
pub(crate) fn terminal(error: &Error) -> HandlerError {
    TerminalError::new(text(error)).into()
}

/// Returns the text of an error and of its sources. A terminal error has no source.
fn text(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        // Some errors include the text of their source.
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        source = error.source();
    }
    text
}
