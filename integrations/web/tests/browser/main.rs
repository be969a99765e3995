//! The built-in page and front ends of the AI SDK, in headless Chromium and in Node, against the real router and the mock
//! server. `ui-test/install` installs what they need; a test that lacks something prints one line and passes.
//!
//! The tests also save pictures of the page in `target/screenshots`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::missing_panics_doc)]

mod accessibility;
mod agents;
mod answers;
mod app;
mod approvals;
mod browser;
mod chunks;
mod connection;
mod front_ends;
mod injection;
mod looks;
mod markdown;
mod prompt;
mod proxy;
mod scripted;
