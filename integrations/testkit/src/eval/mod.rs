//! Evals: a program is run on many cases with several models, and its answers are judged.
//!
//! [`Eval`] has an example, and the page [Evals](claudette::guide::evals) of the guide describes judges, reports and
//! evals that continue after a crash.

mod case;
mod eval;
mod format;
mod journals;
mod judge;
mod markdown;
mod once;
mod plan;
mod progress;
mod report;
mod rubric;
mod sample;
mod sample_journal;
mod sample_result;
mod score;
mod summary;
mod svg;
mod table;

pub use self::case::Case;
pub use self::eval::Eval;
pub use self::report::{Group, Report};
pub use self::rubric::Rubric;
pub use self::sample::Sample;
pub use self::sample_journal::SampleJournal;
pub use self::sample_result::{SampleResult, Verdict};
pub use self::score::Score;
pub use self::summary::Summary;
