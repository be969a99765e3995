//! [`Admission`]: decides when an attempt may be sent, and gives it a [`Permit`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::lane::{Lane, Turn};

/// The limits on the attempts of a client and its clones.
#[derive(Debug)]
pub(in crate::client) struct Admission {
    /// The attempts that can begin now; `None` without a limit.
    slots: Option<Arc<Semaphore>>,
    /// The queues of the models; `None` if requests are not paced.
    lanes: Option<Mutex<HashMap<String, Arc<Lane>>>>,
}

impl Admission {
    pub(in crate::client) fn new(max_concurrent: Option<usize>, paces: bool) -> Self {
        let slots = max_concurrent.map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
        Self { slots, lanes: paces.then(Mutex::default) }
    }

    /// Waits until an attempt may be sent. The rate limits of a model apply to its messages only: `paced` is the model
    /// and the size of the request in bytes.
    pub(in crate::client) async fn enter(&self, paced: Option<(&str, usize)>) -> Permit {
        loop {
            // The rate limits come first, so that requests that wait for them do not keep others from being sent.
            let turn = match paced.and_then(|(model, size)| Some((self.lane(model)?, size))) {
                Some((lane, size)) => Some(lane.turn(size).await),
                None => None,
            };
            let slot = match &self.slots {
                Some(slots) => slot(slots).await,
                None => None,
            };
            // While the request waited for its slot, the server may have refused another one.
            if !turn.as_ref().is_some_and(Turn::is_paused) {
                return Permit { _slot: slot, turn };
            }
        }
    }

    /// Uses the number of tokens that a request of this size had, so that the next estimate is better.
    pub(in crate::client) fn learn(&self, model: &str, size: usize, tokens: u64) {
        // A response that was cut off may not contain its usage.
        if let Some(lane) = self.lane(model).filter(|_| tokens > 0) {
            lane.learn(size, tokens);
        }
    }

    fn lane(&self, model: &str) -> Option<Arc<Lane>> {
        let mut lanes = self.lanes.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(model) {
            return Some(lane.clone());
        }
        let lane = Arc::new(Lane::new(model));
        lanes.insert(model.to_owned(), lane.clone());
        Some(lane)
    }
}

/// Waits for a slot, after all requests that have waited longer.
async fn slot(slots: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    if let Ok(slot) = slots.clone().try_acquire_owned() {
        return Some(slot);
    }
    let since = Instant::now();
    // The semaphore is never closed.
    let slot = slots.clone().acquire_owned().await.ok()?;
    tracing::debug!(delay = ?since.elapsed(), "the request waited for others to end (`max_concurrent`)");
    Some(slot)
}

/// The permission to send one attempt. The next request can take its place when it is dropped.
#[derive(Debug)]
pub(in crate::client) struct Permit {
    _slot: Option<OwnedSemaphorePermit>,
    turn: Option<Turn>,
}

impl Permit {
    /// Uses the headers of the answer. The permit still counts as an attempt, until the body has been read.
    pub(in crate::client) fn answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        if let Some(turn) = self.turn.take() {
            turn.answered(status, headers);
        }
    }
}
