//! [`Signals`]: what the connections of a server announce to its handles.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use tokio::sync::watch;

/// The name of a server and what it has announced. All connections to the server share it.
#[derive(Debug)]
pub(crate) struct Signals {
    server: OnceLock<String>,
    /// `true` if the tools have to be listed again before the next call.
    relist: AtomicBool,
    /// `true` if the server has other tools than the program has.
    stale: watch::Sender<bool>,
    /// The differences because of which calls were refused or warned about, by tool.
    drifts: Mutex<BTreeMap<String, String>>,
}

impl Signals {
    pub(crate) fn new(name: Option<&str>) -> Self {
        let server = name.map_or_else(OnceLock::new, |name| OnceLock::from(name.to_owned()));
        Self { server, relist: AtomicBool::new(false), stale: watch::Sender::new(false), drifts: Mutex::default() }
    }

    /// Sets the name of the server, unless the program has given one.
    pub(crate) fn name(&self, name: &str) {
        let _ = self.server.set(name.to_owned());
    }

    /// Returns the name of the server. It is empty before the first handshake, unless the program has given one.
    pub(crate) fn server(&self) -> &str {
        self.server.get().map_or("", String::as_str)
    }

    /// Records that the server has announced another list of tools.
    pub(crate) fn tools_changed(&self) {
        self.relist.store(true, Ordering::Release);
        self.stale.send_replace(true);
    }

    /// Records that the tools have to be listed again before the next call.
    pub(crate) fn relist(&self) {
        self.relist.store(true, Ordering::Release);
    }

    pub(crate) fn must_relist(&self) -> bool {
        self.relist.load(Ordering::Acquire)
    }

    /// Records that a list is about to be requested, so a later announcement counts again.
    pub(crate) fn listing(&self) {
        self.relist.store(false, Ordering::Release);
    }

    pub(crate) fn set_stale(&self, stale: bool) {
        self.stale.send_replace(stale);
    }

    pub(crate) fn is_stale(&self) -> bool {
        *self.stale.borrow()
    }

    /// Records that a tool is not the approved one.
    pub(crate) fn drifted(&self, tool: &str, difference: String) {
        self.drifts.lock().unwrap_or_else(PoisonError::into_inner).insert(tool.to_owned(), difference);
    }

    /// Returns the differences, by tool.
    pub(crate) fn drifts(&self) -> BTreeMap<String, String> {
        self.drifts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets the differences, because the program has taken the new tools.
    pub(crate) fn clear_drifts(&self) {
        self.drifts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Waits until the server has other tools than the program has.
    pub(crate) async fn changed(&self) {
        // The sender is part of `self`, so the channel is open.
        let _ = self.stale.subscribe().wait_for(|stale| *stale).await;
    }
}
