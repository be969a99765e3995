//! Tests against servers on the loopback interface: Google's token endpoints and metadata server, and the hosts of Claude.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod environment;
mod kinds;
mod requests;
mod support;
mod tokens;
