//! [`Eval`]: the settings of an eval.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use claudette::chat::Target;
use claudette::journal::Journal;
use claudette::{BoxFuture, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::case::Case;
use super::journals::Journals;
use super::judge::Judge;
use super::plan::{Plan, Program};
use super::report::Report;
use super::rubric::Rubric;
use super::sample::Sample;
use super::score::Score;

/// An eval: a program that uses Claude is run on many cases with several models, its answers are judged, and the
/// [`Report`] compares the models.
///
/// Await it to get the report. A sample that fails with an error is part of the report and does not end the eval.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # for _ in 0..4 {
/// #     claude.respond_with(|request| {
/// #         let is_haiku = request["model"] == "claude-haiku-4-5";
/// #         MockResponse::text(if is_haiku { "It is 4." } else { "That depends." })
/// #     });
/// # }
/// # let client = claude.client("claude-haiku-4-5");
/// use claudette_testkit::eval::{Case, Eval, Sample};
///
/// let cases = [Case::new("sum", "What is 2+2?").expected("4"), Case::new("product", "What is 2*2?").expected("4")];
///
/// let report = Eval::new("arithmetic", cases, |sample: Sample<&'static str>| async move {
///     Ok(sample.client().send(*sample.input()).await?.text())
/// })
/// .models([&client, &client.with_model("claude-sonnet-5-5")])
/// .judge(|case, answer| answer.contains(case.expects()))
/// .await?;
///
/// assert_eq!(report.model("claude-haiku-4-5").unwrap().pass_rate(), Some(1.0));
/// assert_eq!(report.model("claude-sonnet-5-5").unwrap().pass_rate(), Some(0.0));
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "benchmark")]
#[must_use = "an eval runs when it is awaited"]
pub struct Eval<I, E, A> {
    name: String,
    cases: Vec<Case<I, E>>,
    models: Vec<Target>,
    repeat: u32,
    concurrency: usize,
    pass_at: f64,
    shows_progress: bool,
    program: Program<I, A>,
    judge: Option<Judge<I, E, A>>,
    journals: Journals,
}

impl<I, E, A> Eval<I, E, A> {
    /// Creates an eval of a program: an async function that takes a [`Sample`] and returns an answer.
    ///
    /// The answer can have any type with a JSON form, for example a `String`, or a [`Run`](claudette::Run) if the judge
    /// looks at the tool calls. The name is part of the report and of the ids in the journal.
    pub fn new<F, Fut>(name: impl Into<String>, cases: impl IntoIterator<Item = Case<I, E>>, program: F) -> Self
    where
        F: Fn(Sample<I>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<A>> + Send + 'static,
    {
        Self {
            name: name.into(),
            cases: cases.into_iter().collect(),
            models: Vec::new(),
            repeat: 1,
            concurrency: 8,
            pass_at: 0.5,
            shows_progress: false,
            program: Box::new(move |sample| Box::pin(program(sample))),
            judge: None,
            journals: Journals::default(),
        }
    }

    /// Sets the models: names, with credentials from the environment, or clients.
    ///
    /// Clients that share a key also share its limits, if one of them is made from the other with
    /// [`Client::with_model`](claudette::Client::with_model).
    pub fn models(mut self, models: impl IntoIterator<Item = impl Into<Target>>) -> Self {
        self.models = models.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the number of samples of each case and model: 1 by default, and at least 1.
    pub fn repeat(mut self, samples: u32) -> Self {
        self.repeat = samples.max(1);
        self
    }

    /// Sets the number of samples that run at the same time: 8 by default, and at least 1. The limits of the clients
    /// also apply.
    pub fn concurrency(mut self, samples: usize) -> Self {
        self.concurrency = samples.max(1);
        self
    }

    /// Judges each answer with a function, which returns a [`Score`], a `bool`, a number from 0 to 1, or a `Result`
    /// whose error is the reason.
    ///
    /// A score is not stored, so a finished eval can be judged anew without requests.
    pub fn judge<F, S>(mut self, judge: F) -> Self
    where
        F: Fn(&Case<I, E>, &A) -> S + Send + Sync + 'static,
        S: Into<Score>,
    {
        self.judge = Some(Judge::Function(Box::new(move |case, answer| judge(case, answer).into())));
        self
    }

    /// Judges each answer with an async function. Its scores are not stored.
    pub fn judge_async<F, Fut, S>(mut self, judge: F) -> Self
    where
        F: Fn(Arc<Case<I, E>>, Arc<A>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<S>> + Send + 'static,
        S: Into<Score>,
    {
        self.judge = Some(Judge::Async(Box::new(move |case, answer| {
            let score = judge(case, answer);
            Box::pin(async move { Ok(score.await?.into()) })
        })));
        self
    }

    /// Judges each answer with a model. Its scores are stored in the journal.
    pub fn judge_by(mut self, rubric: Rubric) -> Self {
        self.judge = Some(Judge::Rubric(rubric));
        self
    }

    /// Sets the lowest score with which an answer passes; 0.5 by default.
    pub fn pass_at(mut self, score: f64) -> Self {
        self.pass_at = score;
        self
    }

    /// Stores each answer in a journal, so that the eval can be killed and run again: only samples without a stored
    /// answer run. `open` opens the journal of a run by its id, as in `.journal(move |id| journal.run(id))`.
    ///
    /// The id contains the name of the eval, the model, the case and its input. It does not contain the program: use
    /// another name of the eval after a change, for example `support-2`.
    ///
    /// A sample that was running starts again. A tool loop in it continues, if it has the
    /// [journal of the sample](Sample::journal).
    pub fn journal<J: Journal + 'static>(mut self, open: impl Fn(String) -> J + Send + Sync + 'static) -> Self {
        self.journals = Journals::new(open);
        self
    }

    /// Shows a progress bar on standard error, if it is a terminal. Off by default.
    pub fn progress(mut self, shows: bool) -> Self {
        self.shows_progress = shows;
        self
    }
}

impl<I, E, A> IntoFuture for Eval<I, E, A>
where
    I: Serialize + Send + Sync + 'static,
    E: Serialize + Send + Sync + 'static,
    A: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    type Output = Result<Report>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { name, cases, models, repeat, concurrency, pass_at, shows_progress, program, judge, journals } =
                self;
            let plan = Plan::new(name, cases, models, repeat, pass_at, program, judge, journals)?;
            plan.run(concurrency, shows_progress).await
        })
    }
}

impl<I, E, A> fmt::Debug for Eval<I, E, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Eval")
            .field("name", &self.name)
            .field("cases", &self.cases.len())
            .field("models", &self.models)
            .field("repeat", &self.repeat)
            .finish_non_exhaustive()
    }
}
