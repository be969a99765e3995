//! [`StructuredMessage`] and [`StructuredTurn`]: the settings of a request for a value of a type.

use std::future::IntoFuture;

use super::answer::{Strategy, Structured, StructuredOptions, answer};
use super::chunk::Chunk;
use super::stream::StructuredStream;
use crate::chat::{Chat, ChatBuilder};
use crate::client::{Client, RequestOptions, request_setters};
use crate::error::{Error, Result};
use crate::messages::{Prompt, System};
use crate::task::BoxFuture;
use crate::task::Yielder;
use crate::tool::{ToolParam, Toolset};

impl Client {
    /// Requests a value of a type. Await it to get the value, or await [`response`](StructuredMessage::response) to get
    /// the response as well.
    ///
    /// The type must implement `serde::Deserialize` and `schemars::JsonSchema`. It can be a struct, an enum, a list, a
    /// number, an `Option`, and so on. The model reads the doc comments of its fields. If an answer is not a valid
    /// value of the type, the model gets the reason and is asked again.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// /// A president of the United States.
    /// #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
    /// struct President {
    ///     first: String,
    ///     last: String,
    ///     /// Years in office
    ///     years: Vec<u32>,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text(r#"{"first":"Thomas","last":"Jefferson","years":[1801,1809]}"#));
    /// # claude.respond(MockResponse::text(r#"{"value":[1,2,3]}"#));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let president: President = client.structured("Who was the third president?").await?;
    /// assert_eq!(president.last, "Jefferson");
    ///
    /// let numbers = client.structured::<Vec<u8>>("The first three numbers?").await?;
    /// assert_eq!(numbers, [1, 2, 3]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it is awaited, it returns the errors of [`send`](Self::send), and also an error if the model refuses to
    /// answer ([`Error::is_refusal`]), if the answer is cut ([`Error::is_incomplete`]), or if it is still not valid
    /// after all attempts ([`Error::is_mismatch`]). These errors contain the response ([`Error::partial`]).
    #[doc(alias = "structured outputs")]
    #[doc(alias = "json mode")]
    pub fn structured<T: ToolParam + Send>(&self, prompt: impl Into<Prompt>) -> StructuredMessage<T> {
        StructuredMessage {
            options: RequestOptions::new(self.default_model().clone()),
            client: self.clone(),
            prompt: prompt.into(),
            system: None,
            tools: Toolset::default(),
            wanted: StructuredOptions::default(),
        }
    }
}

impl Chat {
    /// Sends a prompt and requests the answer as a value of a type. If the chat has tools, the model can call them
    /// first.
    ///
    /// The prompt and the answer enter the history, as with [`toolloop`](Self::toolloop); see [`Client::structured`].
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("A cake needs 3 eggs."));
    /// # claude.respond(MockResponse::text(r#"{"value":6}"#));
    /// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
    /// chat.send("How many eggs does a cake need?").await?;
    /// let eggs: u32 = chat.structured("And two cakes?").await?;
    /// assert_eq!(eggs, 6);
    /// assert_eq!(chat.history().len(), 4);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it is awaited, it returns the errors of [`Client::structured`].
    pub fn structured<T: ToolParam + Send>(&mut self, prompt: impl Into<Prompt>) -> StructuredTurn<'_, T> {
        StructuredTurn {
            options: RequestOptions::clone(&self.options),
            chat: self,
            prompt: prompt.into(),
            wanted: StructuredOptions::default(),
        }
    }
}

/// The settings of a request for a value of a type, which [`Client::structured`] returns.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text(r#"{"value":12}"#));
/// # claude.respond(MockResponse::text(r#"{"value":7}"#));
/// # let client = claude.client("claude-sonnet-5-5");
/// let dice: u8 = client
///     .structured("Roll two dice and add them, but not 12.")
///     .validate(|sum| if *sum == 12 { Err("12 is not allowed".to_owned()) } else { Ok(()) })
///     .max_attempts(3)
///     .await?;
/// assert_eq!(dice, 7);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct StructuredMessage<T> {
    client: Client,
    prompt: Prompt,
    options: RequestOptions,
    system: Option<System>,
    tools: Toolset,
    wanted: StructuredOptions<'static, T>,
}

/// The settings of a request for a value of a type in a chat, which [`Chat::structured`] returns.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text(r#"{"value":6}"#));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// let answer = chat.structured::<u32>("How many eggs do two cakes need?").max_tokens(100).response().await?;
/// assert_eq!((answer.value, answer.attempts), (6, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct StructuredTurn<'a, T> {
    chat: &'a mut Chat,
    prompt: Prompt,
    options: RequestOptions,
    wanted: StructuredOptions<'a, T>,
}

macro_rules! structured_setters {
    ($rules:lifetime) => {
        /// Sets the maximum number of answers until one is valid: 2 by default, and at least 1.
        pub fn max_attempts(mut self, max: u32) -> Self {
            self.wanted.max_attempts = max.max(1);
            self
        }

        /// Adds a rule for the value. If it returns an error, the model gets the error and is asked again.
        pub fn validate(mut self, rule: impl Fn(&T) -> Result<(), String> + Send + Sync + $rules) -> Self {
            self.wanted.rules.push(Box::new(rule));
            self
        }

        /// Sets the strategy. By default, the library chooses it by the model and the type.
        pub fn strategy(mut self, strategy: Strategy) -> Self {
            self.wanted.strategy = Some(strategy);
            self
        }
    };
}

impl<T: ToolParam + Send> StructuredMessage<T> {
    request_setters!(prefix);

    request_setters!(model);

    request_setters!(input);

    request_setters!(output);

    request_setters!(delivery);

    structured_setters!('static);

    fn options(&mut self) -> &mut RequestOptions {
        &mut self.options
    }

    /// The value together with the response that has it.
    ///
    /// # Errors
    /// As for [`Client::structured`].
    pub async fn response(self) -> Result<Structured<T>> {
        self.answer(None).await
    }

    /// The value as the model writes it.
    pub fn stream(self) -> StructuredStream<'static, T>
    where
        T: 'static,
    {
        StructuredStream::new(|watcher| Box::pin(self.answer(Some(watcher))))
    }

    async fn answer(self, watcher: Option<Yielder<Chunk>>) -> Result<Structured<T>> {
        let mut messages = self.prompt.into_messages();
        let last = messages.pop().ok_or_else(|| Error::misuse("there is no message to send"))?;
        let mut chat =
            ChatBuilder::with(self.client, self.options.clone(), self.system, self.tools).history(messages).build()?;
        answer(&mut chat, last.into(), self.wanted, self.options, watcher).await
    }
}

impl<'a, T: ToolParam + Send> StructuredTurn<'a, T> {
    request_setters!(model);

    request_setters!(input);

    request_setters!(output);

    request_setters!(delivery);

    structured_setters!('a);

    fn options(&mut self) -> &mut RequestOptions {
        &mut self.options
    }

    /// The value together with the response that has it.
    ///
    /// # Errors
    /// As for [`Client::structured`].
    pub async fn response(self) -> Result<Structured<T>> {
        answer(self.chat, self.prompt, self.wanted, self.options, None).await
    }

    /// The value as the model writes it.
    pub fn stream(self) -> StructuredStream<'a, T>
    where
        T: 'a,
    {
        let Self { chat, prompt, options, wanted } = self;
        StructuredStream::new(|watcher| Box::pin(answer(chat, prompt, wanted, options, Some(watcher))))
    }
}

impl<T: ToolParam + Send + 'static> IntoFuture for StructuredMessage<T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.response().await?.value) })
    }
}

impl<'a, T: ToolParam + Send + 'a> IntoFuture for StructuredTurn<'a, T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.response().await?.value) })
    }
}
