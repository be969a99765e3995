//! [`Usage`]: the tokens of a response, or of several responses.

mod common;
mod sum;
mod usage;

pub use usage::Usage;
