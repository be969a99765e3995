//! The texts of the terminal: those of the model, of tools and of servers, cleaned, styled and wrapped.
//!
//! Everything here takes values and returns text. Lines end with `\n`; the caller prints them.

mod agent;
mod approval;
mod clean;
mod look;
mod markdown;
mod spinner;
mod table;
mod theme;
mod thinking;
mod tool;
mod usage;
mod width;
mod wrap;

pub(crate) use self::agent::{agent_call, agent_event, unfold};
pub(crate) use self::approval::{approval, approval_in_full};
pub(crate) use self::clean::{Cleaner, clean, clean_line};
pub(crate) use self::markdown::MarkdownStream;
pub(crate) use self::spinner::{SPINNER_TICK, spinner_style};
pub(crate) use self::table::table;
pub(crate) use self::theme::{ColorChoice, Role, Theme};
pub(crate) use self::thinking::{ThinkingStream, thought_line};
pub(crate) use self::tool::{tool_details, tool_line};
pub(crate) use self::usage::{duration, usage_line};
