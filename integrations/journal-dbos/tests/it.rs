//! Runs of one process: replay, errors, approvals, and what goes wrong.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "tests")]

#[path = "it/approvals.rs"]
mod approvals;
#[path = "it/bad_input.rs"]
mod bad_input;
#[path = "it/errors.rs"]
mod errors;
#[path = "it/lives.rs"]
mod lives;
#[path = "it/places.rs"]
mod places;
mod support;
#[path = "it/world.rs"]
mod world;
