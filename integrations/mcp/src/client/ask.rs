//! A request whose result may ask for input first (multi round-trip requests of the modern era).

use std::time::Instant;

use claudette::ToolContext;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, GetPromptRequest, GetPromptRequestParams, InputResponses,
    ReadResourceRequest, ReadResourceRequestParams,
};
use serde_json::Value;

use super::connection::Connection;
use super::failure::Failure;
use super::handler::answer;
use super::options::Options;
use super::request::Limits;

/// The maximum number of times that one request can ask for input.
const MAX_ROUNDS: usize = 10;

/// Parameters of a request that may ask for input.
pub(crate) trait Askable: Clone {
    fn request(self) -> ClientRequest;

    fn answered(self, responses: Option<InputResponses>, state: Option<String>) -> Self;
}

macro_rules! askable {
    ($($params:ident => $request:ident),+) => {$(
        impl Askable for $params {
            fn request(self) -> ClientRequest {
                ClientRequest::$request($request::new(self))
            }

            fn answered(mut self, responses: Option<InputResponses>, state: Option<String>) -> Self {
                (self.input_responses, self.request_state) = (responses, state);
                self
            }
        }
    )+};
}

askable!(
    CallToolRequestParams => CallToolRequest,
    GetPromptRequestParams => GetPromptRequest,
    ReadResourceRequestParams => ReadResourceRequest
);

impl Connection {
    /// Sends a request, and answers what the server asks for in between.
    pub(crate) async fn ask(
        &self,
        params: impl Askable,
        limits: Limits,
        cx: Option<&ToolContext>,
        options: &Options,
        server: &str,
    ) -> Result<Value, Failure> {
        // Before the modern era, a server asks with requests of its own.
        if !self.is_modern() {
            return self.request(params.request(), limits, cx).await;
        }
        let start = Instant::now();
        let mut next = params.clone();
        for _ in 0..=MAX_ROUNDS {
            let limits = Limits { total: limits.total.saturating_sub(start.elapsed()), ..limits };
            let result = self.request(next.request(), limits, cx).await?;
            if result.get("resultType").and_then(Value::as_str) != Some("input_required") {
                return Ok(result);
            }
            let state = result.get("requestState").and_then(Value::as_str).map(str::to_owned);
            next = params.clone().answered(answers(&result, options, server).await?, state);
        }
        Err(Failure::Broken(format!("it asked for input more than {MAX_ROUNDS} times")))
    }
}

/// Answers the questions of a result, one after the other: a person cannot answer two at once.
async fn answers(result: &Value, options: &Options, server: &str) -> Result<Option<InputResponses>, Failure> {
    let Some(Value::Object(questions)) = result.get("inputRequests") else { return Ok(None) };
    let mut responses = InputResponses::new();
    for (key, question) in questions {
        let method = question.get("method").and_then(Value::as_str).unwrap_or_default();
        let params = question.get("params").unwrap_or(&Value::Null);
        let response = answer(options, server, method, params).await.map_err(Failure::Server)?;
        responses.insert(key.clone(), response);
    }
    Ok(Some(responses))
}
