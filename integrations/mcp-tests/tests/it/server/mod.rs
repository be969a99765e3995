//! The server, driven by a plain rmcp client.

mod agent;
mod calls;
mod client;
mod extras;
mod listing;
mod process;
mod web;
