//! [`Cost`]: the cost of usage.

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// The cost of usage in US dollars, by kind of usage.
///
/// ```
/// use claudette::catalog::Cost;
/// use claudette::Usage;
///
/// let usage: Usage = serde_json::from_str(r#"{"input_tokens":2180,"output_tokens":204}"#)?;
/// let cost = Cost::of("claude-sonnet-4-5", &usage).unwrap();
/// assert_eq!(format!("{:.6}", cost.total()), "0.009600");
/// assert!(Cost::of("some-other-model", &usage).is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cost {
    /// Input tokens that do not use the prompt cache.
    pub input: f64,
    /// Output tokens.
    pub output: f64,
    /// Tokens that are written to the prompt cache or read from it.
    pub cache: f64,
    /// Web searches.
    pub server_tools: f64,
}

impl Cost {
    /// Returns the sum of all parts.
    pub fn total(&self) -> f64 {
        self.input + self.output + self.cache + self.server_tools
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache += other.cache;
        self.server_tools += other.server_tools;
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}
