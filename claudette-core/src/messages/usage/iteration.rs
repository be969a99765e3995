//! [`Iteration`]: one of the runs of a model that led to a response.

use super::usage::Usage;
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
/// let runs = usage.iterations();
/// assert_eq!(*runs[0].kind(), IterationKind::Compaction);
/// assert_eq!(runs[0].usage().total(), 52_000);
/// assert_eq!((usage.total(), usage.context_tokens()), (1_000, 1_000));
/// // A sum includes the runs that are not part of the other counters.
/// assert_eq!((Usage::default() + usage).total(), 53_000);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Iteration {
    pub(super) kind: IterationKind,
    pub(super) model: Option<String>,
    pub(super) usage: Usage,
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

    /// Returns `true` if the counters of the response do not include the run.
    pub(super) fn is_hidden(&self) -> bool {
        matches!(self.kind, IterationKind::Compaction | IterationKind::AdvisorMessage)
    }

    fn writes(&self) -> bool {
        matches!(self.kind, IterationKind::Message | IterationKind::FallbackMessage)
    }
}

impl Usage {
    /// Returns the number of tokens in the context after the response: its prompt and its output. Of several runs, the
    /// last one that wrote a part of the response counts.
    #[doc(alias = "context window")]
    pub fn context_tokens(&self) -> u64 {
        let last = self.iterations().into_iter().rfind(Iteration::writes);
        last.map_or_else(|| self.total(), |run| run.usage.total())
    }

    /// Returns the number of all input and output tokens that are billed, with those of summaries and advisors.
    pub(crate) fn billed(&self) -> u64 {
        let hidden = self.hidden();
        hidden.iter().fold(self.total(), |sum, run| sum.saturating_add(run.usage.total()))
    }

    /// Returns the runs that the other counters do not include.
    pub(super) fn hidden(&self) -> Vec<Iteration> {
        let mut runs = self.iterations();
        runs.retain(Iteration::is_hidden);
        runs
    }
}
