//! [`Turn`]: a prompt of the user and the answer to it, as the page shows them.

use claudette::wire::Role;
use claudette::{Message, ToolUse};
use serde_json::Value;
use std::collections::HashSet;

use crate::protocol::{
    Spending, UiMessage, UiOptions, UiPart, UiRole, assistant_parts, has_prompt, prompts_of, user_parts,
};

/// A prompt of the user and the answer to it.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) user_id: String,
    pub(super) answer_id: String,
    /// The number of messages in the history before the answer: the answer begins after the prompt.
    pub(super) start: usize,
    /// `true` if the prompt is a part of the message before `start`, which also has the results of interrupted calls.
    pub(super) is_joined: bool,
    /// The parts of the prompt, until the history has them. It never gets them if there was no response.
    pub(super) prompt: Option<Vec<UiPart>>,
    pub(super) spending: Option<Spending>,
    pub(super) metadata: Option<Value>,
}

impl Turn {
    /// Returns a turn whose prompt is about to be sent.
    pub(super) fn new(user_id: String, answer_id: String, history: &[Message], prompt: Vec<UiPart>) -> Self {
        Self {
            user_id,
            answer_id,
            start: history.len(),
            is_joined: history.last().is_some_and(|last| *last.role() == Role::User),
            prompt: Some(prompt),
            spending: None,
            metadata: None,
        }
    }

    /// Returns the turns of a stored history. Their ids depend on their places.
    pub(super) fn restore(history: &[Message]) -> Vec<Self> {
        let turns = prompts_of(history).enumerate().map(|(place, index)| {
            let has_results = history[index].content().iter().any(|block| block.as_tool_result().is_some());
            Self {
                user_id: format!("u{place}"),
                answer_id: format!("a{place}"),
                start: if has_results { index + 1 } else { index },
                is_joined: has_results,
                prompt: None,
                spending: None,
                metadata: None,
            }
        });
        turns.collect()
    }

    /// Returns the index of the message with the prompt.
    pub(super) fn prompt_index(&self) -> usize {
        self.start - usize::from(self.is_joined)
    }

    /// Returns `true` if the history contains the prompt.
    pub(super) fn is_stored(&self, history: &[Message]) -> bool {
        history.get(self.prompt_index()).is_some_and(has_prompt)
    }

    fn user_message(&self, history: &[Message]) -> UiMessage {
        let stored = || history.get(self.prompt_index()).map(|message| user_parts(message.content()));
        let parts = self.prompt.clone().or_else(stored).unwrap_or_default();
        UiMessage { id: self.user_id.clone(), role: UiRole::User, metadata: None, parts }
    }

    fn answer(&self, parts: Vec<UiPart>) -> Option<UiMessage> {
        let metadata = self.metadata.clone();
        let message = UiMessage { id: self.answer_id.clone(), role: UiRole::Assistant, metadata, parts };
        (!message.parts.is_empty()).then_some(message)
    }
}

/// Returns the messages that a page shows. While the last answer is being written, it is left out.
pub(super) fn messages(
    turns: &[Turn],
    history: &[Message],
    pending: &[ToolUse],
    denied: &HashSet<String>,
    options: &UiOptions,
    is_running: bool,
) -> Vec<UiMessage> {
    let mut messages = Vec::new();
    for (place, turn) in turns.iter().enumerate() {
        messages.push(turn.user_message(history));
        if !(is_running && place + 1 == turns.len()) {
            messages.extend(turn.answer(parts_of(turns, place, history, pending, denied, options)));
        }
    }
    messages
}

/// Returns the parts of the answer of a turn.
pub(super) fn parts_of(
    turns: &[Turn],
    place: usize,
    history: &[Message],
    pending: &[ToolUse],
    denied: &HashSet<String>,
    options: &UiOptions,
) -> Vec<UiPart> {
    let end = turns.get(place + 1).map_or(history.len(), |next| next.start.min(history.len()));
    let range = turns[place].start.min(end)..end;
    assistant_parts(&history[range], pending, denied, options)
}
