//! [`Sampling`]: answers of our client to questions of servers.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use claudette::chat::Target;
use claudette::wire::StopReason;
use claudette::{Chat, Client, Message};
use serde_json::{Value, json};

use super::content::{Reader, message};
use crate::error::{Error, Result};
use crate::text::clean;

/// The model that answers questions of a server, and the limits of that.
///
/// A server can ask the model of its client for a text ("sampling"). Each request costs money, and the server writes the
/// prompt, so there are limits, and without [`Connect::sampling`](crate::Connect::sampling) no server can do it.
///
/// Clones share the number of requests.
///
/// ```no_run
/// use claudette::Client;
/// use claudette_mcp::{McpServer, Sampling};
///
/// # async fn connect() -> claudette::Result<()> {
/// let client = Client::new("claude-haiku-4-5")?;
/// let sampling = Sampling::new(&client).max_tokens(500).max_requests(20);
/// let server = McpServer::spawn("summarizer", ["--stdio"]).sampling(sampling).await?;
/// # drop(server);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sampling {
    client: std::result::Result<Client, Arc<claudette::Error>>,
    max_tokens: u32,
    max_requests: u32,
    requests: Arc<AtomicU32>,
}

impl Sampling {
    /// Returns the settings for this model or client: at most 1024 tokens in a response, and 10 requests.
    pub fn new(model: impl Into<Target>) -> Self {
        let client = Chat::new(model).map(|chat| chat.client().clone()).map_err(Arc::new);
        Self { client, max_tokens: 1024, max_requests: 10, requests: Arc::default() }
    }

    /// Sets the maximum number of tokens of one response. The server can ask for fewer.
    #[must_use]
    pub fn max_tokens(mut self, count: u32) -> Self {
        self.max_tokens = count;
        self
    }

    /// Sets the maximum number of requests in all.
    #[must_use]
    pub fn max_requests(mut self, count: u32) -> Self {
        self.max_requests = count;
        self
    }

    /// Returns an error if the client cannot be used.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.client {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::misuse(format!("the model of `.sampling(..)` cannot be used: {error}"))),
        }
    }

    /// Answers a request of a server. An error is a text for the server.
    pub(crate) async fn answer(&self, server: &str, params: &Value) -> std::result::Result<Value, String> {
        let client = self.client.as_ref().map_err(ToString::to_string)?;
        let taken = self.requests.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
            (count < self.max_requests).then_some(count + 1)
        });
        if taken.is_err() {
            tracing::warn!(target: "claudette_mcp", server, "a server has asked the model too often");
            return Err(format!("the client answers at most {} requests", self.max_requests));
        }
        let messages = messages(params);
        if messages.is_empty() {
            return Err("the request has no messages".into());
        }
        let wanted = params.get("maxTokens").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
        let mut request = client.send(messages).max_tokens(wanted.unwrap_or(self.max_tokens).clamp(1, self.max_tokens));
        if let Some(system) = params.get("systemPrompt").and_then(Value::as_str).filter(|text| !text.trim().is_empty())
        {
            request = request.system(clean(system).into_owned());
        }
        let response = request.await.map_err(|error| {
            tracing::warn!(target: "claudette_mcp", server, %error, "a request of a server to the model failed");
            "the model did not answer".to_owned()
        })?;
        let stop_reason = match response.stop_reason() {
            Some(StopReason::MaxTokens) => "maxTokens",
            Some(StopReason::StopSequence) => "stopSequence",
            _ => "endTurn",
        };
        Ok(json!({
            "role": "assistant",
            "content": {"type": "text", "text": response.text()},
            "model": response.model(),
            "stopReason": stop_reason,
        }))
    }
}

/// Shows the limits.
impl fmt::Debug for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sampling")
            .field("max_tokens", &self.max_tokens)
            .field("max_requests", &self.max_requests)
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}

fn messages(params: &Value) -> Vec<Message> {
    let mut reader = Reader::new(false);
    let read = |item: &Value| {
        let role = item.get("role").and_then(Value::as_str).unwrap_or_default();
        message(role, item.get("content")?, &mut reader)
    };
    params.get("messages").and_then(Value::as_array).into_iter().flatten().filter_map(read).collect()
}
