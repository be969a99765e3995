//! Tests of the package through its public API.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, unreachable_pub)]

mod bodies;
mod credentials;
mod environment;
mod errors;
mod loops;
mod peers;
mod process;
mod servers;
mod support;
