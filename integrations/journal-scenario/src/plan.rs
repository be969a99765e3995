//! The requests and calls of the run.

use claudette::testing::MockResponse;
use serde_json::{Value, json};

/// The number of requests of a run.
pub const REQUESTS: usize = 6;

/// The number of tool calls of a run.
pub const CALLS: usize = 9;

/// The number of calls that have a *started* marker.
pub const MARKERS: usize = 6;

/// The number of records of a run: its start, and each request, approval, marker and outcome.
pub const STEPS: usize = 1 + REQUESTS + CALLS + MARKERS + CALLS;

/// Returns the prompt of a run. The server reads the id of the run from it, so the id must not contain a space.
pub fn prompt(run: &str) -> String {
    assert!(!run.contains(' '), "{run:?}");
    format!("{run} standard")
}

/// Returns the prompt of a run with this number of requests. Each but the last calls `look`.
pub fn long_prompt(run: &str, requests: usize) -> String {
    assert!(!run.contains(' '), "{run:?}");
    format!("{run} {requests}")
}

/// Returns `true` if the tool may run again.
pub fn is_idempotent(tool: &str) -> bool {
    tool == "look"
}

/// Returns the calls of the response to a request. The first request has the number 1.
fn calls(request: usize) -> Vec<(&'static str, Value)> {
    let calls: &[(&str, u32)] = match request {
        1 => &[("pay", 1)],
        2 => &[("pay", 2), ("look", 3), ("pay", 4)],
        3 => &[("look", 5), ("pay", 6)],
        4 => &[("pay", 7)],
        5 => &[("pay", 8), ("look", 9)],
        _ => &[],
    };
    calls.iter().map(|(name, n)| (*name, json!({ "n": n }))).collect()
}

/// Returns the names of the steps of the calls, each with its tool and the number of its request.
pub fn call_steps() -> Vec<(String, &'static str, usize)> {
    let of_request = |request: usize| {
        let calls = calls(request).into_iter().enumerate();
        calls.map(move |(index, (tool, _))| (format!("tool#{request}.{}:{tool}", index + 1), tool, request))
    };
    (1..=REQUESTS).flat_map(of_request).collect()
}

/// Returns the text of the last response.
pub(crate) fn answer(requests: usize) -> String {
    format!("Done after {requests} requests.")
}

/// Returns the response to a request of a run with this prompt.
pub(crate) fn respond(kind: &str, request: usize) -> MockResponse {
    let (calls, requests) = match kind.parse() {
        Err(_) => (calls(request), REQUESTS),
        Ok(requests) if request < requests => (vec![("look", json!({ "n": request }))], requests),
        Ok(requests) => (Vec::new(), requests),
    };
    if calls.is_empty() { MockResponse::text(answer(requests)) } else { MockResponse::tool_uses(calls) }
}
