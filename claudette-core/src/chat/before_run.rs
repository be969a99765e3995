//! [`BeforeRun`]: a chat before a run with a journal.

use super::machine::ChatState;
use super::tool_table::ToolTable;
use crate::messages::Effort;

/// The parts of a chat that a run can change, as they were before a run with a journal. The next life of the run begins
/// with them, because its journal repeats the changes.
pub(super) struct BeforeRun {
    pub(super) state: ChatState,
    pub(super) tools: ToolTable,
    /// The effort in the options, which changes in the same cases.
    pub(super) effort: Option<Effort>,
}
