//! [`Session`]: what a server remembers of one client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rmcp::RoleServer;
use rmcp::model::{ProtocolVersion, ResourceUpdatedNotificationParam};
use rmcp::service::{Peer, RequestContext};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::log_level::LogLevel;

/// The number of resources to which one client can subscribe.
const MAX_SUBSCRIPTIONS: usize = 1000;

/// What a server remembers of one client.
#[derive(Clone, Default)]
pub(super) struct Session(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    /// The lowest level that the client wants in its log.
    level: Option<LogLevel>,
    /// The tasks that tell the client of changes.
    subscriptions: HashMap<String, Subscription>,
}

/// A task that ends with this value.
struct Subscription(JoinHandle<()>);

impl Drop for Subscription {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Session {
    fn with<T>(&self, read: impl FnOnce(&mut Memory) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets the lowest level that the client wants in its log.
    pub(super) fn set_level(&self, level: LogLevel) {
        self.with(|memory| memory.level = Some(level));
    }

    /// Returns the lowest level that the client wants in its log. Clients of newer versions say it in each request.
    pub(super) fn level(&self, context: &RequestContext<RoleServer>) -> Option<LogLevel> {
        match context.meta.protocol_version() {
            Some(version) if version >= ProtocolVersion::V_2026_07_28 => context.meta.log_level().map(Into::into),
            _ => Some(self.with(|memory| memory.level).unwrap_or(LogLevel::Info)),
        }
    }

    /// Tells the client each time that a resource changes. Returns `false` if the client has too many subscriptions.
    pub(super) fn subscribe(&self, uri: String, mut changes: watch::Receiver<()>, peer: Peer<RoleServer>) -> bool {
        self.with(|memory| {
            if memory.subscriptions.len() >= MAX_SUBSCRIPTIONS && !memory.subscriptions.contains_key(&uri) {
                return false;
            }
            let name = uri.clone();
            let task = tokio::spawn(async move {
                changes.mark_unchanged();
                while changes.changed().await.is_ok() {
                    let update = ResourceUpdatedNotificationParam::new(name.clone());
                    if peer.notify_resource_updated(update).await.is_err() {
                        return;
                    }
                }
            });
            memory.subscriptions.insert(uri, Subscription(task));
            true
        })
    }

    pub(super) fn unsubscribe(&self, uri: &str) {
        self.with(|memory| memory.subscriptions.remove(uri));
    }
}
