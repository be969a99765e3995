//! The wait of a workflow for the decision on a suspended call.

use std::time::SystemTime;

use claudette::journal::Record;
use claudette::tooling::StepId;
use claudette::{Approval, Result, ToolUse};
use serde_json::value::RawValue;

use crate::approval::{PENDING, PendingApproval, topic};
use crate::error::{RunError, step_error};
use crate::journal::Journal;

impl Journal {
    /// Waits until there is a decision on a call, or until its deadline. Both survive the end of the process.
    pub(crate) async fn wait(&self, step: &StepId, call: &ToolUse) -> Result<Record> {
        let failed = |error| step_error(&self.run_id, step, error);
        let topic = topic(&self.run_id, step.as_str());
        let waiting = PendingApproval {
            run_id: self.run_id.clone(),
            step: step.to_string(),
            call: call.clone(),
            until: SystemTime::now() + self.decision_timeout,
        };
        dbos::set_event(PENDING, &[waiting]).await.map_err(failed)?;
        let record = loop {
            let message: Option<Box<RawValue>> =
                dbos::recv(Some(&topic), self.decision_timeout).await.map_err(failed)?;
            match message {
                None => break self.expire(step).await?,
                Some(message) => {
                    let record = Record::from(message.get().to_owned());
                    if record.is_decision() {
                        break record;
                    }
                    tracing::warn!(run_id = self.run_id, %step, %message, "a message is not a decision, and is ignored");
                }
            }
        };
        dbos::set_event(PENDING, &Vec::<PendingApproval>::new()).await.map_err(failed)?;
        Ok(record)
    }

    /// Denies a call whose deadline has passed. The record has a time, so it is stored, too.
    async fn expire(&self, step: &StepId) -> Result<Record> {
        let reason = format!("no decision was made within {:?}", self.decision_timeout);
        let expired = dbos::step::<_, RunError, _, _>(&format!("{step}/expired"), move || {
            let record = Record::decision(&Approval::deny(reason.as_str())).ok();
            async move { Ok(record.and_then(|record| RawValue::from_string(record.as_str().to_owned()).ok())) }
        });
        let record = expired.await.map_err(|error| step_error(&self.run_id, step, error))?;
        Ok(Record::from(record.map(|record| record.get().to_owned()).unwrap_or_default()))
    }
}
