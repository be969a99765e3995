//! The part of the driver that takes messages and changes from the inbox.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::driver::LoopDriver;
use super::inbox::{Change, Inbox, InboxItem};
use super::journal::{ChangeRecord, InboxRecord, JournaledRun, StepKind, Worked};
use super::machine::{EndReason, Input, Next};
use super::tool_table::ToolTable;
use crate::error::{Error, Result};
use crate::task::BoxFuture;
use crate::tool::{BuiltinTool, IntoTools, StepId, ToolEntry, Toolset};

impl LoopDriver<'_, '_> {
    /// Takes the contents of the inbox. After the end of the loop, they stay in it for the next one.
    pub(super) async fn receive(&mut self) -> Result<()> {
        let Some(inbox) = self.setup.inbox.clone() else { return Ok(()) };
        if let Some(journal) = self.journal.clone() {
            return self.receive_recorded(&inbox, &journal).await;
        }
        while self.chat.state.takes_messages()
            && let Some(item) = inbox.take()
        {
            match item {
                InboxItem::Message(prompt) => self.apply(Input::Message(prompt)).await?,
                InboxItem::Change(change) => self.change(&change).await?,
            }
        }
        Ok(())
    }

    /// Takes the contents of the inbox as a step of the journal, before a request or at the end.
    async fn receive_recorded(&mut self, inbox: &Inbox, journal: &JournaledRun<'_>) -> Result<()> {
        if matches!(self.chat.state.decide(), Next::Request(_) | Next::Compact(_) | Next::Done(_)) {
            // In the order of the calls, because they can finish in another order in each life.
            let mut changes = std::mem::take(&mut self.changes);
            changes.sort_by_key(|(call, _)| *call);
            for (_, change) in changes {
                self.change(&change).await?;
            }
        }
        let takes_messages = matches!(self.chat.state.decide(), Next::Request(_) | Next::Done(EndReason::Finished));
        if self.is_open || !takes_messages {
            return Ok(());
        }
        let step = StepId::inbox(self.chat.state.requests() + 1);
        let draft = self.draft();
        let work = move || -> BoxFuture<'_, Result<Worked<InboxRecord>>> {
            Box::pin(async move { Ok(Worked::new(take_for_record(inbox, draft)?)) })
        };
        let recorded = journal.step(step, StepKind::Inbox, work).await?;
        let InboxRecord { messages, changes } = recorded.value;
        let changes = changes.into_iter().map(|change| self.recall(inbox, journal, change));
        let changes: Vec<Change> = changes.collect::<Result<_>>()?;
        if let Some(error) = recorded.not_stored {
            let items = messages.into_iter().map(InboxItem::Message);
            inbox.put_back(items.chain(changes.into_iter().map(InboxItem::Change)).collect());
            return Err(error);
        }
        for prompt in messages {
            self.apply(Input::Message(prompt)).await?;
        }
        for change in changes {
            self.change(&change).await?;
        }
        Ok(())
    }

    /// Returns a recorder for the changes that tool calls put into the inbox. Only a journal records them.
    pub(super) fn change_recorder(&self) -> Option<Arc<ChangeRecorder>> {
        let inbox = self.setup.inbox.clone().filter(|_| self.journal.is_some())?;
        Some(Arc::new(ChangeRecorder { inbox, draft: Mutex::new(self.draft()) }))
    }

    fn draft(&self) -> Draft {
        Draft { table: self.chat.tools.clone(), is_inline: self.chat.changes_inline(Some(&self.requests().model)) }
    }

    /// Keeps a recorded change of a call until no call is running. The recorder is that of this life, if the call was
    /// recorded in another one.
    pub(super) fn recall_of_call(
        &mut self,
        call: usize,
        record: ChangeRecord,
        recorder: Option<&ChangeRecorder>,
    ) -> Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        let Some(inbox) = &self.setup.inbox else { return Err(has_no_inbox(journal.run_id())) };
        let change = self.recall(inbox, journal, record)?;
        if let Some(recorder) = recorder {
            recorder.draft().apply(&change)?;
        }
        self.changes.push((call, change));
        Ok(())
    }

    /// Returns a recorded change. The record does not contain functions.
    fn recall(&self, inbox: &Inbox, journal: &JournaledRun<'_>, record: ChangeRecord) -> Result<Change> {
        let tools = match record {
            ChangeRecord::AddTools(tools) => tools,
            ChangeRecord::RemoveTools(names) => return Ok(Change::RemoveTools(names)),
            ChangeRecord::SetEffort(effort) => return Ok(Change::SetEffort(effort)),
        };
        let mut added = Toolset::default();
        for tool in tools {
            let definition = &tool.definition;
            let known = || self.chat.tools.find(definition).filter(|tool| tool.has_function()).map(ToolEntry::alone);
            let known = inbox.find_tool(definition).or_else(known);
            added = added.with(match known {
                Some(known) => known,
                None if !tool.has_function => BuiltinTool::raw(definition.clone()).into_tools(),
                None => return Err(has_no_function(journal.run_id(), tool.name())),
            });
        }
        Ok(Change::AddTools(added))
    }

    /// Changes the tools or the effort of the following requests.
    async fn change(&mut self, change: &Change) -> Result<()> {
        let model = self.requests().model.clone();
        let is_inline = self.chat.change(change, Some(&model))?;
        if !is_inline && let Change::SetEffort(effort) = change {
            Arc::make_mut(&mut self.setup.request).effort = Some(effort.clone());
            self.pin();
        }
        self.remeasure()?;
        self.report_changes().await;
        Ok(())
    }
}

/// The tools after changes that the conversation does not contain yet.
struct Draft {
    table: ToolTable,
    is_inline: bool,
}

impl Draft {
    fn apply(&mut self, change: &Change) -> Result<()> {
        if self.is_inline { self.table.change(change).map(drop) } else { self.table.redeclare(change).map(drop) }
    }
}

/// Records the changes that the calls of one response put into the inbox. They are part of the record of a call: a call
/// that is replayed does not run, so it cannot change anything.
pub(super) struct ChangeRecorder {
    inbox: Inbox,
    draft: Mutex<Draft>,
}

impl ChangeRecorder {
    /// Takes the changes from the inbox. A change that is not possible stays, and ends the loop.
    pub(super) fn take(&self) -> Vec<ChangeRecord> {
        let mut taken = Vec::new();
        let mut draft = self.draft();
        self.inbox.take_changes(|change| {
            let is_possible = draft.apply(change).is_ok();
            taken.extend(is_possible.then(|| ChangeRecord::of(change)));
            is_possible
        });
        taken
    }

    fn draft(&self) -> MutexGuard<'_, Draft> {
        self.draft.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the contents of the inbox. A change that is not possible is discarded and not recorded: each replay would fail
/// because of it.
fn take_for_record(inbox: &Inbox, mut draft: Draft) -> Result<InboxRecord> {
    let mut record = InboxRecord::default();
    let mut taken = Vec::new();
    while let Some(item) = inbox.take() {
        match &item {
            InboxItem::Message(prompt) => record.messages.push(prompt.clone()),
            InboxItem::Change(change) => {
                if let Err(error) = draft.apply(change) {
                    inbox.put_back(taken);
                    return Err(error);
                }
                record.changes.push(ChangeRecord::of(change));
            }
        }
        taken.push(item);
    }
    Ok(record)
}

#[cold]
fn has_no_function(run: &str, tool: &str) -> Error {
    Error::misuse(format!(
        "the run `{run}` has added the tool `{tool}`, whose function is not known in this process: call \
         `provide_tools(..)` on the inbox, then run it again"
    ))
}

#[cold]
fn has_no_inbox(run: &str) -> Error {
    Error::misuse(format!(
        "a call of the run `{run}` has changed the tools through an inbox: give the loop an inbox by `.inbox(..)`, then \
         run it again"
    ))
}
