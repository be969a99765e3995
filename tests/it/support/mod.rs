//! Helpers that several tests share.

pub mod files;
pub mod http_response;
pub mod identity;
pub mod polls;
pub mod process;
pub mod texts;
