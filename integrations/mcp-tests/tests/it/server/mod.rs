//! The server, driven by a plain rmcp client.

mod agent;
mod calls;
mod client;
mod listing;
mod process;
mod web;
