//! [`Containers`]: the containers that the server has given to conversations, and the times at which they expire.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::context::list;
use super::ids::Ids;

/// Containers by id. Those of other servers are not known, and do not expire.
#[derive(Default)]
pub(super) struct Containers {
    ends: Mutex<HashMap<String, String>>,
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
        if let (Some(id), Some(end)) = (container["id"].as_str(), container["expires_at"].as_str()) {
            let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
            ends.insert(id.to_owned(), end.to_owned());
        }
    }

    /// Returns `true` if the server has given out this container, and its time is over.
    pub(super) fn has_expired(&self, id: &str) -> bool {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        // Dates in UTC are ordered like their texts.
        ends.get(id).is_some_and(|end| *end <= utc(SystemTime::now()))
    }
}

fn runs_code(block: &Value) -> bool {
    let name = block["name"].as_str().unwrap_or_default();
    let called = block["caller"]["type"].as_str().is_some_and(|caller| caller.starts_with("code_execution"));
    called || block["type"] == "server_tool_use" && name.ends_with("code_execution")
}

/// Returns a time as `2026-11-30T12:00:00Z`.
fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let (mut days, second) = (seconds / 86_400, seconds % 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{:02}Z", days + 1, second % 60)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_dates() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_827_696, "2000-02-29T12:34:56Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }
}
