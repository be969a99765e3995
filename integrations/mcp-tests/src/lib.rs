//! Helpers for the tests in this package: an HTTP server with faults, scratch folders, processes, and peers.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "helpers of tests")]

mod background;
mod calls;
mod folder;
mod http_server;
mod peers;
mod process;

pub use background::{Background, free_port};
pub use calls::{call, call_with, own_names};
pub use folder::Folder;
pub use http_server::{HttpFault, HttpRequest, HttpServer};
pub use peers::{Peers, scratch_home};
pub use process::{is_running, wait_until};
