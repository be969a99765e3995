//! The integration tests are one binary, because each further binary links the HTTP and TLS libraries again.
//!
//! `cargo test --test it chat::history` runs one file. A test that cannot share a process is a separate binary beside
//! this folder; its first line gives the reason.

mod api;
mod architecture;
mod chat;
mod client;
mod docs;
mod hosts;
mod media;
mod messages;
mod model_texts;
mod notebook;
mod send;
mod structured;
mod support;
mod testing_hosts;
mod tool;
