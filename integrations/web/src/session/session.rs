//! [`Session`]: one chat of one user, in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claudette::{Approval, Chat, Event};
use serde_json::{Value, json};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::face::Face;
use super::shown::Shown;
use super::turn::{Turn, messages, parts_of, place_in};
use crate::protocol::{
    ApprovalAnswer, Chunk, Seen, Spending, UiAction, UiMessage, UiOptions, UiPrompt, UiRequest, UiStream, Waiting,
    approval_id, replay, usage_json, user_parts,
};
use crate::run::{LiveRun, Prompted};

/// One chat of one user, in memory. Runs hold the lock of the chat.
#[derive(Debug)]
pub(crate) struct Session {
    chat: Arc<AsyncMutex<Chat>>,
    face: Mutex<Face>,
    options: UiOptions,
}

/// A run that can begin.
pub(crate) struct Begun {
    pub(crate) stream: UiStream,
    pub(crate) prompted: Prompted,
    pub(crate) message_id: String,
    /// The chunks of the message before an approval.
    pub(crate) before: Vec<Chunk>,
}

/// The page and the server have different conversations. The text is for the user.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conflict(pub(crate) &'static str);

const OUT_OF_DATE: Conflict = Conflict("This page is out of date. Please reload it.");

const SUMMARIZED: Conflict = Conflict(
    "This message can no longer be changed, because the conversation was made shorter. Please send a new one.",
);

impl Session {
    pub(crate) fn new(chat: Chat, options: UiOptions) -> Self {
        let face = Face { turns: Turn::restore(chat.history()), ..Face::default() };
        Self { chat: Arc::new(AsyncMutex::new(chat)), face: Mutex::new(face), options }
    }

    fn face(&self) -> MutexGuard<'_, Face> {
        self.face.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the chat if nothing uses it.
    pub(crate) fn try_chat(&self) -> Option<OwnedMutexGuard<Chat>> {
        self.chat.clone().try_lock_owned().ok()
    }

    /// Returns the run that is going on.
    pub(crate) fn run(&self) -> Option<Arc<LiveRun>> {
        self.face().run.clone()
    }

    /// Returns `true` if nothing was said in this chat.
    pub(crate) fn is_empty(&self) -> bool {
        self.face().turns.is_empty()
    }

    /// Prepares the run that a request asks for. Nothing changes if the request is refused.
    pub(crate) fn begin(&self, chat: &mut Chat, request: UiRequest, new_id: &str) -> Result<Begun, Conflict> {
        let mut face = self.face();
        let stream = UiStream::new(self.options.clone()).prices_of(chat.client());
        match request.action {
            UiAction::Prompt(prompt) => {
                let replaced = place_of(&prompt, request.prompts, request.is_single, face.prompts())?;
                if let Some(place) = replaced {
                    face.rewind(chat, place)?;
                }
                let parts = user_parts(&prompt.content);
                let user_id = if prompt.message_id.is_empty() { format!("u{new_id}") } else { prompt.message_id };
                let message_id = format!("a{new_id}");
                let Face { turns, shown, .. } = &mut *face;
                let shown = shown.get_or_insert_with(|| Shown::new(chat.history()));
                turns.push(Turn::new(user_id, message_id.clone(), &shown.messages, parts));
                shown.begin(Some(&prompt.content), Vec::new());
                let prompted = Prompted::Prompt(prompt.content.into());
                Ok(Begun { stream, prompted, message_id, before: Vec::new() })
            }
            UiAction::Decide { message_id, answers } => {
                if !request.is_single && request.prompts != face.prompts() {
                    return Err(OUT_OF_DATE);
                }
                let pending = Waiting::all(chat);
                let denied = decide(chat, &answers)?;
                let Some(place) = face.turns.len().checked_sub(1) else { return Err(OUT_OF_DATE) };
                if !message_id.is_empty() {
                    // A restored chat has other ids than the page, which must not see a second message.
                    face.turns[place].answer_id = message_id;
                }
                let answer_id = face.turns[place].answer_id.clone();
                let Face { turns, shown, denied: all_denied, .. } = &mut *face;
                let shown = shown.get_or_insert_with(|| Shown::new(chat.history()));
                let seen = shown.seen(&pending, all_denied, &self.options);
                let parts = parts_of(turns, place, &seen);
                let inside = pending.iter().map(|waiting| waiting.call.id().to_owned());
                let stream = stream.known_calls(calls_of(&shown.messages).chain(inside));
                shown.begin(None, pending);
                face.denied.extend(denied);
                let stream = stream.denied(face.denied.iter().cloned()).earlier(face.turns[place].spending.clone());
                let before = replay(&answer_id, &parts, &self.options);
                Ok(Begun { stream, prompted: Prompted::Decided, message_id: answer_id, before })
            }
        }
    }

    /// The run that [`begin`](Self::begin) has prepared begins.
    pub(crate) fn run_began(&self, run: &Arc<LiveRun>) {
        self.face().run = Some(run.clone());
    }

    /// Adds what an event of the run adds to the conversation.
    pub(crate) fn observe(&self, event: &Event) {
        if matches!(event, Event::Response(_) | Event::Step(_) | Event::Context(_))
            && let Some(shown) = &mut self.face().shown
        {
            shown.observe(event);
        }
    }

    /// The run is over, and the chat is free.
    pub(crate) fn run_is_over(&self, spending: Option<&Spending>, metadata: Option<Value>) {
        let chat = self.chat.try_lock();
        let mut face = self.face();
        face.run = None;
        // As long as the conversation was not made smaller, the chat has all of it.
        let shown = face.shown.take_if(|shown| !shown.was_changed);
        let has_response = face.shown.as_ref().is_some_and(|shown| shown.has_response);
        if let Some(turn) = face.turns.last_mut() {
            if shown.is_none() {
                turn.is_stored |= has_response;
            } else if chat.is_ok_and(|chat| turn.is_in(chat.history())) {
                (turn.prompt, turn.is_stored) = (None, true);
            }
            if let Some(spending) = spending {
                (turn.spending, turn.metadata) = (Some(spending.clone()), metadata);
            }
        }
    }

    /// Returns the conversation for a page: its messages, whether an answer is being written, usage and cost.
    pub(crate) async fn to_json(&self, id: &str) -> Value {
        let of =
            |messages: Vec<UiMessage>, is_running: bool| json!({"id": id, "messages": messages, "running": is_running});
        {
            let face = self.face();
            if let (Some(_), Some(shown)) = (&face.run, &face.shown) {
                let seen = shown.seen(&shown.pending, &face.denied, &self.options);
                return of(messages(&face.turns, &seen, true), true);
            }
        }
        let chat = self.chat.lock().await;
        let face = self.face();
        let pending = Waiting::all(&chat);
        let of_chat = Seen {
            messages: chat.history(),
            pending: &pending,
            changes: &[],
            denied: &face.denied,
            options: &self.options,
        };
        let shown = face.shown.as_ref();
        let seen = shown.map_or(of_chat, |shown| shown.seen(&pending, &face.denied, &self.options));
        let mut json = of(messages(&face.turns, &seen, false), false);
        json["usage"] = usage_json(&chat.usage());
        json["cost_usd"] = chat.cost().map(|cost| cost.total()).into();
        json
    }
}

impl Face {
    /// Removes the turn with this prompt, and everything after it.
    fn rewind(&mut self, chat: &mut Chat, prompt: usize) -> Result<(), Conflict> {
        let place = prompt + self.turns.len() - self.prompts();
        let index = match &self.shown {
            None => self.turns[place].prompt_index().min(chat.history().len()),
            Some(shown) => place_in(chat.history(), &self.turns, place, &shown.messages).ok_or(SUMMARIZED)?,
        };
        if chat.rewind(index).is_err() {
            return Err(OUT_OF_DATE);
        }
        if let Some(shown) = &mut self.shown {
            shown.cut(self.turns[place].start);
        }
        self.turns.truncate(place);
        Ok(())
    }
}

/// Returns the place of the turn that a prompt replaces, or `None` if the prompt is new.
///
/// The page counts its prompts, and the server counts its own. If they disagree, one of them does not know about a
/// prompt, for example because the conversation continued on another page.
fn place_of(prompt: &UiPrompt, prompts: usize, is_single: bool, turns: usize) -> Result<Option<usize>, Conflict> {
    if prompts == turns + 1 {
        return Ok(None);
    }
    match prompt.replaces {
        true if prompts <= turns => Ok(Some(prompts - 1)),
        false if is_single => Ok(None),
        _ => Err(OUT_OF_DATE),
    }
}

/// Decides on all suspended calls, or on none of them. Returns the ids of the denied calls.
///
/// The id of an approval depends on the arguments of the call, so a decision applies only to the call that the user saw.
fn decide(chat: &mut Chat, answers: &[ApprovalAnswer]) -> Result<Vec<String>, Conflict> {
    let answer_to = |id: String| answers.iter().find(|answer| answer.approval_id == id);
    let pending = chat.pending();
    let decided: Vec<_> = pending.iter().filter_map(|call| Some((call, answer_to(approval_id(call))?))).collect();
    if decided.is_empty() {
        return Err(Conflict("No tool call waits for this decision. Please reload the page."));
    }
    if decided.len() < pending.len() {
        return Err(Conflict("Other tool calls still wait for a decision."));
    }
    let mut denied = Vec::new();
    for (call, answer) in decided {
        let approval = if answer.approved {
            Approval::Allow
        } else {
            denied.push(call.id().to_owned());
            Approval::Deny(
                answer
                    .reason
                    .clone()
                    .filter(|reason| !reason.trim().is_empty())
                    .unwrap_or_else(|| "no reason given".to_owned()),
            )
        };
        chat.decide(call, approval).map_err(|_| OUT_OF_DATE)?;
    }
    Ok(denied)
}

fn calls_of(history: &[claudette::Message]) -> impl Iterator<Item = String> {
    let blocks = history.iter().flat_map(claudette::Message::content);
    blocks.filter_map(|block| Some(block.as_tool_use()?.id().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::UiRequest;

    fn place(trigger: &str, message_id: Option<&str>, users: usize, turns: usize) -> Result<Option<usize>, Conflict> {
        let message = |role: &str| json!({"id": "m", "role": role, "parts": [{"type": "text", "text": "x"}]});
        let mut messages = Vec::new();
        for _ in 1..users {
            messages.extend([message("user"), message("assistant")]);
        }
        messages.push(message("user"));
        let mut body = json!({"id": "c", "trigger": trigger, "messages": messages});
        if let Some(id) = message_id {
            body["messageId"] = id.into();
        }
        let request = UiRequest::from_json(body.to_string().as_bytes()).unwrap();
        let UiAction::Prompt(prompt) = request.action else { panic!() };
        place_of(&prompt, request.prompts, request.is_single, turns)
    }

    #[test]
    fn prompts_are_counted() {
        let submit = "submit-message";
        assert_eq!(place(submit, None, 1, 0), Ok(None));
        assert_eq!(place(submit, None, 3, 2), Ok(None));
        // A front end can send only the last message.
        assert_eq!(place(submit, None, 1, 5), Ok(None));
        // Another page has continued, or the server has lost the chat.
        assert_eq!(place(submit, None, 2, 2), Err(OUT_OF_DATE));
        assert_eq!(place(submit, None, 2, 0), Err(OUT_OF_DATE));
        // An edit of the first and of the second prompt.
        assert_eq!(place(submit, Some("m"), 1, 3), Ok(Some(0)));
        assert_eq!(place(submit, Some("m"), 2, 3), Ok(Some(1)));
        assert_eq!(place("regenerate-message", None, 2, 2), Ok(Some(1)));
        // The prompt did not arrive the first time.
        assert_eq!(place("regenerate-message", None, 2, 1), Ok(None));
        assert_eq!(place("regenerate-message", None, 4, 2), Err(OUT_OF_DATE));
    }
}
