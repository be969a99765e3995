//! [`Turns`]: decides when a tool call may run beside the others.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use claudette::Tool;
use serde_json::value::RawValue;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard, Semaphore, SemaphorePermit};

/// Limits which calls run at the same time.
pub(super) struct Turns {
    /// One permit for each call that may run. An exclusive call takes all of them.
    permits: Semaphore,
    most: u32,
    /// The lock of each key that calls have or wait for.
    keys: Mutex<HashMap<String, Weak<Turn<()>>>>,
}

/// The right to run a call. It ends when this value is dropped.
pub(super) struct Right<'a> {
    _permit: Option<SemaphorePermit<'a>>,
    _key: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    pub(super) fn new(most: u32) -> Self {
        Self { permits: Semaphore::new(most as usize), most, keys: Mutex::default() }
    }

    /// Waits until a call may run.
    ///
    /// Calls with the same key run one after the other. The semaphore is fair: calls that come after an exclusive call
    /// wait for it, as in a loop.
    pub(super) async fn admit(&self, tool: Option<&dyn Tool>, input: &RawValue) -> Right<'_> {
        let key = tool.and_then(|tool| key(tool, input));
        // A call that waits for its key does not hold a permit.
        let key = match key {
            Some(key) => Some(self.lock(key).lock_owned().await),
            None => None,
        };
        let permits = if tool.is_some_and(Tool::is_exclusive) { self.most } else { 1 };
        // The semaphore is never closed.
        Right { _permit: self.permits.acquire_many(permits).await.ok(), _key: key }
    }

    fn lock(&self, key: String) -> Arc<Turn<()>> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = keys.get(&key).and_then(Weak::upgrade) {
            return lock;
        }
        keys.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        keys.insert(key, Arc::downgrade(&lock));
        lock
    }
}

/// Returns the key of a call. An exclusive call does not need one.
fn key(tool: &dyn Tool, input: &RawValue) -> Option<String> {
    if tool.is_exclusive() {
        return None;
    }
    // The expression of the program may panic.
    catch_unwind(AssertUnwindSafe(|| tool.exclusive_key(input))).ok().flatten()
}
