//! [`Sessions`]: the chats in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use claudette::Result;
use tokio::sync::OnceCell;

use super::chat_store::ChatStore;
use super::session::Session;
use crate::run::LiveRun;

/// The owner of a chat and its id, as one text: two chats never have the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(String);

impl Key {
    /// `id` does not contain a slash.
    pub(crate) fn new(owner: &str, id: &str) -> Self {
        Self(format!("{owner}/{id}"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

type Removed = Vec<(Key, Arc<Place>)>;

/// A place for a session, which is loaded once.
#[derive(Debug)]
pub(crate) struct Place {
    session: OnceCell<Arc<Session>>,
    used: Mutex<Instant>,
}

impl Place {
    fn new() -> Self {
        Self { session: OnceCell::new(), used: Mutex::new(Instant::now()) }
    }

    fn used(&self) -> Instant {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// The chats in memory: at most `max`, and no idle ones beyond a time.
pub(crate) struct Sessions {
    places: Mutex<Places>,
    max: usize,
    idle: Duration,
    store: Arc<dyn ChatStore>,
}

#[derive(Debug)]
struct Places {
    by_key: HashMap<Key, Arc<Place>>,
    swept: Instant,
}

impl Sessions {
    pub(crate) fn new(max: usize, idle: Duration, store: Arc<dyn ChatStore>) -> Self {
        let places = Places { by_key: HashMap::new(), swept: Instant::now() };
        Self { places: Mutex::new(places), max, idle, store }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a session, and loads it if it is not in memory. Returns `None` if the memory is full of busy sessions.
    pub(crate) async fn open<F, Fut>(&self, key: &Key, load: F) -> Option<Result<Arc<Session>>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Session>>,
    {
        let (place, removed) = self.place(key);
        for (key, place) in removed {
            let is_empty = place.session.get().is_some_and(|session| session.is_empty());
            drop(place); // A chat is dropped outside the lock.
            if is_empty {
                // A page asked for a new chat and did not use it.
                let _ = self.store.remove(key.as_str()).await;
            }
        }
        let place = place?;
        place.touch();
        let session = place.session.get_or_try_init(async || load().await.map(Arc::new)).await;
        Some(session.cloned())
    }

    /// Returns a session that is in memory.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Session>> {
        self.places().by_key.get(key)?.session.get().cloned()
    }

    /// Removes a session from memory if nothing uses it. Returns `false` if something does.
    pub(crate) fn forget(&self, key: &Key) -> bool {
        let mut places = self.places();
        let is_idle = places.by_key.get(key).is_none_or(is_idle);
        let removed = if is_idle { places.by_key.remove(key) } else { None };
        drop((places, removed));
        is_idle
    }

    /// Returns the runs that are going on.
    pub(crate) fn runs(&self) -> Vec<Arc<LiveRun>> {
        self.places().by_key.values().filter_map(|place| place.session.get()?.run()).collect()
    }

    fn place(&self, key: &Key) -> (Option<Arc<Place>>, Removed) {
        let mut places = self.places();
        let mut removed = Vec::new();
        if places.swept.elapsed() > (self.idle / 4).min(Duration::from_secs(10)) {
            places.swept = Instant::now();
            let old = |place: &Arc<Place>| is_idle(place) && place.used().elapsed() > self.idle;
            removed.extend(places.by_key.extract_if(|_, place| old(place)));
        }
        if let Some(place) = places.by_key.get(key) {
            return (Some(place.clone()), removed);
        }
        if places.by_key.len() >= self.max {
            let idle = places.by_key.iter().filter(|(_, place)| is_idle(place));
            let Some(oldest) = idle.min_by_key(|(_, place)| place.used()).map(|(key, _)| key.clone()) else {
                return (None, removed);
            };
            removed.extend(places.by_key.remove_entry(&oldest));
        }
        let place = Arc::new(Place::new());
        places.by_key.insert(key.clone(), place.clone());
        (Some(place), removed)
    }
}

/// Returns `true` if no request and no run uses the session. New uses need the lock of the places.
fn is_idle(place: &Arc<Place>) -> bool {
    Arc::strong_count(place) == 1 && place.session.get().is_none_or(|session| Arc::strong_count(session) == 1)
}
