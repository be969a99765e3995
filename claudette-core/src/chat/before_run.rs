//! [`BeforeRun`]: a chat before a run with a journal.

use super::machine::ChatState;
use crate::messages::Effort;
use crate::tool::Toolset;

/// The parts of a chat that a run can change, as they were before a run with a journal. The next life of the run begins
/// with them, because its journal repeats the changes.
pub(super) struct BeforeRun {
    pub(super) state: ChatState,
    /// The tools before the changes of the conversation. They change before the first request, and with some models later
    /// as well.
    pub(super) tools: Toolset,
    /// The effort in the options, which changes in the same cases.
    pub(super) effort: Option<Effort>,
}
