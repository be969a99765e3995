//! [`Iteration`]: one of the runs of a model that led to a response.

use serde_json::Value;

use super::usage::{INFERENCE_GEO, LONGEST, SERVICE_TIER, Usage};
use crate::json::open_enum;

open_enum! {
    /// The kind of an [`Iteration`].
    ///
    /// ```
    /// use claudette::wire::IterationKind;
    ///
    /// assert_eq!(IterationKind::from("compaction"), IterationKind::Compaction);
    /// assert_eq!(IterationKind::FallbackMessage.as_str(), "fallback_message");
    /// ```
    pub enum IterationKind {
        /// The model wrote a part of the response.
        Message = "message",
        /// The model summarized the conversation.
        Compaction = "compaction",
        /// Another model gave advice.
        AdvisorMessage = "advisor_message",
        /// Another model wrote the response, because the first one declined.
        FallbackMessage = "fallback_message",
    }
}

/// One of the runs of a model that led to a response
/// ([Messages API, `usage.iterations`](https://platform.claude.com/docs/en/api/messages/create)).
///
/// [`Usage::iterations`] returns them.
///
/// ```
/// use claudette::Usage;
/// use claudette::wire::IterationKind;
///
/// let usage: Usage = serde_json::from_str(
///     r#"{"input_tokens":900,"output_tokens":100,"iterations":[
///         {"type":"compaction","input_tokens":50000,"output_tokens":2000},
///         {"type":"message","input_tokens":900,"output_tokens":100}]}"#,
/// )?;
/// let runs: Vec<_> = usage.iterations().collect();
/// assert_eq!(*runs[0].kind(), IterationKind::Compaction);
/// assert_eq!(runs[0].usage().total(), 52_000);
/// assert_eq!((usage.total(), usage.context_tokens()), (1_000, 1_000));
/// // A sum includes the runs that are not part of the other counters.
/// assert_eq!((Usage::default() + usage).total(), 53_000);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Iteration {
    kind: IterationKind,
    model: Option<String>,
    usage: Usage,
}

impl Iteration {
    /// Returns the kind of the run.
    pub fn kind(&self) -> &IterationKind {
        &self.kind
    }

    /// Returns the name of the model, if it is not the model of the response.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Returns the usage of the run, with the tier, speed and region of the response.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Returns `true` if the counters of a response never include the run.
    fn is_hidden(&self) -> bool {
        matches!(self.kind, IterationKind::Compaction | IterationKind::AdvisorMessage)
    }

    fn writes(&self) -> bool {
        matches!(self.kind, IterationKind::Message | IterationKind::FallbackMessage)
    }
}

impl Usage {
    /// Returns the runs of the model, if the response consists of several runs, for example with compaction.
    ///
    /// The other counters do not include summaries, advisors, and models that declined. A sum does not have iterations;
    /// its counters include all runs.
    pub fn iterations(&self) -> impl DoubleEndedIterator<Item = Iteration> {
        let runs = self.get("iterations").and_then(Value::as_array);
        // A response can have many runs, so they are read one by one.
        runs.into_iter().flatten().filter_map(|run| self.iteration(run))
    }

    fn iteration(&self, run: &Value) -> Option<Iteration> {
        let mut usage = Self::of_fields(run)?;
        let mut named = usage.take_named();
        for field in ["type", "model"] {
            named.shift_remove(field);
        }
        let words =
            [(SERVICE_TIER, self.service_tier()), (INFERENCE_GEO, self.inference_geo()), ("speed", self.speed())];
        // A longer word has no price, and each run would copy it.
        for (name, word) in
            words.into_iter().filter_map(|(name, word)| Some((name, word.filter(|word| word.len() <= LONGEST)?)))
        {
            named.entry(name).or_insert_with(|| word.into());
        }
        usage.set_named(named);
        let kind = run["type"].as_str().unwrap_or_default().into();
        Some(Iteration { kind, model: run["model"].as_str().map(str::to_owned), usage })
    }

    /// Returns the number of tokens in the context after the response: its prompt and its output. Of several runs, the
    /// last one that wrote a part of the response counts.
    #[doc(alias = "context window")]
    pub fn context_tokens(&self) -> u64 {
        let last = self.iterations().rfind(Iteration::writes);
        last.map_or_else(|| self.total(), |run| run.usage.total())
    }

    /// Returns the number of all input and output tokens that are billed, with those of summaries, of advisors, and of
    /// models that declined.
    pub(crate) fn billed(&self) -> u64 {
        // Most responses are one run.
        if self.get("iterations").is_none() {
            return self.total();
        }
        self.hidden().fold(self.total(), |sum, run| sum.saturating_add(run.usage.total()))
    }

    /// Returns the runs that the other counters do not include.
    pub(super) fn hidden(&self) -> impl Iterator<Item = Iteration> {
        let declined = self.iterations().position(|run| run.kind == IterationKind::FallbackMessage).unwrap_or(0);
        // The counters are those of the model that answered, unless they are as large as all runs.
        let includes_all = declined > 0 && {
            let all = self.iterations().filter(Iteration::writes).map(|run| run.usage.total());
            self.total() >= all.fold(0, u64::saturating_add)
        };
        let declined = if includes_all { 0 } else { declined };
        let runs = self.iterations().enumerate();
        runs.filter(move |(place, run)| run.is_hidden() || *place < declined).map(|(_, run)| run)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn models_that_declined_count() {
        let usage = |tokens: u64, runs: Value| -> Usage {
            serde_json::from_value(json!({"input_tokens": tokens, "iterations": runs})).unwrap()
        };
        let run = |kind: &str, tokens: u64| json!({"type": kind, "input_tokens": tokens});
        let runs = json!([run("compaction", 7), run("message", 20), run("message", 30), run("fallback_message", 100)]);
        // The counters are those of the last model, or of all models.
        for counters in [100, 150] {
            let usage = usage(counters, runs.clone());
            assert_eq!((usage.billed(), usage.context_tokens()), (157, 100), "{counters}");
            assert_eq!((Usage::default() + usage).total(), 157, "{counters}");
        }
        let tools = usage(50, json!([run("message", 20), run("message", 30)]));
        assert_eq!(tools.billed(), 50);
    }
}
