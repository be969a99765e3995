//! The script: the responses to come, and the requests that came.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::mock_response::MockResponse;
use super::recorded_request::RecordedRequest;

/// Shared by the handles, which write the responses, and the connections, which use them up.
#[derive(Default)]
pub(super) struct Script {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    responses: VecDeque<Decide>,
    requests: Vec<RecordedRequest>,
    complaints: Vec<String>,
}

type Decide = Box<dyn FnOnce(&Value) -> MockResponse + Send>;

impl Script {
    pub(super) fn push(&self, decide: impl FnOnce(&Value) -> MockResponse + Send + 'static) {
        self.lock().responses.push_back(Box::new(decide));
    }

    /// Uses up the next response, if there is one.
    pub(super) fn next(&self, request: &Value) -> Option<MockResponse> {
        let decide = self.lock().responses.pop_front()?;
        // Outside the lock, and guarded: what is given to `respond_with` may assert something.
        let response = catch_unwind(AssertUnwindSafe(|| decide(request)));
        Some(response.unwrap_or_else(|panic| {
            let message = format!("`respond_with` panicked: {}", text_of(&*panic));
            self.complain(message.clone());
            failure(message)
        }))
    }

    /// The answer to a request that nobody foresaw.
    pub(super) fn exhausted(&self, request: &Value) -> MockResponse {
        let prompt = last_text(request);
        self.complain(format!("a request came that had no response: {prompt:?}"));
        failure("the script has no response left for this request".to_owned())
    }

    pub(super) fn record(&self, request: RecordedRequest) {
        self.lock().requests.push(request);
    }

    pub(super) fn requests(&self) -> Vec<RecordedRequest> {
        self.lock().requests.clone()
    }

    /// What stands against calling the script finished, in words.
    pub(super) fn unfinished(&self) -> Option<String> {
        let inner = self.lock();
        let left = inner.responses.len();
        if left == 0 && inner.complaints.is_empty() {
            return None;
        }
        let mut text = "the script is not finished:".to_owned();
        if left > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n- scripted responses that were never asked for: {left}");
        }
        for complaint in &inner.complaints {
            let _ = write!(text, "\n- {complaint}");
        }
        for request in inner.requests.iter().filter(|request| request.refused()) {
            let (status, refusal) = (request.status(), request.refusal().unwrap_or_default());
            let _ = write!(text, "\n- by the way, a request was refused: {status} {refusal}");
        }
        Some(text)
    }

    fn complain(&self, complaint: String) {
        self.lock().complaints.push(complaint);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error that no client should try again: the test, not the server, is at fault.
fn failure(message: String) -> MockResponse {
    MockResponse::error(500, "api_error", message).header("x-should-retry", "false")
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "no message",
    }
}

/// The last text of a request, to know it by.
fn last_text(request: &Value) -> &str {
    let content = request["messages"]
        .as_array()
        .and_then(|messages| messages.last())
        .map_or(&Value::Null, |message| &message["content"]);
    match content {
        Value::String(text) => text,
        Value::Array(blocks) => blocks.iter().rev().find_map(|block| block["text"].as_str()).unwrap_or("(no text)"),
        _ => "(no text)",
    }
}
