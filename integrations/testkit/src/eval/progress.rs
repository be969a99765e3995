//! [`Progress`]: the progress bar of an eval.

use claudette::catalog::Spent;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::format::{counted, dollars};
use super::sample_result::{SampleResult, Verdict};

/// A progress bar on standard error, if it is a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    failed: u64,
    errors: u64,
    spent: Spent,
}

impl Progress {
    pub(super) fn new(samples: usize, shows: bool) -> Self {
        let target = if shows { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(samples as u64), target);
        let style = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len}, {msg}, {eta} left");
        bar.set_style(style.expect("the template is valid"));
        bar.set_message("0 failed");
        Self { bar, failed: 0, errors: 0, spent: Spent::default() }
    }

    /// Counts a sample that has ended.
    pub(super) fn note(&mut self, result: &SampleResult) {
        match result.verdict() {
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Error(_) => self.errors += 1,
            Verdict::Passed(_) => {}
        }
        self.spent += result.spent();
        self.spent += result.judge_spent();
        let (failed, errors) = (self.failed, counted(self.errors, "error"));
        let cost = dollars(self.spent.cost.map(|cost| cost.total()), 2);
        self.bar.set_message(format!("{failed} failed, {errors}, {cost}"));
        self.bar.inc(1);
    }
}

/// Removes the bar, also if the eval is dropped.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
