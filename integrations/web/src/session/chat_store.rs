//! [`ChatStore`]: keeps chats that are not in memory.

use claudette::chat::ChatBuilder;
use claudette::{BoxFuture, Result};

/// Keeps the chats of a [`WebChat`](crate::WebChat) while they are not in memory.
///
/// [`MemoryStore`](crate::MemoryStore) and, with the feature `sqlite`, `SqliteStore` implement it. An implementation for
/// another database restores the state of a chat in [`open`](Self::open), and adds a [`Hook`](claudette::Hook) whose
/// [`committed`](claudette::Hook::committed) stores it after each step:
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Arc, Mutex};
///
/// use claudette::chat::{ChatBuilder, ChatState, StepId};
/// use claudette::{BoxFuture, Hook, Result};
/// use claudette_web::ChatStore;
///
/// /// Stores each chat as JSON.
/// #[derive(Default)]
/// struct JsonStore(Arc<Mutex<HashMap<String, String>>>);
///
/// struct Saves(Arc<Mutex<HashMap<String, String>>>, String);
///
/// impl ChatStore for JsonStore {
///     fn open<'a>(&'a self, key: &'a str, builder: ChatBuilder) -> BoxFuture<'a, Result<ChatBuilder>> {
///         Box::pin(async move {
///             let stored = self.0.lock().unwrap().get(key).cloned();
///             let state = stored.map(|json| ChatState::from_json(&json)).transpose()?;
///             Ok(builder.restore(state.unwrap_or_default()).hook(Saves(self.0.clone(), key.to_owned())))
///         })
///     }
///
///     fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool>> {
///         Box::pin(async move { Ok(self.0.lock().unwrap().remove(key).is_some()) })
///     }
/// }
///
/// impl Hook for Saves {
///     fn committed<'a>(&'a self, _: &'a StepId, state: &'a ChatState) -> BoxFuture<'a, Result<()>> {
///         Box::pin(async move {
///             self.0.lock().unwrap().insert(self.1.clone(), state.to_json());
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait ChatStore: Send + Sync + 'static {
    /// Restores the chat with this key, and stores its changes from then on. A new key begins an empty chat.
    ///
    /// The key contains the id of the chat and its owner. A chat is opened once, until it has left memory.
    ///
    /// # Errors
    /// Returns an error if the chat cannot be read. The page then shows a general text, and the log has the error.
    fn open<'a>(&'a self, key: &'a str, builder: ChatBuilder) -> BoxFuture<'a, Result<ChatBuilder>>;

    /// Removes the chat with this key. Returns `false` if it does not exist.
    ///
    /// # Errors
    /// Returns an error if the chat cannot be removed.
    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<bool>>;
}
