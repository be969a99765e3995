//! Tests of the router over real HTTP.

#![allow(clippy::unwrap_used)]

mod access;
mod approvals;
mod runs;
mod shutdown;
mod support;
