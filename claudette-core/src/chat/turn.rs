//! [`Turn`]: the context of the calls of one response, and the reports of these calls to their run.

use std::any::Any;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::chat::Chat;
use super::outer_run::{Report, RunLink};
use super::run::Progress;
use crate::catalog::Model;
use crate::tool::{CallStep, ProgressSink, RunBudget, ToolContext, TurnContext};

/// The context of the calls of one response, and the reports of these calls to their run.
pub(super) struct Turn {
    pub(super) cx: Arc<TurnContext>,
    /// `None` if nothing listens to the calls.
    reports: Option<UnboundedReceiver<Report>>,
}

impl Turn {
    /// `asks` is `true` if calls need an approval, and `can_suspend` if the run can keep the state of a call that waits.
    pub(super) fn new(
        chat: &Chat,
        model: &Model,
        remaining_steps: u32,
        budget: Option<&RunBudget>,
        is_heard: bool,
        asks: bool,
        can_suspend: bool,
    ) -> Self {
        let (sender, reports) = (is_heard || asks).then(unbounded_channel).unzip();
        let progress = sender.clone().filter(|_| is_heard).map(report_to);
        let link = sender.map(|reports| RunLink { reports, is_heard, asks });
        let cx = TurnContext {
            model: Some(model.clone()),
            conversation_id: chat.state.conversation_id.clone(),
            remaining_steps: Some(remaining_steps),
            traces_contents: chat.client.traces_contents(),
            progress,
            budget: budget.map(|own| own.budget.clone()),
            ledger: Some(chat.ledger.clone()),
            can_suspend,
            run: link.map(|link| -> Box<dyn Any + Send + Sync> { Box::new(link) }),
        };
        Self { cx: Arc::new(cx), reports }
    }

    /// Returns the context of one call.
    pub(super) fn context(&self, step: CallStep) -> ToolContext {
        ToolContext::of_step(self.cx.clone(), step)
    }

    /// Returns the next report. It is not ready if nothing listens.
    pub(super) fn poll_report(&mut self, cx: &mut Context<'_>) -> Poll<Option<Report>> {
        self.reports.as_mut().map_or(Poll::Pending, |reports| reports.poll_recv(cx))
    }

    /// Returns a report that has already arrived.
    pub(super) fn try_report(&mut self) -> Option<Report> {
        self.reports.as_mut()?.try_recv().ok()
    }
}

/// Returns a sink that sends progress messages. The receiver may already be gone.
fn report_to(reports: UnboundedSender<Report>) -> ProgressSink {
    Box::new(move |call, text| {
        if let Some(call) = call {
            let _ = reports.send(Report::Progress(Progress { call: call.clone(), text }));
        }
    })
}
