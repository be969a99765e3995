//! [`RemoteCall::run`]: runs a tool call in the process that has received it.

use std::time::Duration;

use super::call::{JournalCall, interrupted, too_late};
use super::call_record::CallRecord;
use super::journal::Journal;
use super::record::{Record, new_life, now};
use super::remote_call::RemoteCall;
use crate::chat::clock::after;
use crate::error::{Error, Result};
use crate::task::BoxFuture;
use crate::tool::{Tool, ToolContext, ToolOutcome, Toolset};

impl RemoteCall {
    /// Runs the call with these tools, and returns the record of its outcome. Its steps are stored in `journal`.
    ///
    /// # Errors
    /// Returns the error of a step, or an error of the journal. If the loop has the tool and this set does not, the call
    /// does not run, and nothing is stored.
    pub fn run<'a, J: Journal + ?Sized>(
        &'a self,
        journal: &'a J,
        tools: &'a Toolset,
        cx: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Record>> {
        let tool = tools.get(self.call.name());
        if tool.is_none() && self.is_offered {
            let missing = self.missing_tool();
            return Box::pin(async move { Err(missing) });
        }
        let annotations = tool.map(Tool::annotations).unwrap_or_default();
        let life = new_life();
        let record = {
            let life = life.clone();
            move |may_run: bool| -> BoxFuture<'a, Result<Record>> {
                Box::pin(async move {
                    let record = if may_run {
                        CallRecord::of(self.outcome(tools, cx).await, cx)
                    } else {
                        CallRecord::not_run(interrupted(&self.call))
                    };
                    Ok(Record::of(&record.into_parts(life)))
                })
            }
        };
        JournalCall::new(life, self.clone(), &self.call, annotations, record).run(journal)
    }

    #[cold]
    fn missing_tool(&self) -> Error {
        Error::journal(format!(
            "the step `{}` of run `{}` calls the tool `{}`, which this process does not have: run the call with the same \
             tools as the loop",
            self.step,
            self.run_id,
            self.call.name()
        ))
    }

    async fn outcome(&self, tools: &Toolset, cx: &ToolContext) -> ToolOutcome {
        let left = self.deadline.map(|deadline| Duration::from_micros(deadline.saturating_sub(now())));
        if left == Some(Duration::ZERO) {
            return too_late(&self.call);
        }
        let deadline = after(left);
        tools.run_within(self.call.clone(), cx, self.timeout, deadline).await
    }
}
