//! [`App`]: the state that the routes share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use claudette::Result;
use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::owner::{ChatInfo, Owner};
use super::refusal::Refusal;
use super::settings::Settings;
use crate::run::StopReason;
use crate::session::{Key, Session, Sessions};

/// The state that the routes share.
pub(super) struct App {
    pub(super) settings: Settings,
    pub(super) sessions: Sessions,
    runs: Arc<Semaphore>,
    is_stopping: AtomicBool,
}

impl App {
    pub(super) fn new(settings: Settings) -> Self {
        let sessions = Sessions::new(settings.max_chats, settings.idle, settings.store.clone());
        let runs = Arc::new(Semaphore::new(settings.max_runs));
        Self { settings, sessions, runs, is_stopping: AtomicBool::new(false) }
    }

    /// Returns the session of a chat, and loads it if necessary.
    pub(super) async fn session(&self, owner: Option<&Owner>, id: &str) -> Result<Arc<Session>, Refusal> {
        let key = key(owner, id)?;
        let load = async || {
            let builder = (self.settings.build)(&ChatInfo { id: id.to_owned(), owner: owner.cloned() });
            let builder = self.settings.store.open(key.as_str(), builder).await?;
            Ok(Session::new(builder.build()?, self.settings.ui.clone()))
        };
        match self.sessions.open(&key, load).await {
            Some(session) => session.map_err(|error| Refusal::internal("a chat was not opened", &error)),
            None => Err(Refusal::busy()),
        }
    }

    /// Returns the right to run, or refuses if too many runs are going on.
    pub(super) fn permit(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        if self.is_stopping.load(Ordering::Acquire) {
            return Err(Refusal::stopping());
        }
        self.runs.clone().try_acquire_owned().map_err(|_| Refusal::busy())
    }

    /// Refuses new prompts, waits for the runs, and stops them after the grace period.
    pub(super) async fn shutdown(&self) {
        self.is_stopping.store(true, Ordering::Release);
        let all = u32::try_from(self.settings.max_runs).unwrap_or(u32::MAX);
        if tokio::time::timeout(self.settings.grace, self.runs.acquire_many(all)).await.is_err() {
            for run in self.sessions.runs() {
                run.stop(StopReason::Shutdown);
            }
            let _ = tokio::time::timeout(Duration::from_secs(5), self.runs.acquire_many(all)).await;
        }
    }
}

/// Returns the key of a chat. Without owners, an id must not be guessable.
pub(super) fn key(owner: Option<&Owner>, id: &str) -> Result<Key, Refusal> {
    const SHORTEST: usize = 16;
    if !crate::protocol::is_id(id) {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "The chat id is not valid."));
    }
    if owner.is_none() && id.len() < SHORTEST {
        let text = format!("The chat id must have at least {SHORTEST} characters, so that it cannot be guessed.");
        return Err(Refusal::new(StatusCode::BAD_REQUEST, text));
    }
    Ok(Key::new(owner.map_or("", Owner::as_str), id))
}
