//! Record and replay, snapshots and evals.
pub mod eval;
