//! [`Request`]: a builder of one request, which is sent when it is awaited.

use std::borrow::Cow;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use super::encode::{EncodedRequest, Endpoint};
use super::options::RequestOptions;
use super::plan::RequestPlan;
use super::prefill::Prefill;
use super::setters::request_setters;
use crate::client::{Client, MessageStream, Watch};
use crate::error::Result;
use crate::messages::{Message, Prompt, Response, System};
use crate::task::BoxFuture;
use crate::tool::Toolset;

/// A request to create a message, from [`Client::send`]. Awaiting it returns the [`Response`];
/// [`stream`](Request::stream) streams it.
pub type CreateMessage = Request<Response>;

/// A request to count the tokens of a prompt, from [`Client::count_tokens`]. Awaiting it returns their number.
pub type CountTokens = Request<u64>;

/// A builder of one request, which is sent when it is awaited.
///
/// `T` is the result: a [`Response`] ([`CreateMessage`]), a number of tokens ([`CountTokens`]) or the outcomes of tool
/// calls ([`CallTools`](crate::client::CallTools)). Settings of the input exist for all of them, settings of the output
/// only for requests that create a message.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Ahoy!"));
/// # let client = claude.client("claude-sonnet-5-5");
/// let request = client.send("Hello").system("Speak like a pirate.").max_tokens(100);
/// assert_eq!(request.await?.text(), "Ahoy!");
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is sent when it is awaited"]
pub struct Request<T> {
    pub(in crate::client) client: Client,
    messages: Vec<Message>,
    prefill: Option<Prefill>,
    pub(in crate::client) options: RequestOptions,
    system: Option<System>,
    pub(in crate::client) tools: Toolset,
    answer: PhantomData<fn() -> T>,
}

impl Client {
    /// Returns a request with a prompt or a whole conversation. Awaiting it returns the response;
    /// [`stream`](CreateMessage::stream) streams it.
    ///
    /// # Errors
    /// When it is awaited: misuse, which is reported before anything is sent and includes settings that the model is
    /// known to refuse ([`profile`](Self::profile)), or a failure of the API or of the connection to it.
    #[doc(alias = "messages.create")]
    #[doc(alias = "completion")]
    pub fn send(&self, prompt: impl Into<Prompt>) -> CreateMessage {
        CreateMessage::new(self.clone(), prompt.into())
    }

    /// Returns a request that counts the tokens of a prompt, including the system prompt, the tools and other settings
    /// of the request. It is free of charge.
    ///
    /// ```
    /// # use claudette::testing::MockServer;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let few = client.count_tokens("Hello").await?;
    /// let more = client.count_tokens("Hello").system("Speak like a pirate.").await?;
    /// assert!(more > few);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The same as for [`send`](Self::send).
    pub fn count_tokens(&self, prompt: impl Into<Prompt>) -> CountTokens {
        CountTokens::new(self.clone(), prompt.into())
    }
}

impl<T> Request<T> {
    pub(in crate::client) fn new(client: Client, prompt: Prompt) -> Self {
        Self {
            options: RequestOptions::new(client.default_model().clone()),
            client,
            messages: prompt.into_messages(),
            prefill: None,
            system: None,
            tools: Toolset::default(),
            answer: PhantomData,
        }
    }

    request_setters!(prefix);

    request_setters!(input);

    request_setters!(compaction);

    request_setters!(model);

    request_setters!(choice);

    request_setters!(delivery);

    /// Sets the time limit of all attempts together, including the delays between them. If a delay would exceed it, the
    /// request fails at once.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.options.total_timeout = Some(timeout);
        self
    }

    pub(in crate::client) fn options(&mut self) -> &mut RequestOptions {
        &mut self.options
    }

    fn encode(&mut self, endpoint: Endpoint, streams: bool) -> Result<EncodedRequest> {
        let messages = std::mem::take(&mut self.messages);
        let plan = RequestPlan {
            system: self.system.as_ref().map(Cow::Borrowed),
            prefill: self.prefill.as_ref(),
            streams,
            ..RequestPlan::new(&self.options, messages).tools(&self.tools)
        };
        self.client.encode_for(endpoint, &plan)
    }

    /// Sends the request and reads the whole response, without the prefill.
    pub(in crate::client) async fn response(&mut self) -> Result<Response> {
        let request = self.encode(Endpoint::Messages, false)?;
        self.client.create(&request, None, &Watch::default()).await
    }
}

/// Settings of the output.
impl Request<Response> {
    request_setters!(output);

    /// Sets text that the response starts with. The model continues it. Models since Claude 4.6 do not support it.
    ///
    /// The text is part of the [`Response`], and the first text of a stream. White space at its end is not sent,
    /// because the API refuses it, but it is part of the response.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text(" 7"));
    /// let client = claude.client("claude-haiku-4-5");
    /// let response = client.send("What is 3+4?").prefill("The answer is ").await?;
    /// assert_eq!(response.text(), "The answer is 7");
    /// # Ok(())
    /// # }
    /// ```
    pub fn prefill(mut self, text: impl Into<String>) -> Self {
        self.prefill = Prefill::new(text);
        self
    }

    /// Asks why the request did not use the cache entry of an earlier one, given the id of the earlier response. The
    /// response contains the answer in its field `diagnostics`.
    #[doc(alias = "cache miss")]
    pub fn diagnostics(mut self, previous_message_id: impl Into<String>) -> Self {
        self.options.previous_message_id = Some(previous_message_id.into());
        self
    }

    /// Streams the response. The request is sent when the stream is first polled.
    ///
    /// If the request fails, the error is the first item of the stream: misuse, reported before anything is sent, or an
    /// error of the API or the connection.
    pub fn stream(mut self) -> MessageStream {
        let prefill = self.prefill.clone();
        let request = async move {
            let request = self.encode(Endpoint::Messages, true)?;
            self.client.stream(&request, None, &Watch::default()).await
        };
        MessageStream::new(request, prefill)
    }
}

impl IntoFuture for Request<Response> {
    type Output = Result<Response>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut response = self.response().await?;
            if let Some(prefill) = self.prefill {
                prefill.begin(&mut response);
            }
            Ok(response)
        })
    }
}

impl IntoFuture for Request<u64> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = self.encode(Endpoint::CountTokens, false)?;
            self.client.count(&request).await
        })
    }
}

impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("options", &self.options)
            .field("messages", &self.messages.len())
            .finish_non_exhaustive()
    }
}
