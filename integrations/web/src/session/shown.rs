//! [`Shown`]: a conversation as pages see it.

use std::collections::HashSet;

use claudette::chat::ContextChange;
use claudette::{ContentBlock, Event, Message, Response};

use crate::protocol::{Seen, UiOptions, Waiting};

/// A conversation as pages see it. It grows by the events of runs, so it also has the messages that the chat has replaced
/// by a summary or removed.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) messages: Vec<Message>,
    /// The calls that waited for a decision before the run.
    pub(super) pending: Vec<Waiting>,
    /// The changes that made the conversation smaller, each with the number of messages before it.
    pub(super) changes: Vec<(usize, ContextChange)>,
    /// `true` if the conversation was ever made smaller: the chat may no longer have all messages.
    pub(super) was_changed: bool,
    /// `true` if the run has had a response. Then the chat has the prompt as well.
    pub(super) has_response: bool,
}

impl Shown {
    /// Begins with the history of a chat.
    pub(super) fn new(history: &[Message]) -> Self {
        Self {
            messages: history.to_vec(),
            pending: Vec::new(),
            changes: Vec::new(),
            was_changed: false,
            has_response: false,
        }
    }

    /// A run begins, with a prompt or with decisions on the calls that wait.
    pub(super) fn begin(&mut self, prompt: Option<&[ContentBlock]>, pending: Vec<Waiting>) {
        self.messages.extend(prompt.map(|content| Message::user(content.to_vec())));
        (self.pending, self.has_response) = (pending, false);
    }

    /// Adds what an event adds to the conversation.
    pub(super) fn observe(&mut self, event: &Event) {
        match event {
            Event::Response(response) => {
                self.has_response = true;
                self.messages.push(without_summary(response));
            }
            Event::Step(step) if !step.outcomes().is_empty() => {
                let results = step.outcomes().iter().map(|outcome| ContentBlock::ToolResult(outcome.result().clone()));
                self.messages.push(Message::user(results.collect::<Vec<_>>()));
            }
            Event::Context(change) => {
                self.was_changed = true;
                self.changes.push((self.messages.len(), change.clone()));
            }
            _ => {}
        }
    }

    /// Returns what a page sees while these calls wait.
    pub(super) fn seen<'s>(
        &'s self,
        pending: &'s [Waiting],
        denied: &'s HashSet<String>,
        options: &'s UiOptions,
    ) -> Seen<'s> {
        Seen { messages: &self.messages, pending, changes: &self.changes, denied, options }
    }

    /// Removes the messages from this index on.
    pub(super) fn cut(&mut self, index: usize) {
        self.messages.truncate(index);
        self.changes.retain(|(place, _)| *place <= index);
    }
}

/// The summary in a response is reported by an event of its own.
fn without_summary(response: &Response) -> Message {
    let content = response.content().iter().filter(|block| block.as_compaction().is_none());
    Message::assistant(content.cloned().collect::<Vec<_>>())
}
