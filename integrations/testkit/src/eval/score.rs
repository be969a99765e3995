//! [`Score`]: the judgement of an answer.

use serde::{Deserialize, Serialize};

/// The judgement of an answer: a number from 0 to 1, and its reason.
///
/// A judge can return a score, or a value that converts into one: a `bool`, a number, or a `Result` whose error is the
/// reason.
///
/// ```
/// use claudette_testkit::eval::Score;
///
/// assert_eq!(Score::from(true), Score::pass());
/// assert_eq!(Score::from(Err("too long")), Score::fail("too long"));
/// assert_eq!(Score::new(0.5).because("only one of two").reason(), Some("only one of two"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    value: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Score {
    /// Creates a score. A value that is not between 0 and 1 makes the sample end with an error.
    pub fn new(value: f64) -> Self {
        Self { value, reason: None }
    }

    /// Creates the score 1.
    pub fn pass() -> Self {
        Self::new(1.0)
    }

    /// Creates the score 0.
    pub fn fail(reason: impl Into<String>) -> Self {
        Self::new(0.0).because(reason)
    }

    /// Sets the reason, which the report shows if the answer fails.
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Returns the number.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Returns the reason.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl From<bool> for Score {
    fn from(passes: bool) -> Self {
        Self::new(if passes { 1.0 } else { 0.0 })
    }
}

impl From<f64> for Score {
    fn from(value: f64) -> Self {
        Self::new(value)
    }
}

impl<S: Into<String>> From<Result<(), S>> for Score {
    fn from(result: Result<(), S>) -> Self {
        result.map_or_else(Self::fail, |()| Self::pass())
    }
}
