//! [`Setup`]: the settings of a loop.

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::approval::Approval;
use super::chat::Chat;
use super::hooks::Hooks;
use super::inbox::Inbox;
use super::journal::Journal;
use super::machine::LoopOptions;
use super::run::{Run, Step};
use crate::client::{Prefill, RequestOptions};
use crate::messages::ToolUse;
use crate::task::BoxFuture;
use crate::tool::Toolset;

/// The settings of a loop: data, and functions of the program.
pub(super) struct Setup<'a> {
    pub(super) request: Arc<RequestOptions>,
    pub(super) options: Arc<LoopOptions>,
    /// Text that the first response starts with.
    pub(super) prefill: Option<Prefill>,
    /// The tools that replace those of the chat.
    pub(super) tools: Option<Toolset>,
    pub(super) approve: Option<Approve<'a>>,
    pub(super) until: Option<Until<'a>>,
    pub(super) check: Option<Check<'a>>,
    pub(super) hooks: Hooks<'a>,
    /// The journal of the run.
    pub(super) journal: Option<Arc<dyn Journal + 'a>>,
    pub(super) inbox: Option<Inbox>,
    pub(super) cancel: Option<CancellationToken>,
}

pub(super) type Until<'a> = Box<dyn FnMut(&Step) -> bool + Send + 'a>;
pub(super) type Approve<'a> = Box<dyn FnMut(ToolUse) -> BoxFuture<'a, Approval> + Send + 'a>;

/// Checks the answer of a loop that is over. It returns [`ControlFlow::Continue`] with the reason to reject the answer.
pub(crate) type Check<'a> = Box<dyn FnMut(&Run) -> ControlFlow<(), String> + Send + 'a>;

impl Setup<'_> {
    pub(super) fn of(chat: &Chat) -> Self {
        let approve = chat.approve.clone();
        Self {
            request: chat.options.clone(),
            options: chat.loop_options.clone(),
            prefill: None,
            tools: None,
            approve: approve.map(|approve| -> Approve<'_> { Box::new(move |call| approve(call)) }),
            until: None,
            check: None,
            hooks: chat.hooks.clone(),
            journal: None,
            inbox: None,
            cancel: None,
        }
    }
}
