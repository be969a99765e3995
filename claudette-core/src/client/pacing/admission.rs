//! [`Admission`]: decides when an attempt may be sent, and gives it a [`Permit`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::lane::{Lane, Turn};
use crate::error::{Error, Result};

/// The settings of an [`Admission`].
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::client) struct Rules {
    /// The maximum number of attempts that are under way.
    pub(in crate::client) max_concurrent: Option<usize>,
    /// `true` if requests are delayed by the rate limits of the API.
    pub(in crate::client) paces: bool,
}

/// The limits on the attempts of a client and its clones.
#[derive(Debug)]
pub(in crate::client) struct Admission {
    /// The attempts that can begin now; `None` without a limit.
    slots: Option<Arc<Semaphore>>,
    /// The queues of the models; `None` if requests are not paced.
    lanes: Option<Mutex<HashMap<String, Arc<Lane>>>>,
}

impl Admission {
    /// Returns the limits that these settings describe, or `None` if they do not limit anything.
    ///
    /// # Errors
    /// Misuse: the maximum number of attempts is 0.
    pub(in crate::client) fn by(Rules { max_concurrent, paces }: Rules) -> Result<Option<Self>> {
        if max_concurrent == Some(0) {
            return Err(Error::misuse(
                "`.max_concurrent(0)` allows no request; use 1 or more, or leave it out for no limit",
            ));
        }
        let slots = max_concurrent.map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
        Ok((slots.is_some() || paces).then(|| Self { slots, lanes: paces.then(Mutex::default) }))
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
