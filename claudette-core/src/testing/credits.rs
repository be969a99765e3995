//! [`Credits`]: the credits of refusals, with which a request to another model costs less.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::context::list;
use super::ids::Ids;

/// The time for which a credit is valid.
pub(super) const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// The fields in which a request may differ from the one that was declined.
const FREE: [&str; 8] =
    ["model", "max_tokens", "thinking", "output_config", "speed", "stream", "messages", "fallback_credit_token"];

/// Credits by token. Those of other servers are not known, and are ignored.
pub(super) struct Credits {
    pub(super) lifetime: Duration,
    granted: Mutex<HashMap<String, Credit>>,
}

struct Credit {
    since: Instant,
    request: Value,
    /// `true` if the other model may continue the output.
    may_continue: bool,
}

impl Default for Credits {
    fn default() -> Self {
        Self { lifetime: LIFETIME, granted: Mutex::default() }
    }
}

impl Credits {
    /// Adds a credit to the refusal of a request.
    pub(super) fn grant(&self, request: &Value, ids: &Ids, message: &mut Value) {
        let token = ids.credit();
        let has_text = list(&message["content"]).iter().any(|block| block["type"] == "text");
        let may_continue = has_text || continued(request).is_some();
        message["stop_details"]["fallback_credit_token"] = json!(token);
        message["stop_details"]["fallback_has_prefill_claim"] = json!(may_continue);
        let credit = Credit { since: Instant::now(), request: request.clone(), may_continue };
        self.granted().insert(token, credit);
    }

    /// Redeems the credit of a request. Returns its status, or `None` if the request does not have a credit of this
    /// server.
    ///
    /// # Errors
    /// Returns the reason if the credit is not valid and the request requires it.
    pub(super) fn redeem(&self, request: &Value) -> Result<Option<Value>, &'static str> {
        let field = &request["fallback_credit_token"];
        let Some(token) = field.as_str().or(field["token"].as_str()) else { return Ok(None) };
        let granted = self.granted();
        let Some(credit) = granted.get(token) else { return Ok(None) };
        match credit.problem(request, self.lifetime) {
            None => Ok(Some(json!({ "status": "redeemed" }))),
            Some(reason) if field["mode"] == "best_effort" => {
                Ok(Some(json!({ "status": "not_applied", "reason": reason })))
            }
            Some(reason) => Err(reason),
        }
    }

    fn granted(&self) -> MutexGuard<'_, HashMap<String, Credit>> {
        self.granted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Credit {
    /// Returns the reason why the credit does not apply to a request.
    fn problem(&self, request: &Value, lifetime: Duration) -> Option<&'static str> {
        let before = list(&self.request["messages"]);
        // A model that continues the output of another one can decline as well. Its own output is then added to it.
        let before = if continued(&self.request).is_some() { &before[..before.len() - 1] } else { before };
        let added = list(&request["messages"]).strip_prefix(before);
        let is_same = fixed(&self.request).eq(fixed(request));
        match added {
            _ if self.since.elapsed() >= lifetime => Some("expired"),
            _ if request["model"] == self.request["model"] => Some("invalid_target_model"),
            Some([]) if is_same => None,
            Some([output]) if is_same && output["role"] == "assistant" => {
                (!self.may_continue).then_some("continuation_excluded")
            }
            _ => Some("body_mismatch"),
        }
    }
}

/// Returns the output of another model that a request continues.
fn continued(request: &Value) -> Option<&Value> {
    let last = list(&request["messages"]).last().filter(|last| last["role"] == "assistant");
    last.filter(|_| !request["fallback_credit_token"].is_null())
}

/// Returns the fields that must be the same, in any order.
fn fixed(request: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let fields = request.as_object().into_iter().flatten();
    let mut fields: Vec<_> = fields.filter(|(name, _)| !FREE.contains(&name.as_str())).collect();
    fields.sort_by_key(|(name, _)| *name);
    fields.into_iter()
}
