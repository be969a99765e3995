//! [`Conversations`]: the chats of an agent.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use claudette::{Chat, ToolError};

/// The number of conversations that are kept.
const MOST: usize = 100;

/// The chats of an agent.
pub(super) struct Conversations {
    /// A chat from which each conversation begins.
    template: Mutex<Chat>,
    known: Mutex<Known>,
    /// A secret with which ids are made. A client cannot guess the id of another.
    secret: RandomState,
}

#[derive(Default)]
struct Known {
    by_id: HashMap<String, Entry>,
    /// A clock that advances with each use.
    now: u64,
}

struct Entry {
    conversation: Shared,
    used: u64,
    /// `false` before the first answer: the client does not know the id.
    is_answered: bool,
}

pub(super) type Shared = Arc<tokio::sync::Mutex<Conversation>>;

/// A chat, and the number of its messages that are settled.
pub(super) struct Conversation {
    pub(super) chat: Chat,
    /// The messages up to here are finished. If only a prompt follows, its run has failed before the first response.
    pub(super) settled: usize,
}

impl Conversation {
    /// Removes a prompt that has got no response, so that the model does not read it again with the next one.
    pub(super) fn tidy(&mut self) {
        if self.chat.history().len() == self.settled + 1 {
            // The history has more messages than that.
            let _ = self.chat.rewind(self.settled);
        }
    }

    /// Returns `true` if a run that has failed has finished something before.
    pub(super) fn has_news(&self) -> bool {
        self.chat.history().len() > self.settled
    }
}

impl Conversations {
    pub(super) fn new(template: Chat) -> Self {
        Self { template: template.into(), known: Mutex::default(), secret: RandomState::new() }
    }

    /// Returns the conversation with this id, or a new one.
    ///
    /// # Errors
    ///
    /// An error for the model if the id is unknown.
    pub(super) fn open(&self, id: Option<String>) -> Result<(String, Shared), ToolError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.now += 1;
        let now = known.now;
        if let Some(id) = id {
            let entry = known.by_id.get_mut(&id).filter(|entry| entry.is_answered).ok_or_else(|| {
                ToolError::new(format!(
                    "The conversation {id:?} is unknown or too old. Leave out `conversation` to start a new one, and \
                     repeat what the agent needs to know."
                ))
            })?;
            entry.used = now;
            return Ok((id, entry.conversation.clone()));
        }
        let id = format!("{:016x}{:016x}", self.secret.hash_one((now, 0)), self.secret.hash_one((now, 1)));
        let chat = self.template.lock().unwrap_or_else(PoisonError::into_inner).fork();
        let settled = chat.history().len();
        let conversation = Arc::new(tokio::sync::Mutex::new(Conversation { chat, settled }));
        known.by_id.insert(id.clone(), Entry { conversation: conversation.clone(), used: now, is_answered: false });
        known.make_room();
        Ok((id, conversation))
    }

    /// Keeps a conversation, because the client gets its id.
    pub(super) fn keep(&self, id: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = known.by_id.get_mut(id) {
            entry.is_answered = true;
        }
    }

    /// Removes a conversation whose id the client does not know.
    pub(super) fn forget_new(&self, id: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.by_id.get(id).is_some_and(|entry| !entry.is_answered) {
            known.by_id.remove(id);
        }
    }
}

impl Known {
    /// Removes the conversations that were not used for the longest time. Those that run now are in use.
    fn make_room(&mut self) {
        while self.by_id.len() > MOST {
            let idle = self.by_id.iter().filter(|(_, entry)| Arc::strong_count(&entry.conversation) == 1);
            let Some(oldest) = idle.min_by_key(|(_, entry)| (entry.is_answered, entry.used)).map(|(id, _)| id.clone())
            else {
                return;
            };
            self.by_id.remove(&oldest);
        }
    }
}
