//! [`Settings`]: the settings of a [`WebChat`](crate::WebChat).

use std::sync::Arc;
use std::time::Duration;

use claudette::chat::ChatBuilder;
use http::request::Parts;

use super::owner::{ChatInfo, Owner};
use crate::protocol::UiOptions;
use crate::run::AskPolicy;
use crate::session::{ChatStore, MemoryStore};

type Build = Arc<dyn Fn(&ChatInfo) -> ChatBuilder + Send + Sync>;
type Authorize = Arc<dyn Fn(&Parts) -> Option<Owner> + Send + Sync>;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) build: Build,
    pub(super) store: Arc<dyn ChatStore>,
    pub(super) ask: AskPolicy,
    pub(super) authorize: Option<Authorize>,
    pub(super) ui: UiOptions,
    /// `true` if the router serves the built-in page.
    pub(super) page: bool,
    pub(super) origins: Vec<String>,
    pub(super) hosts: Vec<String>,
    pub(super) window: Duration,
    pub(super) deadline: Duration,
    pub(super) keep_alive: Duration,
    pub(super) body_timeout: Duration,
    /// The time after which the frames of a finished run are removed although a reader has not read them.
    pub(super) linger: Duration,
    pub(super) grace: Duration,
    pub(super) idle: Duration,
    pub(super) max_body: usize,
    pub(super) max_frames: usize,
    pub(super) max_runs: usize,
    pub(super) max_chats: usize,
    pub(super) max_connections: usize,
}

impl Settings {
    pub(super) fn new(build: Build) -> Self {
        Self {
            build,
            store: Arc::new(MemoryStore::new()),
            ask: Arc::new(|_, annotations| annotations.destructive),
            authorize: None,
            ui: UiOptions::new(),
            page: true,
            origins: Vec::new(),
            hosts: Vec::new(),
            window: Duration::ZERO,
            deadline: Duration::from_secs(15 * 60),
            keep_alive: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            linger: Duration::from_secs(60),
            grace: Duration::from_secs(30),
            idle: Duration::from_secs(30 * 60),
            max_body: 20 * 1024 * 1024,
            max_frames: 8 * 1024 * 1024,
            max_runs: 1_000,
            max_chats: 1_000,
            max_connections: 4_000,
        }
    }
}
