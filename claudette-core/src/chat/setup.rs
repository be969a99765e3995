//! [`Setup`]: the settings of a loop.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

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
use crate::tool::{StepId, ToolAnnotations, ToolContext, Toolset};

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
    /// The tool call in which the loop runs, if it is the loop of a sub-agent.
    pub(super) outer: Option<ToolContext>,
}

pub(super) type Until<'a> = Box<dyn FnMut(&Step) -> bool + Send + 'a>;
/// Shared, because a question can outlive the borrow of the settings.
pub(super) type Approve<'a> = Arc<Mutex<dyn FnMut(ToolUse) -> BoxFuture<'a, Approval> + Send + 'a>>;

/// Checks the answer of a loop that is over. It returns [`ControlFlow::Continue`] with the reason to reject the answer.
pub(crate) type Check<'a> = Box<dyn FnMut(&Run) -> ControlFlow<(), String> + Send + 'a>;

impl<'a> Setup<'a> {
    /// Returns the full name of a step: the steps of a sub-agent are inside the step of its call.
    pub(super) fn name(&self, step: StepId) -> StepId {
        match self.outer.as_ref().and_then(ToolContext::step) {
            Some(outer) => step.within(outer),
            None => step,
        }
    }

    /// Returns `true` if the calls of the loop need an approval.
    pub(super) fn asks(&self) -> bool {
        self.approve.is_some() || self.outer.as_ref().is_some_and(ToolContext::asks)
    }

    /// Returns a future that asks for a decision on a call: the function of the loop, or the outer run. Nothing is asked
    /// before it is polled, because a hook or a journal may know the decision.
    pub(super) fn ask(&self, step: &StepId, call: ToolUse, annotations: ToolAnnotations) -> BoxFuture<'a, Approval> {
        if let Some(approve) = self.approve.clone() {
            return Box::pin(async move {
                let asked = approve.lock().unwrap_or_else(PoisonError::into_inner)(call);
                asked.await
            });
        }
        let (outer, step) = (self.outer.clone(), step.clone());
        Box::pin(async move {
            match outer {
                Some(outer) => outer.ask(step, call, annotations).await,
                None => unreachable!("without `approve`, all calls are approved"),
            }
        })
    }

    pub(super) fn of(chat: &Chat) -> Self {
        let approve = chat.approve.clone();
        Self {
            request: chat.options.clone(),
            options: chat.loop_options.clone(),
            prefill: None,
            tools: None,
            approve: approve.map(|approve| -> Approve<'a> { Arc::new(Mutex::new(move |call| approve(call))) }),
            until: None,
            check: None,
            hooks: chat.hooks.clone(),
            journal: None,
            inbox: None,
            cancel: None,
            outer: None,
        }
    }
}
