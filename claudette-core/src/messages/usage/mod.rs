//! [`Usage`]: the tokens of a response, or of several responses.

mod common;
mod iteration;
mod sum;
mod usage;

pub use iteration::{Iteration, IterationKind};
pub use usage::Usage;
