//! [`SampleResult`]: the result of one sample; [`Verdict`]: how it ended.

use std::time::Duration;

use claudette::catalog::Spent;

use super::score::Score;

/// The result of one sample.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SampleResult {
    pub(super) case_id: String,
    pub(super) model: String,
    pub(super) number: u32,
    pub(super) tags: Vec<String>,
    pub(super) answer: Option<String>,
    pub(super) verdict: Verdict,
    pub(super) latency: Duration,
    pub(super) spent: Spent,
    pub(super) judge_spent: Spent,
    pub(super) is_replayed: bool,
}

/// The end of a sample.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The score reaches the limit.
    Passed(Score),
    /// The score does not reach the limit.
    Failed(Score),
    /// The program or the judge returned an error, or panicked. The sample does not count in the pass rate, is not stored
    /// in the journal, and runs again when the eval is run again.
    Error(String),
}

impl Verdict {
    /// Returns the score; `None` after an error.
    pub fn score(&self) -> Option<&Score> {
        match self {
            Self::Passed(score) | Self::Failed(score) => Some(score),
            Self::Error(_) => None,
        }
    }

    /// Returns the reason of the judge, or the text of the error.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Passed(score) | Self::Failed(score) => score.reason(),
            Self::Error(error) => Some(error),
        }
    }

    /// Returns `true` if the answer has passed.
    pub fn is_passed(&self) -> bool {
        matches!(self, Self::Passed(_))
    }

    /// Returns `true` after an error.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }
}

impl SampleResult {
    /// Returns the id of the case.
    pub fn case_id(&self) -> &str {
        &self.case_id
    }

    /// Returns the name of the model.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Returns the number of the sample among those of its case and model, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns the tags of the case.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Returns the answer: a text as it is, another value as JSON. `None` if the program returned an error.
    pub fn answer(&self) -> Option<&str> {
        self.answer.as_deref()
    }

    /// Returns the verdict.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Returns the time that the program took, without the judge. If the answer was read from the journal, this is the
    /// time that it took when it was made.
    pub fn latency(&self) -> Duration {
        self.latency
    }

    /// Returns the usage and cost of the program.
    pub fn spent(&self) -> &Spent {
        &self.spent
    }

    /// Returns the usage and cost of a [`Rubric`](crate::eval::Rubric).
    pub fn judge_spent(&self) -> &Spent {
        &self.judge_spent
    }

    /// Returns `true` if the answer was read from the journal.
    pub fn is_replayed(&self) -> bool {
        self.is_replayed
    }

    /// Returns a text that says why the sample did not pass.
    pub(super) fn explanation(&self) -> String {
        match (self.verdict.reason(), &self.answer) {
            (Some(reason), _) => reason.to_owned(),
            (None, Some(answer)) => format!("the answer was: {answer}"),
            (None, None) => String::new(),
        }
    }
}
