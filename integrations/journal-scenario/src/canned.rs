//! [`Canned`]: a model without a network, for benchmarks.

use std::sync::Arc;

use claudette::chat::{Answer, NextRequest, StepId};
use claudette::client::RequestPlan;
use claudette::{BoxFuture, Hook, Response, Result};
use serde_json::json;

/// Answers the requests of a loop with prepared responses, as a hook. Each response but the last calls the same tool with
/// its number `n`.
#[derive(Clone, Debug)]
pub struct Canned(Arc<[Response]>);

impl Canned {
    /// Prepares this number of responses. Each but the last, which is "Done.", has this text.
    pub fn new(requests: usize, tool: &str, text: &str) -> Self {
        let response = |n: usize| {
            let is_last = n == requests;
            let mut content = vec![json!({"type": "text", "text": if is_last { "Done." } else { text }})];
            if !is_last {
                content.push(json!({"type": "tool_use", "id": format!("toolu_{n}"), "name": tool, "input": {"n": n}}));
            }
            let response = json!({
                "id": format!("msg_{n}"), "type": "message", "role": "assistant", "model": "claude-sonnet-5-5",
                "content": content, "stop_reason": if is_last { "end_turn" } else { "tool_use" }, "stop_sequence": null,
                "usage": {"input_tokens": 1000 + n, "output_tokens": 250},
            });
            serde_json::from_value(response).unwrap()
        };
        Self((1..=requests).map(response).collect())
    }

    /// Returns the number of responses.
    pub fn requests(&self) -> usize {
        self.0.len()
    }
}

impl Hook for Canned {
    fn around_request<'a>(
        &'a self,
        step: &'a StepId,
        _: &'a RequestPlan<'a>,
        next: NextRequest<'a>,
    ) -> BoxFuture<'a, Result<Answer<Response>>> {
        let number: usize = step.as_str().trim_start_matches("request#").parse().unwrap();
        let response = self.0[number - 1].clone();
        Box::pin(async move { Ok(next.replay(response)) })
    }

    fn wants_events(&self) -> bool {
        false
    }
}
