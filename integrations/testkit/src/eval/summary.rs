//! [`Summary`]: the figures of several samples.

use std::time::Duration;

use claudette::catalog::Spent;

use super::sample_result::{SampleResult, Verdict};

/// The figures of several samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    passed: u64,
    failed: u64,
    errors: u64,
    scores: f64,
    spent: Spent,
    judge_spent: Spent,
    /// In ascending order.
    latencies: Vec<Duration>,
}

/// The number of standard deviations of a 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

impl Summary {
    pub(super) fn of<'a>(results: impl IntoIterator<Item = &'a SampleResult>) -> Self {
        let mut summary = Self {
            passed: 0,
            failed: 0,
            errors: 0,
            scores: 0.0,
            spent: Spent::default(),
            judge_spent: Spent::default(),
            latencies: Vec::new(),
        };
        for result in results {
            match &result.verdict {
                Verdict::Passed(_) => summary.passed += 1,
                Verdict::Failed(_) => summary.failed += 1,
                Verdict::Error(_) => summary.errors += 1,
            }
            if let Some(score) = result.verdict.score() {
                summary.scores += score.value();
                summary.latencies.push(result.latency);
            }
            summary.spent += &result.spent;
            summary.judge_spent += &result.judge_spent;
        }
        summary.latencies.sort_unstable();
        summary
    }

    /// Returns the number of samples.
    pub fn samples(&self) -> u64 {
        self.judged() + self.errors
    }

    /// Returns the number of samples without an error.
    pub(super) fn judged(&self) -> u64 {
        self.passed + self.failed
    }

    /// Returns the number of samples that have passed.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// Returns the number of samples that have failed.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Returns the number of samples that ended with an error.
    pub fn errors(&self) -> u64 {
        self.errors
    }

    /// Returns the share of the samples that have passed, without those that ended with an error; `None` if all did.
    pub fn pass_rate(&self) -> Option<f64> {
        (self.judged() > 0).then(|| self.passed as f64 / self.judged() as f64)
    }

    /// Returns the 95 % interval of the [pass rate](Self::pass_rate) (Wilson's score interval).
    ///
    /// It assumes that the samples are independent. Several samples of one case are not, so the interval is then too
    /// narrow.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let (n, rate) = (self.judged() as f64, self.pass_rate()?);
        let spread = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
        let (center, scale) = (rate + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
        Some((((center - spread) / scale).max(0.0), ((center + spread) / scale).min(1.0)))
    }

    /// Returns the mean of the scores; `None` if all samples ended with an error.
    pub fn mean_score(&self) -> Option<f64> {
        (self.judged() > 0).then(|| self.scores / self.judged() as f64)
    }

    /// Returns the usage and cost of the program, without the judge.
    pub fn spent(&self) -> &Spent {
        &self.spent
    }

    /// Returns the usage and cost of the judge.
    pub fn judge_spent(&self) -> &Spent {
        &self.judge_spent
    }

    /// Returns a percentile of the latencies, from 0 to 100: the latency that this share of the samples does not exceed.
    /// Samples that ended with an error do not count.
    pub fn latency(&self, percentile: f64) -> Option<Duration> {
        let rank = (percentile.clamp(0.0, 100.0) / 100.0 * self.latencies.len() as f64).ceil();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the length")]
        self.latencies.get((rank as usize).saturating_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn summary(passed: u64, failed: u64, latencies: &[u64]) -> Summary {
        let mut summary = Summary::of([]);
        (summary.passed, summary.failed) = (passed, failed);
        summary.latencies = latencies.iter().map(|ms| Duration::from_millis(*ms)).collect();
        summary
    }

    #[test]
    fn intervals_are_those_of_the_literature() {
        // Newcombe (1998), Statistics in Medicine 17, table I, method 3.
        for (passed, all, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let interval = summary(passed, all - passed, &[]).interval().unwrap();
            assert!((interval.0 - low).abs() < 0.00006 && (interval.1 - high).abs() < 0.00006, "{interval:?}");
        }
        assert_eq!(summary(0, 0, &[]).interval(), None);
    }

    #[test]
    fn percentiles_are_latencies_that_were_measured() {
        let hundred: Vec<u64> = (1..=100).collect();
        let latency = |values: &[u64], percentile| summary(0, 0, values).latency(percentile).map(|d| d.as_millis());
        assert_eq!([50.0, 90.0, 99.0, 100.0].map(|p| latency(&hundred, p)), [50, 90, 99, 100].map(Some));
        assert_eq!([0.0, 50.0, 99.0].map(|p| latency(&[7], p)), [Some(7); 3]);
        assert_eq!(latency(&[], 50.0), None);
    }

    proptest! {
        #[test]
        fn the_interval_contains_the_rate(passed in 0u64..500, failed in 0u64..500) {
            let summary = summary(passed, failed, &[]);
            let Some(((low, high), rate)) = summary.interval().zip(summary.pass_rate()) else { return Ok(()) };
            prop_assert!(0.0 <= low && low <= rate + 1e-12 && rate <= high + 1e-12 && high <= 1.0, "{low} {rate} {high}");
        }
    }
}
