//! [`RemoteCall`]: a tool call of a run as data.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::catalog::{Model, Spent};
use crate::chat::machine::ChatState;
use crate::messages::ToolUse;
use crate::tool::{StepId, ToolContext, ToolContextBuilder};

/// A tool call of a run as data, which another process can run.
///
/// The data contains the state of a [sub-agent](crate::chat::AgentTool) that was suspended and continues.
///
/// An engine such as Restate runs each call as an invocation of its own. Its handler has its own
/// [`Journal`](crate::journal::Journal), which stores the steps of this call.
///
/// ```
/// use claudette::journal::{Journal, JournalStep, Record, RemoteCall};
/// use claudette::{BoxFuture, Result, ToolContext, tool, tools};
///
/// /// Charges an amount.
/// #[tool(idempotent)]
/// fn charge(cx: &ToolContext, /** In USD */ amount: u32) -> String {
///     format!("charged {amount} as {}", cx.idempotency_key().unwrap())
/// }
///
/// /// Stores nothing.
/// struct Nowhere;
///
/// impl Journal for Nowhere {
///     fn run_id(&self) -> &str {
///         "order-7"
///     }
///
///     fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
///         step.run()
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // As `JournalCall::to_remote` has made it, and the engine has sent it:
/// let json = r#"{
///     "run_id": "order-7", "step": "tool#1.1:charge", "remaining_steps": 8,
///     "call": {"type": "tool_use", "id": "toolu_1", "name": "charge", "input": {"amount": 5}}
/// }"#;
/// let call: RemoteCall = serde_json::from_str(json)?;
/// let record = call.run(&Nowhere, &tools![charge], &call.context().build()).await?;
/// assert!(record.as_str().contains("charged 5 as order-7/tool#1.1:charge"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoteCall {
    pub(in crate::chat) run_id: String,
    pub(in crate::chat) step: StepId,
    pub(in crate::chat) call: ToolUse,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::chat) model: Option<Model>,
    #[serde(default)]
    pub(in crate::chat) remaining_steps: u32,
    /// The timeout of a tool without a timeout of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::chat) timeout: Option<Duration>,
    /// The deadline of the run, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::chat) deadline: Option<u64>,
    /// `true` if the loop has this tool. A model can also call a tool that does not exist.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::chat) is_offered: bool,
    /// `true` if the record of the call can contain the state of a call that waits for a decision.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::chat) can_suspend: bool,
    /// The state from which the call continues, if it was suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::chat) inner: Option<Box<ChatState>>,
}

impl RemoteCall {
    /// Returns the id of the run.
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// Returns the name of the step.
    pub fn step(&self) -> &StepId {
        &self.step
    }

    /// Returns the call.
    pub fn tool_use(&self) -> &ToolUse {
        &self.call
    }

    /// Returns a builder of the context of the call, for example to set a sink for its progress.
    pub fn context(&self) -> ToolContextBuilder {
        let context = ToolContext::builder()
            .step(self.step.as_str())
            .idempotency_key(self.idempotency_key())
            .remaining_steps(self.remaining_steps);
        let context = if self.can_suspend {
            let state = |inner: &ChatState| -> (Arc<dyn Any + Send + Sync>, Spent) {
                (Arc::new(inner.clone()), inner.spent().clone())
            };
            context.suspendable(self.inner.as_deref().map(state))
        } else {
            context
        };
        match &self.model {
            Some(model) => context.model(model.clone()),
            None => context,
        }
    }

    fn idempotency_key(&self) -> String {
        format!("{}/{}", self.run_id, self.step)
    }
}
