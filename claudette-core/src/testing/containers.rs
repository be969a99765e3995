//! [`Containers`]: the containers that the server has given to conversations, and the times at which they expire.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::context::list;
use super::ids::Ids;
use crate::client::parse_rfc3339;

/// Containers by id. Those of other servers are not known, and do not expire.
#[derive(Default)]
pub(super) struct Containers {
    ends: Mutex<HashMap<String, SystemTime>>,
}

impl Containers {
    /// Notes the container of a message. Adds one if the message runs code and the script has not named one.
    ///
    /// A container that the server adds does not expire, so that a program behaves the same in every run.
    pub(super) fn note(&self, request: &Value, ids: &Ids, message: &mut Value) {
        if message.get("container").is_none() && list(&message["content"]).iter().any(runs_code) {
            let given = &request["container"];
            let id = given.as_str().or(given["id"].as_str()).map_or_else(|| ids.container(), str::to_owned);
            message["container"] = json!({ "id": id, "expires_at": "2999-01-01T00:00:00Z" });
        }
        let container = &message["container"];
        let end = container["expires_at"].as_str().and_then(parse_rfc3339);
        if let (Some(id), Some(end)) = (container["id"].as_str(), end) {
            let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
            ends.insert(id.to_owned(), end);
        }
    }

    /// Returns `true` if the server has given out this container, and its time is over.
    pub(super) fn has_expired(&self, id: &str) -> bool {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.get(id).is_some_and(|end| *end <= SystemTime::now())
    }
}

fn runs_code(block: &Value) -> bool {
    let name = block["name"].as_str().unwrap_or_default();
    let called = block["caller"]["type"].as_str().is_some_and(|caller| caller.starts_with("code_execution"));
    called || block["type"] == "server_tool_use" && name.ends_with("code_execution")
}
