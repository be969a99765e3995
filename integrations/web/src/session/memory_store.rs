//! [`MemoryStore`]: keeps chats until the process ends.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claudette::chat::{ChatBuilder, ChatState, StepId};
use claudette::{BoxFuture, Hook, Result};

use super::chat_store::ChatStore;

/// Keeps the chats until the process ends: at most 10,000, and the chat that was not used for the longest time is
/// removed first.
///
/// ```
/// use claudette_web::{ChatStore, MemoryStore};
///
/// fn is_a_store(_: impl ChatStore) {}
/// is_a_store(MemoryStore::new().max_chats(100));
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    max: usize,
    chats: HashMap<String, Kept>,
    /// The number of the last use of any chat.
    uses: u64,
}

struct Kept {
    state: ChatState,
    used: u64,
}

impl Default for Inner {
    fn default() -> Self {
        Self { max: 10_000, chats: HashMap::new(), uses: 0 }
    }
}

impl Inner {
    fn put(&mut self, key: &str, state: ChatState) {
        self.uses += 1;
        self.chats.insert(key.to_owned(), Kept { state, used: self.uses });
        if self.chats.len() > self.max {
            let oldest = self.chats.iter().min_by_key(|(_, kept)| kept.used).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.chats.remove(&key));
        }
    }
}

impl MemoryStore {
    /// Returns an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum number of chats: 10,000 by default, and at least 1.
    #[must_use]
    pub fn max_chats(self, max: usize) -> Self {
        self.lock().max = max.max(1);
        self
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChatStore for MemoryStore {
    fn open<'a>(&'a self, key: &'a str, builder: ChatBuilder) -> BoxFuture<'a, Result<ChatBuilder>> {
        let state = self.lock().chats.get(key).map(|kept| kept.state.clone());
        let builder = match state {
            Some(state) => builder.restore(state),
            None => builder,
        };
        let keeps = Keeps { store: self.clone(), key: key.to_owned() };
        Box::pin(async { Ok(builder.hook(keeps)) })
    }

    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool>> {
        let removed = self.lock().chats.remove(key).is_some();
        Box::pin(async move { Ok(removed) })
    }
}

/// The hook that keeps a chat.
struct Keeps {
    store: MemoryStore,
    key: String,
}

impl Hook for Keeps {
    fn committed<'a>(&'a self, _: &'a StepId, state: &'a ChatState) -> BoxFuture<'a, Result<()>> {
        self.store.lock().put(&self.key, state.clone());
        Box::pin(async { Ok(()) })
    }

    fn wants_events(&self) -> bool {
        false
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("chats", &self.lock().chats.len()).finish_non_exhaustive()
    }
}
