//! Integration tests.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod eval;
