//! Record and replay, snapshots and evals.
