//! The integration tests: one binary, because each further one links the HTTP and TLS libraries again.
//!
//! `cargo test --test it chat::history` runs one file. A test that needs a process to itself is a binary of its own
//! beside this folder, and its first line says why.

mod api;
mod architecture;
mod chat;
mod client;
mod docs;
mod media;
mod messages;
mod model_texts;
mod send;
mod structured;
mod support;
mod tool;
