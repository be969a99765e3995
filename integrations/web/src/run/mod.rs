//! Runs that the server owns: their frames are kept, and any number of readers follow them.

mod ask_hook;
mod drive;
mod live_run;
mod log;
mod reader;

pub(crate) use self::ask_hook::{AskHook, AskPolicy};
pub(crate) use self::drive::{Drive, Prompted};
pub(crate) use self::live_run::{LiveRun, StopReason};
pub(crate) use self::reader::Reader;
