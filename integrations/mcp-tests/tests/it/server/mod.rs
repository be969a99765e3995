//! The server, driven by a plain rmcp client.

mod calls;
mod client;
mod listing;
mod process;
mod web;
