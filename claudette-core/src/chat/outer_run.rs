//! [`RunLink`]: the connection from a tool call to the run that makes it, and [`ToolContext::approve`].

use std::sync::atomic::Ordering;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::approval::Approval;
use super::event::{Event, SubAgentEvent};
use super::run::Progress;
use crate::messages::ToolUse;
use crate::tool::{StepId, ToolAnnotations, ToolContext};

/// The connection from the tool calls of a run to the run.
pub(super) struct RunLink {
    pub(super) reports: UnboundedSender<Report>,
    /// `true` if the events of the run are read.
    pub(super) is_heard: bool,
    /// `true` if the calls of the run need an approval.
    pub(super) asks: bool,
}

/// A report of a running call to its run.
pub(super) enum Report {
    Progress(Progress),
    SubAgent(SubAgentEvent),
    Approve(ApprovalRequest),
}

/// A call inside a tool call that needs an approval.
pub(super) struct ApprovalRequest {
    pub(super) step: StepId,
    pub(super) call: ToolUse,
    /// The annotations of the tool, which only the run inside knows.
    pub(super) annotations: ToolAnnotations,
    pub(super) answer: oneshot::Sender<Approval>,
}

impl Report {
    /// Returns the event of a report that is not a question.
    pub(super) fn into_event(self) -> Option<Event> {
        match self {
            Self::Progress(progress) => Some(Event::Progress(progress)),
            Self::SubAgent(event) => Some(Event::SubAgent(event)),
            Self::Approve(_) => None,
        }
    }
}

impl RunLink {
    /// Sends a report. The run may already be over.
    fn report(&self, report: Report) {
        let _ = self.reports.send(report);
    }
}

/// The part of the context that only chats use.
impl ToolContext {
    /// Returns `true` if the events of the run that makes the call are read.
    pub(super) fn is_heard(&self) -> bool {
        self.run::<RunLink>().is_some_and(|link| link.is_heard)
    }

    /// Returns `true` if the calls of the run that makes the call need an approval.
    pub(super) fn asks(&self) -> bool {
        self.run::<RunLink>().is_some_and(|link| link.asks)
    }

    /// Passes an event of a sub-agent to the reader of the run.
    pub(super) fn forward(&self, event: Event) {
        if let (Some(link), Some(call)) = (self.run::<RunLink>(), &self.call) {
            link.report(Report::SubAgent(SubAgentEvent::new(call.clone(), event)));
        }
    }

    /// Asks the run that makes the call to decide on a call inside it.
    pub(super) async fn ask(&self, step: StepId, call: ToolUse, annotations: ToolAnnotations) -> Approval {
        let Some(link) = self.run::<RunLink>().filter(|link| link.asks) else { return Approval::Allow };
        let (answer, answered) = oneshot::channel();
        link.report(Report::Approve(ApprovalRequest { step, call, annotations, answer }));
        // If the run ends meanwhile, it also drops the call that waits here.
        answered.await.unwrap_or_else(|_| Approval::deny("the run is over"))
    }

    /// Asks for an approval of a call that the tool is about to make, in the way in which the calls of the run are
    /// approved: by the function that [`ChatBuilder::approve`](crate::chat::ChatBuilder::approve) or
    /// [`ToolLoop::approve`](crate::chat::ToolLoop::approve) sets, inside the hooks. If a run inside another run does not
    /// have a function of its own, that of the outer run is asked.
    ///
    /// If the calls of the run do not need an approval, or the tool is called outside a run, this returns
    /// [`Approval::Allow`]. Questions are asked one after the other. While the user decides, the timeout of the tool
    /// passes.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::tool_use("tidy", json!({})));
    /// # claude.respond(MockResponse::text("The logs stay."));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// use claudette::{Approval, Chat, ToolContext, ToolUse, tool, tools};
    /// use serde_json::json;
    ///
    /// /// Tidies up.
    /// #[tool]
    /// async fn tidy(cx: &ToolContext) -> String {
    ///     let delete = ToolUse::new("delete-1", "delete", json!({"path": "logs"}));
    ///     match cx.approve(&delete).await {
    ///         Approval::Allow => "deleted the logs".to_owned(),
    ///         _ => "kept the logs".to_owned(),
    ///     }
    /// }
    ///
    /// let mut chat = Chat::builder(client).tools(tools![tidy]).build()?;
    /// let approve = async |call: ToolUse| {
    ///     if call.name() == "delete" { Approval::deny("no") } else { Approval::Allow }
    /// };
    /// let run = chat.toolloop("Tidy up.").approve(approve).await?;
    /// assert_eq!(run.steps()[0].outcomes()[0].text(), "kept the logs");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "human in the loop")]
    #[doc(alias = "permission")]
    pub async fn approve(&self, call: &ToolUse) -> Approval {
        let known = ToolAnnotations::default();
        let Some(place) = &self.step else { return self.ask("approval".into(), call.clone(), known).await };
        let number = place.approvals.fetch_add(1, Ordering::Relaxed) + 1;
        let step = StepId::from(format!("approval#{number}").as_str());
        let step = self.step().map_or_else(|| step.clone(), |outer| step.within(outer));
        self.ask(step, call.clone(), known).await
    }
}
