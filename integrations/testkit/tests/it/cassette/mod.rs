//! Cassettes: recorded from a mock server over HTTP, and replayed without one.

mod check_dir;
mod environment;
mod failures;
mod mismatch;
mod others;
mod recorded;
mod replay;
mod secrets;
mod settings;
mod support;
mod vcrpy;
