//! [`Request`]: one request about a conversation, set up step by step.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use serde::Deserialize;

use super::call::{Call, Draft, Endpoint};
use super::delivery::Delivery;
use super::prefill::Prefill;
use super::settings::settings;
use super::{Client, MessageStream};
use crate::error::{Error, Result};
use crate::future::BoxFuture;
use crate::messages::{CacheBreakpoints, ContentBlock, Diagnostics, Message, Params, Prompt, Response, Role, System};
use crate::tool::Toolset;

/// A request to create a message: what [`Client::send`] returns. Await it for the [`Response`], or
/// [`stream`](Request::stream) it.
pub type CreateMessage = Request<Response>;

/// A request to count the tokens of a prompt: what [`Client::count_tokens`] returns. Await it for their number.
pub type CountTokens = Request<u64>;

/// A request about a conversation, set up step by step and sent when it is awaited.
///
/// `T` is what comes of it: a [`Response`] or the number of tokens. Both take the settings that belong to what is asked;
/// those that only an answer can heed are there for [`CreateMessage`] alone.
#[must_use = "a request is sent when it is awaited"]
pub struct Request<T> {
    pub(super) client: Client,
    messages: Vec<Message>,
    prefill: Option<Prefill>,
    pub(super) params: Params,
    system: Option<System>,
    pub(super) tools: Toolset,
    delivery: Delivery,
    answer: PhantomData<fn() -> T>,
}

impl<T> Request<T> {
    pub(super) fn new(client: Client, prompt: Prompt) -> Self {
        Self {
            params: Params::new(client.default_model().clone()),
            client,
            messages: prompt.into_messages(),
            prefill: None,
            system: None,
            tools: Toolset::default(),
            delivery: Delivery::default(),
            answer: PhantomData,
        }
    }

    settings!(prefix);

    settings!(asked);

    settings!(model);

    settings!(choice);

    settings!(delivery);

    /// How long all attempts together may take. A wait that would go beyond is not begun.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.delivery.deadline = Some(deadline);
        self
    }

    pub(super) fn params(&mut self) -> &mut Params {
        &mut self.params
    }

    fn delivery(&mut self) -> &mut Delivery {
        &mut self.delivery
    }

    fn prepare(&mut self, endpoint: Endpoint) -> Result<Call> {
        self.tools.check()?;
        if let (Some(control), Some(last)) = (&self.client.cache(&self.params).last_message, self.messages.last_mut()) {
            last.set_mark(control);
        }
        self.messages.extend(self.prefill.as_ref().map(Prefill::to_message));
        check_conversation(&self.messages)?;
        let prefix = self.client.prefix(self.system.as_ref(), &self.tools, &self.params);
        let draft = Draft {
            endpoint,
            prefills: self.messages.last().is_some_and(is_to_be_gone_on_from),
            marks: CacheBreakpoints::of_messages(&self.messages),
            ends_marked: self.messages.last().is_some_and(Message::ends_marked),
            has_system_messages: self.messages.iter().any(|message| *message.role() == Role::System),
            ..Draft::new(&self.params, &prefix, &self.delivery)
        };
        self.client.call(&draft, |body| body.push_messages(&self.messages))
    }

    /// Sends the request and reads the whole reply, without what was put into the model's mouth.
    pub(super) async fn response(&mut self) -> Result<Response> {
        self.params.stream = self.params.is_long() && self.delivery.timeout.is_none();
        let call = self.prepare(Endpoint::Messages)?;
        self.client.create(&call, None).await
    }
}

/// Settings that only an answer can heed.
impl Request<Response> {
    settings!(answer);

    /// Words that the reply begins with: the model goes on from there. Models since Claude 4.6 refuse it.
    ///
    /// They are part of the [`Response`], and the first text of a stream. White space at their end is not sent, for the
    /// API refuses it, and stands in the reply all the same.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text(" 7"));
    /// let client = claude.client("claude-haiku-4-5");
    /// let reply = client.send("What is 3+4?").prefill("The answer is ").await?;
    /// assert_eq!(reply.text(), "The answer is 7");
    /// # Ok(())
    /// # }
    /// ```
    pub fn prefill(mut self, text: impl Into<String>) -> Self {
        self.prefill = Prefill::new(text);
        self
    }

    /// Asks why the cache did not serve what the reply of this id had put into it; the answer is in the reply's field
    /// `diagnostics`.
    pub fn diagnostics(mut self, previous_message_id: impl Into<String>) -> Self {
        self.params.diagnostics = Some(Diagnostics { previous_message_id: previous_message_id.into() });
        self
    }

    /// Sends the request and gives the reply as it is written.
    ///
    /// # Errors
    /// Misuse before anything is sent; otherwise what the API or the connection to it has to say.
    pub async fn stream(mut self) -> Result<MessageStream> {
        self.params.stream = true;
        let call = self.prepare(Endpoint::Messages)?;
        let stream = self.client.stream(&call, None, &None).await?;
        Ok(stream.beginning_with(self.prefill))
    }
}

impl IntoFuture for Request<Response> {
    type Output = Result<Response>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut reply = self.response().await?;
            if let Some(prefill) = self.prefill {
                prefill.begin(&mut reply);
            }
            Ok(reply)
        })
    }
}

impl IntoFuture for Request<u64> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        #[derive(Deserialize)]
        struct Count {
            input_tokens: u64,
        }
        Box::pin(async move {
            let call = self.prepare(Endpoint::CountTokens)?;
            let Count { input_tokens } = self.client.fetch(&call, "number of tokens").await?;
            Ok(input_tokens)
        })
    }
}

/// What the API would refuse anyway, in better words.
fn check_conversation(messages: &[Message]) -> Result<()> {
    if messages.is_empty() {
        return Err(Error::misuse("there is no message to send"));
    }
    match messages.iter().position(Message::is_blank) {
        // A last message of the model may be empty.
        Some(place) if place + 1 < messages.len() || *messages[place].role() != Role::Assistant => {
            Err(Error::misuse(format!("message {place} is empty: the API takes none without content")))
        }
        _ => Ok(()),
    }
}

/// Whether this last message is a prefill: words of the model and nothing else. A turn that the API paused holds what a
/// tool of the server did, and goes back to any model.
fn is_to_be_gone_on_from(last: &Message) -> bool {
    let is_words = |block: &ContentBlock| {
        matches!(block, ContentBlock::Text(_) | ContentBlock::Thinking(_) | ContentBlock::RedactedThinking(_))
    };
    *last.role() == Role::Assistant && !last.is_blank() && last.content().iter().all(is_words)
}

impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("params", &self.params)
            .field("messages", &self.messages.len())
            .finish_non_exhaustive()
    }
}
