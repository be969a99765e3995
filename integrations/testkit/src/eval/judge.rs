//! [`Judge`]: judges an answer.

use std::sync::Arc;

use claudette::catalog::Spent;
use claudette::{BoxFuture, Result};
use serde::Serialize;

use super::case::Case;
use super::journals::Journals;
use super::rubric::Rubric;
use super::score::Score;

/// The three kinds of judges.
pub(super) enum Judge<I, E, A> {
    Function(Box<Function<I, E, A>>),
    Async(Box<Async<I, E, A>>),
    Rubric(Rubric),
}

type Function<I, E, A> = dyn Fn(&Case<I, E>, &A) -> Score + Send + Sync;
type Async<I, E, A> = dyn Fn(Arc<Case<I, E>>, Arc<A>) -> BoxFuture<'static, Result<Score>> + Send + Sync;

impl<I, E, A> Judge<I, E, A>
where
    I: Serialize + Sync + Send,
    E: Serialize + Sync + Send,
    A: Serialize + Sync + Send,
{
    /// Judges an answer. `run_id` names the answer in the journal. Returns the score and the cost of the judge.
    pub(super) async fn judge(
        &self,
        case: &Arc<Case<I, E>>,
        answer: &Arc<A>,
        journals: &Journals,
        run_id: &str,
    ) -> Result<(Score, Spent)> {
        match self {
            Self::Function(judge) => Ok((judge(case, answer), Spent::default())),
            Self::Async(judge) => Ok((judge(case.clone(), answer.clone()).await?, Spent::default())),
            Self::Rubric(rubric) => rubric.judge(case, &**answer, journals, run_id).await,
        }
    }
}
