//! The mode of a cassette, and the command that records it anew.

use std::env;

use claudette::{Error, Result};

/// The variable that makes all cassettes record.
const VARIABLE: &str = "CLAUDETTE_RECORD";

/// Returns `true` if the environment asks for a recording.
///
/// # Errors
/// Misuse: the variable has a value without a meaning.
pub(super) fn asks_to_record() -> Result<bool> {
    match env::var_os(VARIABLE) {
        None => Ok(false),
        Some(value) if value.is_empty() || value == "0" => Ok(false),
        Some(value) if value == "1" => Ok(true),
        Some(value) => Err(Error::misuse(format!(
            "{VARIABLE}={} is not valid; set it to 1 to record cassettes, or unset it to replay them",
            value.to_string_lossy()
        ))),
    }
}

/// Returns the command that records the cassettes of the current test. The test harness names threads after tests, and
/// cargo sets the name of the package.
pub(super) fn to_record() -> String {
    let package = env::var("CARGO_PKG_NAME").ok();
    let thread = std::thread::current();
    let test = thread.name().filter(|name| *name != "main" && !name.contains(char::is_whitespace));
    let test = test.filter(|name| !name.starts_with("tokio-"));
    let package = package.map(|name| format!(" -p {name}")).unwrap_or_default();
    format!("{VARIABLE}=1 cargo test{package}{}", test.map(|name| format!(" {name}")).unwrap_or_default())
}
