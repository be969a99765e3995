//! What several tests share.

pub mod polls;
pub mod process;
