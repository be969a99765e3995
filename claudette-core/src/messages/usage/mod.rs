//! [`Usage`]: the tokens of a response, and their sums.

mod sum;
#[expect(clippy::module_inception, reason = "the file of its type")]
mod usage;

pub use usage::Usage;
