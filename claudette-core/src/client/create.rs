//! [`CreateMessage`]: one request, set up step by step.

use std::future::IntoFuture;
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::builder::{append_beta, set_header};
use super::call::{Call, Prefix, encode};
use super::{Client, MessageStream};
use crate::error::{Error, Result};
use crate::future::BoxFuture;
use crate::messages::{Message, Params, Prompt, Response, System, ToolChoice};
use crate::model::Model;
use crate::tool::{IntoTools, Toolset};

/// A request to create a message. Await it for the [`Response`], or [`stream`](Self::stream) it.
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct CreateMessage {
    client: Client,
    messages: Vec<Message>,
    params: Params,
    system: Option<System>,
    tools: Toolset,
    headers: HeaderMap,
    timeout: Option<Duration>,
    deadline: Option<Duration>,
    /// The first wrong setting; told when the request is sent.
    misuse: Option<Error>,
}

impl CreateMessage {
    pub(super) fn new(client: Client, prompt: Prompt) -> Self {
        Self {
            params: Params::new(client.model().clone()),
            client,
            messages: prompt.into_messages(),
            system: None,
            tools: Toolset::default(),
            headers: HeaderMap::new(),
            timeout: None,
            deadline: None,
            misuse: None,
        }
    }

    /// Asks this model.
    pub fn model(mut self, model: impl Into<Model>) -> Self {
        self.params.model = model.into();
        self
    }

    /// The system prompt.
    pub fn system(mut self, system: impl Into<System>) -> Self {
        self.system = Some(system.into());
        self
    }

    /// The most tokens the reply may have, thinking included; 16,384 by default.
    ///
    /// A reply of more than 21,333 may take longer than a plain answer lasts: it is streamed then, and awaiting it gives
    /// the same [`Response`].
    pub fn max_tokens(mut self, most: u32) -> Self {
        self.params.max_tokens = most;
        self
    }

    /// How freely the model chooses its words, 0 to 1. Models after Claude 4.6 refuse it.
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.params.temperature = Some(temperature);
        self
    }

    /// Ends the reply where the model writes this text. May be given several times.
    pub fn stop(mut self, sequence: impl Into<String>) -> Self {
        self.params.stop_sequences.push(sequence.into());
        self
    }

    /// Tools the model may call. They are not run here: see [`Response::tool_uses`] and [`Toolset::answer`].
    pub fn tools(mut self, tools: impl IntoTools) -> Self {
        self.tools = self.tools.with(tools);
        self
    }

    /// Which tools the model may, must or must not call.
    pub fn tool_choice(mut self, choice: impl Into<ToolChoice>) -> Self {
        self.params.tool_choice = Some(choice.into());
        self
    }

    /// A field of the request that has no setter here.
    pub fn extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.params.extra.insert(field.into(), value.into());
        self
    }

    /// A header of this request alone.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let result = set_header(&mut self.headers, name, value);
        self.misuse = self.misuse.or(result.err());
        self
    }

    /// A beta feature for this request, as the `anthropic-beta` header names it.
    pub fn beta(mut self, name: &str) -> Self {
        let result = append_beta(&mut self.headers, name);
        self.misuse = self.misuse.or(result.err());
        self
    }

    /// How long one attempt may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long all attempts together may take. A wait that would go beyond is not begun.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sends the request and gives the reply as it is written.
    ///
    /// # Errors
    /// Misuse before anything is sent; otherwise what the API or the connection to it has to say.
    pub async fn stream(mut self) -> Result<MessageStream> {
        self.params.stream = true;
        let (client, call) = self.into_call()?;
        client.stream(&call, None, &None).await
    }

    fn into_call(self) -> Result<(Client, Call)> {
        if let Some(misuse) = self.misuse {
            return Err(misuse);
        }
        self.tools.check()?;
        check_conversation(&self.messages)?;
        let tools = if self.tools.is_empty() { "" } else { self.tools.wire_json() };
        let prefix = Prefix::new(self.system.as_ref(), tools);
        let mut call = Call::new(&self.params, &prefix, [encode(&self.messages)]);
        call.headers = self.headers;
        call.timeout = self.timeout;
        call.deadline = self.deadline;
        Ok((self.client, call))
    }
}

/// What the API would refuse anyway, in better words.
fn check_conversation(messages: &[Message]) -> Result<()> {
    if messages.is_empty() {
        return Err(Error::misuse("there is no message to send"));
    }
    match messages.iter().position(Message::is_blank) {
        // A last message of the model may be empty.
        Some(place) if place + 1 < messages.len() || *messages[place].role() != crate::Role::Assistant => {
            Err(Error::misuse(format!("message {place} is empty: the API takes none without content")))
        }
        _ => Ok(()),
    }
}

impl IntoFuture for CreateMessage {
    type Output = Result<Response>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            self.params.stream = self.params.is_long() && self.timeout.is_none();
            let (client, call) = self.into_call()?;
            client.create(&call, None, &None).await
        })
    }
}
