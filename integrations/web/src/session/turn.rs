//! [`Turn`]: a prompt of the user and the answer to it, as the page shows them.

use claudette::Message;
use claudette::wire::Role;
use serde_json::Value;

use crate::protocol::{Seen, Spending, UiMessage, UiPart, UiRole, assistant_parts, has_prompt, prompts_of, user_parts};

/// A prompt of the user and the answer to it.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// The id of the prompt. The first turn of a stored conversation does not have a prompt if a summary replaced it.
    pub(super) user_id: Option<String>,
    pub(super) answer_id: String,
    /// The number of messages in the conversation before the answer: the answer begins after the prompt.
    pub(super) start: usize,
    /// `true` if the prompt is a part of the message before `start`, which also has the results of interrupted calls.
    pub(super) is_joined: bool,
    /// The parts of the prompt, if they cannot be read from the conversation.
    pub(super) prompt: Option<Vec<UiPart>>,
    /// `true` if the chat got the prompt. It does not get a prompt without a response.
    pub(super) is_stored: bool,
    pub(super) spending: Option<Spending>,
    pub(super) metadata: Option<Value>,
}

impl Turn {
    /// Returns a turn whose prompt is about to be sent.
    pub(super) fn new(user_id: String, answer_id: String, messages: &[Message], prompt: Vec<UiPart>) -> Self {
        Self {
            user_id: Some(user_id),
            answer_id,
            start: messages.len(),
            is_joined: messages.last().is_some_and(|last| *last.role() == Role::User),
            prompt: Some(prompt),
            is_stored: false,
            spending: None,
            metadata: None,
        }
    }

    /// Returns the turns of a stored history. Their ids depend on their places.
    pub(super) fn restore(history: &[Message]) -> Vec<Self> {
        let stored = |user_id, answer_id, start, is_joined| Self {
            user_id,
            answer_id,
            start,
            is_joined,
            prompt: None,
            is_stored: true,
            spending: None,
            metadata: None,
        };
        let turns = prompts_of(history).enumerate().map(|(place, index)| {
            let has_results = history[index].content().iter().any(|block| block.as_tool_result().is_some());
            let start = if has_results { index + 1 } else { index };
            stored(Some(format!("u{place}")), format!("a{place}"), start, has_results)
        });
        // A summary can stand in place of the first prompts, also in the middle of an answer.
        let before = history.iter().take_while(|message| !has_prompt(message));
        let is_summarized = before.into_iter().any(|message| *message.role() == Role::Assistant);
        is_summarized.then(|| stored(None, "summary".to_owned(), 0, false)).into_iter().chain(turns).collect()
    }

    /// Returns the index of the message with the prompt.
    pub(super) fn prompt_index(&self) -> usize {
        self.start - usize::from(self.is_joined)
    }

    /// Returns `true` if the history contains the prompt.
    pub(super) fn is_in(&self, history: &[Message]) -> bool {
        history.get(self.prompt_index()).is_some_and(has_prompt)
    }

    fn prompt_parts(&self, messages: &[Message]) -> Vec<UiPart> {
        let stored = || messages.get(self.prompt_index()).map(|message| user_parts(message.content()));
        self.prompt.clone().or_else(stored).unwrap_or_default()
    }

    fn user_message(&self, messages: &[Message]) -> Option<UiMessage> {
        let id = self.user_id.clone()?;
        Some(UiMessage { id, role: UiRole::User, metadata: None, parts: self.prompt_parts(messages) })
    }

    fn answer(&self, parts: Vec<UiPart>) -> Option<UiMessage> {
        let metadata = self.metadata.clone();
        let message = UiMessage { id: self.answer_id.clone(), role: UiRole::Assistant, metadata, parts };
        (!message.parts.is_empty()).then_some(message)
    }
}

/// Returns the messages that a page shows. While the last answer is being written, it is left out.
pub(super) fn messages(turns: &[Turn], seen: &Seen<'_>, is_running: bool) -> Vec<UiMessage> {
    let mut messages = Vec::new();
    for (place, turn) in turns.iter().enumerate() {
        messages.extend(turn.user_message(seen.messages));
        if !(is_running && place + 1 == turns.len()) {
            messages.extend(turn.answer(parts_of(turns, place, seen)));
        }
    }
    messages
}

/// Returns the parts of the answer of a turn.
pub(super) fn parts_of(turns: &[Turn], place: usize, seen: &Seen<'_>) -> Vec<UiPart> {
    let end = turns.get(place + 1).map_or(seen.messages.len(), |next| next.start.min(seen.messages.len()));
    let range = turns[place].start.min(end)..end;
    assistant_parts(seen, range)
}

/// Returns the place of the prompt of a turn in a history that was made smaller, or `None` if it no longer has the prompt.
pub(super) fn place_in(history: &[Message], turns: &[Turn], place: usize, shown: &[Message]) -> Option<usize> {
    let mut stored = turns[place..].iter().filter(|turn| turn.is_stored && turn.user_id.is_some());
    let Some(first) = stored.next() else { return Some(history.len()) };
    let prompts: Vec<usize> = prompts_of(history).collect();
    // What is removed is always older than what is kept, except for the first prompt.
    let index = prompts[prompts.len().checked_sub(stored.count() + 1)?];
    let is_same = user_parts(history[index].content()) == first.prompt_parts(shown);
    (is_same && (index > 0 || place == 0)).then_some(index)
}
