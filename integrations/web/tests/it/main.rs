//! Tests of the protocol, and of the router over real HTTP.

#![allow(clippy::unwrap_used)]

mod access;
mod agents;
mod approvals;
mod context;
mod context_properties;
mod load;
mod protocol;
mod runs;
mod shutdown;
#[cfg(feature = "sqlite")]
mod sqlite;
mod support;
mod validator;
