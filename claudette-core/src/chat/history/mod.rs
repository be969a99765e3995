//! The messages of a chat, and what keeps them valid.

mod call_ids;
mod enter;
#[expect(clippy::module_inception, reason = "the room is named after its main type")]
mod history;
mod repair;
mod size;

pub(super) use self::call_ids::Assigner;
pub use self::history::History;
