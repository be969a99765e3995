//! The messages of a chat, and the code that keeps them valid.

mod call_ids;
mod compact;
mod enter;
mod history;
mod repair;
mod size;
mod trim;

pub(super) use self::call_ids::Assigner;
pub(super) use self::enter::{Entered, Summary};
pub use self::history::History;
pub(super) use self::trim::{TrimRules, Trimmed};
