//! [`Turn`]: the context of the calls of one response, and the progress that they report.

use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::chat::Chat;
use super::run::Progress;
use crate::catalog::Model;
use crate::tool::{CallStep, ProgressSink, ToolContext, TurnContext};

/// The context of the calls of one response, and the progress that they report.
pub(super) struct Turn {
    pub(super) cx: Arc<TurnContext>,
    /// `None` if nothing listens to the progress.
    reports: Option<UnboundedReceiver<Progress>>,
}

impl Turn {
    pub(super) fn new(chat: &Chat, model: &Model, remaining_steps: u32, is_heard: bool) -> Self {
        let (progress, reports) = is_heard.then(unbounded_channel).unzip();
        let cx = TurnContext {
            model: Some(model.clone()),
            conversation_id: chat.state.conversation_id.clone(),
            remaining_steps: Some(remaining_steps),
            traces_contents: chat.client.traces_contents(),
            progress: progress.map(report_to),
        };
        Self { cx: Arc::new(cx), reports }
    }

    /// Returns the context of one call.
    pub(super) fn context(&self, step: CallStep) -> ToolContext {
        ToolContext::of_step(self.cx.clone(), step)
    }

    /// Returns the next report. It is not ready if nothing listens.
    pub(super) fn poll_report(&mut self, cx: &mut Context<'_>) -> Poll<Option<Progress>> {
        self.reports.as_mut().map_or(Poll::Pending, |reports| reports.poll_recv(cx))
    }

    /// Returns a report that has already arrived.
    pub(super) fn try_report(&mut self) -> Option<Progress> {
        self.reports.as_mut()?.try_recv().ok()
    }
}

/// Returns a sink that sends progress messages. The receiver may already be gone.
fn report_to(progress: UnboundedSender<Progress>) -> ProgressSink {
    Box::new(move |call, text| {
        if let Some(call) = call {
            let _ = progress.send(Progress { call: call.clone(), text });
        }
    })
}
