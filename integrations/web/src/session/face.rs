//! [`Face`]: the part of a session that pages see.

use std::collections::HashSet;
use std::sync::Arc;

use claudette::{Message, ToolUse};

use super::turn::Turn;
use crate::run::LiveRun;

/// The part of a session that pages see, also while the chat is busy.
#[derive(Debug, Default)]
pub(super) struct Face {
    pub(super) turns: Vec<Turn>,
    pub(super) run: Option<Arc<LiveRun>>,
    /// The calls that the user has denied.
    pub(super) denied: HashSet<String>,
    /// The history and the suspended calls before the run.
    pub(super) before: Option<(Vec<Message>, Vec<ToolUse>)>,
}
