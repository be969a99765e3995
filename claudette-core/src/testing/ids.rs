//! [`Ids`]: the ids that the server assigns. They are unique for a server, and the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

/// One counter for each kind of id, so that an additional request does not change the ids of messages.
#[derive(Debug, Default)]
pub(super) struct Ids {
    requests: AtomicU64,
    messages: AtomicU64,
    tool_uses: AtomicU64,
    server_tool_uses: AtomicU64,
    containers: AtomicU64,
    credits: AtomicU64,
}

impl Ids {
    pub(super) fn request(&self) -> String {
        next("req_01", &self.requests)
    }

    pub(super) fn message(&self) -> String {
        next("msg_01", &self.messages)
    }

    pub(super) fn tool_use(&self) -> String {
        next("toolu_01", &self.tool_uses)
    }

    pub(super) fn server_tool_use(&self) -> String {
        next("srvtoolu_01", &self.server_tool_uses)
    }

    pub(super) fn container(&self) -> String {
        next("container_01", &self.containers)
    }

    pub(super) fn credit(&self) -> String {
        next("fbct_01", &self.credits)
    }
}

/// Returns the next id, which has the length of the API's ids.
fn next(prefix: &str, counter: &AtomicU64) -> String {
    format!("{prefix}{:022}", counter.fetch_add(1, Ordering::Relaxed) + 1)
}
