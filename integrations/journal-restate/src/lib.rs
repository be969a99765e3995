#![doc = include_str!("../README.md")]

mod approvals;
mod calls;
mod context;
mod error;
mod journal;
mod steady;
mod text;
mod tool_call;
mod turns;

pub use self::approvals::{Approvals, Decision, Waiting};
pub use self::context::HandlerContext;
pub use self::journal::Journal;
pub use self::tool_call::{ToolCall, ToolRecord};
