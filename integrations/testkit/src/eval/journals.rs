//! [`Journals`]: opens the journal of a run by its id.

use std::sync::Arc;

use claudette::journal::Journal;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Opens the journal of a run by its id. Without a journal, nothing is stored.
#[derive(Clone, Default)]
pub(super) struct Journals(Option<Arc<Open>>);

type Open = dyn Fn(String) -> Arc<dyn Journal> + Send + Sync;

impl Journals {
    pub(super) fn new<J: Journal + 'static>(open: impl Fn(String) -> J + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(move |id| Arc::new(open(id)))))
    }

    pub(super) fn open(&self, id: &str) -> Option<Arc<dyn Journal>> {
        self.0.as_ref().map(|open| open(id.to_owned()))
    }
}

/// Returns a part of an id that changes with the values.
pub(super) fn fingerprint(values: &impl Serialize) -> claudette::Result<String> {
    let json = serde_json::to_vec(values).map_err(claudette::Error::other)?;
    let hash = Sha256::digest(&json);
    let first = hash.first_chunk().copied().unwrap_or_default();
    Ok(format!("{:016x}", u64::from_be_bytes(first)))
}
