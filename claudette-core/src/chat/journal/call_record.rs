//! [`CallRecord`]: the stored result of a tool call.

use super::inbox_record::ChangeRecord;
use super::record::Parts;
use crate::catalog::Spent;
use crate::chat::machine::ChatState;
use crate::tool::{Amount, ToolContext, ToolOutcome};

/// The stored result of a tool call: its outcome, and what the call has done beside it.
pub(in crate::chat) struct CallRecord {
    pub(in crate::chat) outcome: ToolOutcome,
    /// The changes that the call has put into the inbox of the loop.
    pub(in crate::chat) changes: Vec<ChangeRecord>,
    /// The amount that the call has used of the budget of the run, if there is one.
    pub(in crate::chat) used: Option<Amount>,
    /// The usage and cost of the requests since the call continues, if it was suspended before.
    pub(in crate::chat) own: Option<Box<Spent>>,
}

impl CallRecord {
    /// Returns the record of a call that has run in this context.
    pub(in crate::chat) fn of(outcome: ToolOutcome, cx: &ToolContext) -> Self {
        let own = cx.spent_since_resumed().map(Box::new);
        Self { outcome, changes: Vec::new(), used: None, own }
    }

    /// Returns the record of a call that did not run.
    pub(super) fn not_run(outcome: ToolOutcome) -> Self {
        Self { outcome, changes: Vec::new(), used: None, own: None }
    }

    /// Returns the parts of a result that exists now.
    pub(super) fn into_parts(self, life: String) -> Parts<ToolOutcome> {
        let Self { outcome, changes, used, own } = self;
        let inner = outcome.suspended::<ChatState>().cloned().map(Box::new);
        Parts { changes, used, own, inner, ..Parts::now(Some(life), outcome) }
    }
}
