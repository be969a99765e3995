//! [`Face`]: the part of a session that pages see.

use std::collections::HashSet;
use std::sync::Arc;

use super::shown::Shown;
use super::turn::Turn;
use crate::run::LiveRun;

/// The part of a session that pages see, also while the chat is busy.
#[derive(Debug, Default)]
pub(super) struct Face {
    pub(super) turns: Vec<Turn>,
    pub(super) run: Option<Arc<LiveRun>>,
    /// The calls that the user has denied.
    pub(super) denied: HashSet<String>,
    /// The conversation as pages see it: during a run, and after the history of the chat was made smaller. Otherwise,
    /// pages see the history of the chat.
    pub(super) shown: Option<Shown>,
}

impl Face {
    /// Returns the number of prompts. A stored conversation that begins with a summary has one turn more.
    pub(super) fn prompts(&self) -> usize {
        self.turns.iter().filter(|turn| turn.user_id.is_some()).count()
    }
}
