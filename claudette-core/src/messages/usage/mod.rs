//! [`Usage`]: the tokens of a response, and their sums.

mod common;
mod sum;
mod usage;

pub use usage::Usage;
