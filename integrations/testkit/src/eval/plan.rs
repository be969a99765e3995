//! [`Plan`]: a checked eval, and how it runs.

use std::any::Any;
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use claudette::catalog::Spent;
use claudette::chat::Target;
use claudette::{BoxFuture, Chat, Client, Error, Result};
use futures_util::future::FutureExt as _;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::case::Case;
use super::journals::{Journals, fingerprint};
use super::judge::Judge;
use super::once::{Once, once};
use super::progress::Progress;
use super::report::Report;
use super::sample::Sample;
use super::sample_result::{SampleResult, Verdict};
use super::score::Score;

/// The program under test.
pub(super) type Program<I, A> = Box<dyn Fn(Sample<I>) -> BoxFuture<'static, Result<A>> + Send + Sync>;

/// A checked eval.
pub(super) struct Plan<I, E, A> {
    name: String,
    cases: Vec<Arc<Case<I, E>>>,
    clients: Vec<Client>,
    repeat: u32,
    pass_at: f64,
    program: Program<I, A>,
    judge: Judge<I, E, A>,
    journals: Journals,
}

/// The answer of the program in the journal, and what it took.
#[derive(Serialize, Deserialize)]
struct Answered<A> {
    answer: A,
    /// In microseconds.
    latency: u64,
    spent: Spent,
}

/// The place of a sample in the report.
#[derive(Clone, Copy)]
struct Place {
    model: usize,
    case: usize,
    number: u32,
}

impl<I, E, A> Plan<I, E, A> {
    #[allow(clippy::too_many_arguments, reason = "the settings of an eval, each once")]
    pub(super) fn new(
        name: String,
        cases: Vec<Case<I, E>>,
        models: Vec<Target>,
        repeat: u32,
        pass_at: f64,
        program: Program<I, A>,
        judge: Option<Judge<I, E, A>>,
        journals: Journals,
    ) -> Result<Self> {
        let misuse = |what: String| Err(Error::misuse(format!("eval `{name}` {what}")));
        if cases.is_empty() {
            return misuse("has no cases".to_owned());
        }
        let mut ids = HashSet::new();
        if let Some(case) = cases.iter().find(|case| !ids.insert(case.id())) {
            return misuse(format!("has two cases with the id `{}`: each id is used once", case.id()));
        }
        if models.is_empty() {
            return misuse("has no models: call `.models([..])`".to_owned());
        }
        let clients = models.into_iter().map(|model| Ok(Chat::new(model)?.client().clone()));
        let clients = clients.collect::<Result<Vec<Client>>>()?;
        let mut names = HashSet::new();
        if let Some(client) = clients.iter().find(|client| !names.insert(client.default_model().as_str())) {
            return misuse(format!("has the model `{}` twice", client.default_model()));
        }
        if !(0.0..=1.0).contains(&pass_at) {
            return misuse(format!("cannot pass at {pass_at}: scores are numbers from 0 to 1"));
        }
        let Some(judge) = judge else {
            return misuse("has no judge: call `.judge(|case, answer| ..)`".to_owned());
        };
        let cases = cases.into_iter().map(Arc::new).collect();
        Ok(Self { name, cases, clients, repeat, pass_at, program, judge, journals })
    }

    /// Returns the samples in the order in which they start: all models of a case, then the next case.
    fn places(&self) -> impl Iterator<Item = Place> + use<I, E, A> {
        let (models, cases) = (self.clients.len(), self.cases.len());
        (1..=self.repeat).flat_map(move |number| {
            (0..cases).flat_map(move |case| (0..models).map(move |model| Place { model, case, number }))
        })
    }
}

impl<I, E, A> Plan<I, E, A>
where
    I: Serialize + Send + Sync + 'static,
    E: Serialize + Send + Sync + 'static,
    A: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    pub(super) async fn run(self, concurrency: usize, shows_progress: bool) -> Result<Report> {
        let mut waiting = self.places();
        let mut progress = Progress::new(self.clients.len() * self.cases.len() * self.repeat as usize, shows_progress);
        let mut running = FuturesUnordered::new();
        let mut finished = Vec::new();
        loop {
            while running.len() < concurrency
                && let Some(place) = waiting.next()
            {
                running.push(self.sample(place));
            }
            let Some((place, result)) = running.next().await else { break };
            progress.note(&result);
            finished.push((place, result));
        }
        drop(progress);
        finished.sort_by_key(|(Place { model, case, number }, _)| (*model, *case, *number));
        let models = self.clients.iter().map(|client| client.default_model().to_string()).collect();
        let results = finished.into_iter().map(|(_, result)| result).collect();
        Ok(Report::new(self.name.clone(), models, self.cases.len(), self.repeat, results))
    }

    fn sample(&self, place: Place) -> BoxFuture<'_, (Place, SampleResult)> {
        Box::pin(async move {
            let case = &self.cases[place.case];
            let client = self.clients[place.model].with_own_totals();
            let mut result = SampleResult {
                case_id: case.id().to_owned(),
                model: client.default_model().to_string(),
                number: place.number,
                tags: case.tags().to_vec(),
                answer: None,
                verdict: Verdict::Error(String::new()),
                latency: Duration::ZERO,
                spent: Spent::default(),
                judge_spent: Spent::default(),
                is_replayed: false,
            };
            let judged = AssertUnwindSafe(self.judged(case, client, &mut result)).catch_unwind().await;
            result.verdict = match judged.unwrap_or_else(|panic| Err(panicked(&*panic))) {
                Ok(score) if !(0.0..=1.0).contains(&score.value()) => {
                    Verdict::Error(format!("the judge returned the score {}: use a number from 0 to 1", score.value()))
                }
                Ok(score) if score.value() >= self.pass_at => Verdict::Passed(score),
                Ok(score) => Verdict::Failed(score),
                Err(error) => Verdict::Error(text_of(&error)),
            };
            (place, result)
        })
    }

    /// Runs the program and judges its answer. Everything that is known before an error is put into `result`.
    async fn judged(&self, case: &Arc<Case<I, E>>, client: Client, result: &mut SampleResult) -> Result<Score> {
        let id = format!("{}/{}/{}/{}", self.name, result.model, result.case_id, result.number);
        let run_id = format!("{id}@{}", fingerprint(case.input())?);
        let (input, journals) = (case.shared_input(), self.journals.clone());
        let sample = Sample::new((&id, &run_id), case.id(), input, result.number, client, journals);
        let meter = sample.meter();
        let begun = Instant::now();
        let work = async {
            let answer = AssertUnwindSafe(async { (self.program)(sample).await }).catch_unwind().await;
            let answer = answer.unwrap_or_else(|panic| Err(panicked(&*panic)))?;
            let latency = (begun.elapsed() + meter.earlier_time()).as_micros();
            Ok(Answered { answer, latency: u64::try_from(latency).unwrap_or(u64::MAX), spent: meter.spent() })
        };
        let journal = self.journals.open(&format!("{run_id}/answer"));
        let Once { value: answered, is_replayed } = match once(journal.as_deref(), work).await {
            Ok(answered) => answered,
            Err(error) => {
                (result.latency, result.spent) = (begun.elapsed() + meter.earlier_time(), meter.spent());
                return Err(error);
            }
        };
        let Answered { answer, latency, spent } = answered;
        (result.latency, result.spent, result.is_replayed) = (Duration::from_micros(latency), spent, is_replayed);
        result.answer = Some(shown(&answer)?);
        let answer = Arc::new(answer);
        let (score, judge_spent) = self.judge.judge(case, &answer, &self.journals, &run_id).await?;
        result.judge_spent = judge_spent;
        Ok(score)
    }
}

/// Returns an answer as text.
fn shown(answer: &impl Serialize) -> Result<String> {
    Ok(match serde_json::to_value(answer).map_err(Error::other)? {
        Value::String(text) => text,
        value => value.to_string(),
    })
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text: &str = match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "no message",
    };
    Error::other(format!("panicked: {text}"))
}

/// Returns the texts of an error and its causes.
fn text_of(error: &Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source()).take(5);
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
