//! Evals.

mod basics;
mod errors;
mod journals;
mod memory;
mod resume;
mod texts;
