//! [`Problem`]: why something did not work, as a text for the user.

use std::error::Error;
use std::fmt;

/// The reason that something did not work, as a text for the user. It is not cleaned.
#[derive(Debug)]
pub(crate) struct Problem(String);

/// A result of this program.
pub(crate) type Result<T> = std::result::Result<T, Problem>;

impl Problem {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: Error> From<E> for Problem {
    fn from(error: E) -> Self {
        Self(text(&error))
    }
}

/// Returns the text of an error with its causes, except for those that it contains already.
pub(crate) fn text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_named_once() {
        let error = claudette::Error::journal("the chat was not read").caused_by("the disk is full");
        assert!(text(&error).ends_with("the chat was not read: the disk is full"), "{}", text(&error));
        assert_eq!(Problem::from(std::io::Error::other("gone")).to_string(), "gone");
    }
}
