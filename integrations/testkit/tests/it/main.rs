//! Tests of the package through its public API.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, unreachable_pub)]

mod agent;
mod cassette;
mod eval;
mod snapshot;
