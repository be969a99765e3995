//! Tests of runs, chats and files in one process.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod agents;
mod chats;
mod faults;
mod files;
mod runs;
mod support;
