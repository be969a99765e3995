//! [`RemoteCall`]: a tool call of a run as data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::catalog::Model;
use crate::messages::ToolUse;
use crate::tool::{StepId, ToolContext, ToolContextBuilder};

/// A tool call of a run as data, which another process can run.
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
        match &self.model {
            Some(model) => context.model(model.clone()),
            None => context,
        }
    }

    fn idempotency_key(&self) -> String {
        format!("{}/{}", self.run_id, self.step)
    }
}
