//! [`StructuredMessage`] and [`StructuredTurn`]: a request for a value of a type, set up step by step.

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
    /// Asks for a value of a type. Await it for the value, or [`response`](StructuredMessage::response) for the response as
    /// well.
    ///
    /// The type derives `serde::Deserialize` and `schemars::JsonSchema`; doc comments of its fields reach the model. It can
    /// be anything: a struct, an enum, a list, a number, an `Option`. An answer that does not fit is sent back with what is
    /// wrong, and asked for again.
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
    /// When it is awaited: as for [`send`](Self::send); a refusal ([`Error::is_refusal`]), an answer that was cut
    /// ([`Error::is_incomplete`]), and one that does not fit after all attempts ([`Error::is_mismatch`]). They keep the response
    /// ([`Error::partial`]).
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
    /// Says something and asks for the answer as a value of a type. If the chat has tools, the model may call them first.
    ///
    /// What was said is in the history, and a later prompt can build on it; see [`Client::structured`].
    ///
    /// # Errors
    /// When it is awaited, as for [`Client::structured`].
    pub fn structured<T: ToolParam + Send>(&mut self, prompt: impl Into<Prompt>) -> StructuredTurn<'_, T> {
        StructuredTurn {
            options: RequestOptions::clone(&self.options),
            chat: self,
            prompt: prompt.into(),
            wanted: StructuredOptions::default(),
        }
    }
}

/// A request for a value of a type, set up step by step: what [`Client::structured`] returns.
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

/// A turn of a chat whose answer is a value of a type, set up step by step: what [`Chat::structured`] returns.
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
        /// How many responses are asked for at most until the value is right, 2 by default and at least one.
        pub fn max_attempts(mut self, most: u32) -> Self {
            self.wanted.max_attempts = most.max(1);
            self
        }

        /// A rule of the program's own: the model reads what it says of a value, and answers again.
        pub fn validate(mut self, rule: impl Fn(&T) -> Result<(), String> + Send + Sync + $rules) -> Self {
            self.wanted.rules.push(Box::new(rule));
            self
        }

        /// How the model is held to the form, where that is not to be left to the library.
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
