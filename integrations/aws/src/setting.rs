//! Values that the program or the environment sets.

use std::env;

use claudette::{Error, Result};

/// Returns the value without blanks around it, or `None` if it is blank.
pub(crate) fn trimmed(value: impl AsRef<str>) -> Option<String> {
    Some(value.as_ref().trim().to_owned()).filter(|value| !value.is_empty())
}

/// Returns the first of these variables that is set and not blank, with its name.
///
/// # Errors
/// Misuse: its value is not UTF-8.
pub(crate) fn variable(names: &[&'static str]) -> Result<Option<(&'static str, String)>> {
    for name in names {
        let Some(value) = env::var_os(name) else { continue };
        let value = value
            .into_string()
            .map_err(|_| Error::misuse(format!("the environment variable {name} is not valid UTF-8")))?;
        if let Some(value) = trimmed(value) {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}
