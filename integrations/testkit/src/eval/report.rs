//! [`Report`]: the results of an eval.

use std::collections::BTreeSet;
use std::fmt;

use super::format;
use super::markdown;
use super::sample_result::SampleResult;
use super::summary::Summary;
use super::svg;

/// The results of an eval. It displays as a table for the terminal.
///
/// Models are in the order in which they were given, results in the order of models, cases and samples. The texts of a
/// report do not depend on the order in which the samples ended, nor on whether they were read from a journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    name: String,
    models: Vec<String>,
    cases: usize,
    repeat: u32,
    results: Vec<SampleResult>,
    shows_latency: bool,
}

/// The results of one model, or of one model for the cases with a tag.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// The name of the model.
    pub model: String,
    /// The tag; `None` for all cases.
    pub tag: Option<String>,
    /// The figures.
    pub summary: Summary,
}

/// The samples of one case and one model.
pub(super) struct CaseResult<'a> {
    pub(super) case_id: &'a str,
    pub(super) model: &'a str,
    pub(super) summary: Summary,
    /// The sample with the lowest score.
    pub(super) worst: &'a SampleResult,
}

impl Report {
    pub(super) fn new(
        name: String,
        models: Vec<String>,
        cases: usize,
        repeat: u32,
        results: Vec<SampleResult>,
    ) -> Self {
        Self { name, models, cases, repeat, results, shows_latency: true }
    }

    /// Leaves latencies out of all texts, so that they can be compared with a file.
    #[must_use]
    pub fn without_latency(mut self) -> Self {
        self.shows_latency = false;
        self
    }

    /// Returns the name of the eval.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the results of all samples.
    pub fn results(&self) -> &[SampleResult] {
        &self.results
    }

    /// Returns the results that did not reach the score to pass.
    pub fn failures(&self) -> impl Iterator<Item = &SampleResult> {
        self.results.iter().filter(|result| !result.verdict.is_passed() && !result.verdict.is_error())
    }

    /// Returns the results that ended with an error.
    pub fn errors(&self) -> impl Iterator<Item = &SampleResult> {
        self.results.iter().filter(|result| result.verdict.is_error())
    }

    /// Returns the figures of all samples together.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.results)
    }

    /// Returns the figures of a model; `None` if the eval did not have it.
    pub fn model(&self, name: &str) -> Option<Summary> {
        let is_there = self.models.iter().any(|model| model == name);
        is_there.then(|| Summary::of(self.results.iter().filter(|result| result.model == name)))
    }

    /// Returns the figures of each model.
    pub fn models(&self) -> Vec<Group> {
        self.models.iter().map(|model| self.group(model, None)).collect()
    }

    /// Returns the figures of each tag and model. Tags are in alphabetical order.
    pub fn tags(&self) -> Vec<Group> {
        let tags: BTreeSet<&String> = self.results.iter().flat_map(|result| &result.tags).collect();
        let groups = |tag: &String| self.models.iter().map(|model| self.group(model, Some(tag))).collect::<Vec<_>>();
        tags.into_iter().flat_map(groups).collect()
    }

    fn group(&self, model: &str, tag: Option<&String>) -> Group {
        let is_of = |result: &&SampleResult| result.model == model && tag.is_none_or(|tag| result.tags.contains(tag));
        let summary = Summary::of(self.results.iter().filter(is_of));
        Group { model: model.to_owned(), tag: tag.cloned(), summary }
    }

    /// Returns the report as Markdown: figures for each model and tag, the worst cases with their reasons, and errors.
    ///
    /// Texts of models and tools are escaped and cut.
    pub fn to_markdown(&self) -> String {
        markdown::document(self)
    }

    /// Returns a bar chart of the pass rates as SVG, with their 95 % intervals: for each model, and for each tag and
    /// model.
    ///
    /// It is readable on light and dark pages, and has a title and a description for screen readers.
    pub fn to_svg(&self) -> String {
        svg::chart(self)
    }

    /// Asserts that each model passes at least this share of its samples, and that no sample ended with an error.
    ///
    /// # Panics
    /// If a model has a lower pass rate or an error. The message contains the report.
    #[track_caller]
    pub fn assert_pass_rate(&self, rate: f64) {
        let is_good = |group: &Group| {
            group.summary.errors() == 0 && group.summary.pass_rate().is_some_and(|passed| passed >= rate)
        };
        if let Some(group) = self.models().iter().find(|group| !is_good(group)) {
            panic!(
                "{} has a pass rate of {} and {} in eval `{}`, expected at least {} and no errors\n\n{self}",
                group.model,
                group.summary.pass_rate().map_or("–".to_owned(), format::percent),
                format::counted(group.summary.errors(), "error"),
                self.name,
                format::percent(rate),
            );
        }
    }

    pub(super) fn shows_latency(&self) -> bool {
        self.shows_latency
    }

    /// Returns the number of cases, of models, and of samples of each.
    pub(super) fn size(&self) -> (usize, usize, u32) {
        (self.cases, self.models.len(), self.repeat)
    }

    /// Returns the cases with a failed sample, the worst first.
    pub(super) fn worst(&self) -> Vec<CaseResult<'_>> {
        let samples = self.results.chunk_by(|one, other| one.model == other.model && one.case_id == other.case_id);
        let mut cases: Vec<CaseResult<'_>> = samples
            .filter_map(|samples| {
                let score = |result: &SampleResult| result.verdict.score().map(super::score::Score::value);
                let failed = samples.iter().filter(|result| !result.verdict.is_error() && !result.verdict.is_passed());
                let worst = failed.min_by(|one, other| score(one).partial_cmp(&score(other)).expect("finite"))?;
                let summary = Summary::of(samples);
                Some(CaseResult { case_id: &worst.case_id, model: &worst.model, summary, worst })
            })
            .collect();
        // The sort is stable: cases with the same score stay in order.
        cases.sort_by(|one, other| {
            one.summary.mean_score().partial_cmp(&other.summary.mean_score()).expect("scores are finite")
        });
        cases
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&markdown::text(self))
    }
}
