//! [`Script`]: the queued responses, and the requests received.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::mock_response::MockResponse;
use super::recorded_request::RecordedRequest;

/// The queue that the handles add responses to, and that the connections take them from.
#[derive(Default)]
pub(super) struct Script {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    responses: VecDeque<Decide>,
    summaries: VecDeque<MockResponse>,
    /// The number of requests that are kept; `None` for all.
    limit: Option<usize>,
    requests: VecDeque<RecordedRequest>,
    problems: Vec<String>,
}

type Decide = Box<dyn FnOnce(&Value) -> MockResponse + Send>;

impl Script {
    pub(super) fn push(&self, decide: impl FnOnce(&Value) -> MockResponse + Send + 'static) {
        self.lock().responses.push_back(Box::new(decide));
    }

    /// Takes the next response from the queue.
    pub(super) fn next(&self, request: &Value) -> Option<MockResponse> {
        let decide = self.lock().responses.pop_front()?;
        // Called without the lock, and its panics are caught: a closure given to `respond_with` can contain assertions.
        let response = catch_unwind(AssertUnwindSafe(|| decide(request)));
        Some(response.unwrap_or_else(|panic| {
            let message = format!("`respond_with` panicked: {}", text_of(&*panic));
            self.report(message.clone());
            failure(message)
        }))
    }

    /// Returns the error response to a request for which no response is queued, and records the problem.
    pub(super) fn exhausted(&self, request: &Value) -> MockResponse {
        let prompt = last_text(request);
        self.report(format!("no response was queued for a request: {prompt:?}"));
        failure("no response is queued for this request; call `MockServer::respond`".to_owned())
    }

    /// Returns the error response to a request that offers no tool search, if the queued response contains one, and
    /// records the problem.
    pub(super) fn cannot_search(&self) -> MockResponse {
        let problem = "a response contains a tool search, but the request does not offer `tool_search_tool_bm25` or \
                       `tool_search_tool_regex`";
        self.report(problem.to_owned());
        failure(problem.to_owned())
    }

    /// Queues the response to a compaction.
    pub(super) fn push_summary(&self, response: MockResponse) {
        self.lock().summaries.push_back(response);
    }

    /// Takes the next response to a compaction from the queue.
    pub(super) fn next_summary(&self) -> Option<MockResponse> {
        self.lock().summaries.pop_front()
    }

    /// Keeps only the last requests.
    pub(super) fn keep_requests(&self, limit: usize) {
        self.lock().limit = Some(limit);
    }

    pub(super) fn record(&self, request: RecordedRequest) {
        let mut inner = self.lock();
        inner.requests.push_back(request);
        if inner.limit.is_some_and(|limit| inner.requests.len() > limit) {
            inner.requests.pop_front();
        }
    }

    pub(super) fn requests(&self) -> Vec<RecordedRequest> {
        self.lock().requests.iter().cloned().collect()
    }

    /// Describes the reasons why the script is not finished; `None` if it is finished.
    pub(super) fn unfinished(&self) -> Option<String> {
        let inner = self.lock();
        let left = inner.responses.len() + inner.summaries.len();
        if left == 0 && inner.problems.is_empty() {
            return None;
        }
        let mut text = "the script of the mock server is not finished:".to_owned();
        if left > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n- queued responses that were not used: {left}");
        }
        for problem in &inner.problems {
            let _ = write!(text, "\n- {problem}");
        }
        for request in inner.requests.iter().filter(|request| request.refused()) {
            let (status, refusal) = (request.status(), request.refusal().unwrap_or_default());
            let _ = write!(text, "\n- a request was refused: {status} {refusal}");
        }
        Some(text)
    }

    /// Records a problem, which makes `assert_finished` fail.
    pub(super) fn report(&self, problem: String) {
        self.lock().problems.push(problem);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns an error that clients do not retry, because the cause is in the test.
fn failure(message: String) -> MockResponse {
    MockResponse::error(500, "api_error", message).header("x-should-retry", "false")
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "(no message)",
    }
}

/// Returns the last text of a request, which identifies it in messages.
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
