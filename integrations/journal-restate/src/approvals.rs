//! [`Approvals`]: the calls that wait for a decision.

use claudette::journal::Record;
use claudette::tooling::StepId;
use claudette::{Approval, ToolUse};
use restate_sdk::errors::{HandlerResult, TerminalError};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::journal::signal_name;
use crate::text::Text;

/// A virtual object with the calls that wait for a decision. Its key is the id of the run.
///
/// Bind it if an approver returns [`Approval::Suspend`]. The loop then waits, without a process, until there is a decision:
///
/// ```text
/// curl localhost:8080/ClaudetteApprovals/<run id>/waiting
/// curl localhost:8080/ClaudetteApprovals/<run id>/decide --json '{"call": "toolu_1", "approval": {"type": "allow"}}'
/// ```
///
/// ```no_run
/// use claudette_journal_restate::Approvals;
/// use restate_sdk::prelude::*;
///
/// let endpoint = Endpoint::builder().bind(Approvals).build();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Approvals;

/// A call that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// The call.
    pub call: ToolUse,
    /// The step that waits.
    pub step: StepId,
    /// The invocation that waits.
    pub invocation: String,
}

impl Waiting {
    pub(crate) fn new(step: &StepId, call: &ToolUse, invocation: String) -> Self {
        Self { call: call.clone(), step: step.clone(), invocation }
    }
}

/// A decision on a call that waits: the input of `ClaudetteApprovals/<run id>/decide`.
///
/// ```
/// use claudette::Approval;
/// use claudette_journal_restate::Decision;
///
/// let json = r#"{"call": "toolu_1", "approval": {"type": "deny", "data": "too expensive"}}"#;
/// let decision: Decision = serde_json::from_str(json)?;
/// assert_eq!(decision.approval, Approval::deny("too expensive"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The id of the call.
    pub call: String,
    /// The decision. [`Approval::Suspend`] is not a decision.
    pub approval: Approval,
}

#[restate_sdk::object(name = "ClaudetteApprovals")]
impl Approvals {
    /// Adds a call. The journal calls it.
    #[handler(ingress_private = true)]
    #[allow(clippy::unused_async, reason = "every handler is `async`")]
    async fn ask(&self, ctx: ObjectContext<'_>, waiting: Json<Waiting>) -> HandlerResult<()> {
        let key = waiting.0.call.id().to_owned();
        ctx.set(&key, waiting);
        Ok(())
    }

    /// Removes a call after its time limit. Returns `false` if there was a decision. The journal calls it.
    #[handler(ingress_private = true)]
    async fn close(&self, ctx: ObjectContext<'_>, call: String) -> HandlerResult<bool> {
        let is_waiting = ctx.get::<Json<Waiting>>(&call).await?.is_some();
        ctx.clear(&call);
        Ok(is_waiting)
    }

    /// Decides on a call that waits.
    #[handler]
    async fn decide(&self, ctx: ObjectContext<'_>, decision: Json<Decision>) -> HandlerResult<()> {
        let Json(Decision { call, approval }) = decision;
        let run = ctx.key().to_owned();
        if let Err(error) = Record::decision(&approval) {
            let text = format!("no decision on the call `{call}` of run `{run}`: {error}");
            return Err(TerminalError::new_with_code(400, text).into());
        }
        let Some(Json(waiting)) = ctx.get::<Json<Waiting>>(&call).await? else {
            let others = ctx.get_keys().await?;
            return Err(not_waiting(&run, &call, &others).into());
        };
        // The record contains the time, which must be the same if this handler runs again.
        let record = ctx.run(async move || Ok(Text::from(&Record::decision(&approval)?))).name("decision").await?;
        ctx.invocation_handle(waiting.invocation).signal(signal_name(&run, &call)).resolve(record);
        ctx.clear(&call);
        Ok(())
    }

    /// Returns the calls that wait.
    #[handler]
    async fn waiting(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Vec<Waiting>>> {
        let mut all = Vec::new();
        for key in ctx.get_keys().await? {
            all.extend(ctx.get::<Json<Waiting>>(&key).await?.map(Json::into_inner));
        }
        Ok(Json(all))
    }
}

/// Returns the error of a decision on a call that does not wait.
fn not_waiting(run: &str, call: &str, others: &[String]) -> TerminalError {
    let others = match others {
        [] => "no call of this run does".to_owned(),
        others => format!("these calls do: `{}`", others.join("`, `")),
    };
    TerminalError::new_with_code(
        404,
        format!(
            "the call `{call}` of run `{run}` does not wait for a decision, {others}: check the ids, or wait until the \
             run asks"
        ),
    )
}
