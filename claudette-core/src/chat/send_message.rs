//! [`SendMessage`]: a request for one response in a chat.

use std::future::IntoFuture;

use super::approval::Approval;
use super::chat::Chat;
use super::events::Events;
use super::hook::Hook;
use super::machine::LoopOptions;
use super::setters::loop_setters;
use super::tool_loop::ToolLoop;
use crate::client::{Prefill, RequestOptions, request_setters};
use crate::error::Result;
use crate::messages::{Prompt, Response, ToolUse};
use crate::task::BoxFuture;
use crate::tool::TypedCall;

/// The settings of a request for one response. Await it to get the [`Response`], or call [`stream`](Self::stream) to
/// read its events.
///
/// If the response contains tool calls, the tools run, and their results stay in the history until the next prompt or
/// [`resume`](Chat::resume).
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi, Jeremy!"));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// let response = chat.send("I'm Jeremy.").max_tokens(100).await?;
/// assert_eq!(response.text(), "Hi, Jeremy!");
/// assert_eq!(chat.history().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited or its events are read"]
pub struct SendMessage<'a>(ToolLoop<'a>);

impl<'a> SendMessage<'a> {
    pub(super) fn new(chat: &'a mut Chat, prompt: Option<Prompt>) -> Self {
        let mut one = ToolLoop::new(chat, prompt);
        one.loop_options().once = true;
        Self(one)
    }

    loop_setters!(calls);

    /// Sets the function that approves each tool call of the response before it runs; see [`ToolLoop::approve`].
    pub fn approve<F, Fut>(self, approve: F) -> Self
    where
        F: FnMut(ToolUse) -> Fut + Send + 'a,
        Fut: Future<Output = Approval> + Send + 'a,
    {
        Self(self.0.approve(approve))
    }

    /// Sets the function that approves each tool call of the response as a typed call; see
    /// [`ToolLoop::approve_typed`].
    pub fn approve_typed<C, F, Fut>(self, approve: F) -> Self
    where
        C: TypedCall,
        F: FnMut(C) -> Fut + Send + 'a,
        Fut: Future<Output = Approval> + Send + 'a,
    {
        Self(self.0.approve_typed(approve))
    }

    /// Adds a [`Hook`]; see [`ToolLoop::hook`].
    pub fn hook(self, hook: impl Hook + 'a) -> Self {
        Self(self.0.hook(hook))
    }

    /// Sets the text that the response starts with. The model continues from there; see
    /// [`CreateMessage::prefill`](crate::client::CreateMessage::prefill). Models since Claude 4.6 do not support it.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text(" it's 42."));
    /// # let mut chat = claudette::Chat::new(claude.client("claude-haiku-4-5"))?;
    /// let response = chat.send("What is the meaning of life?").prefill("According to Douglas Adams,").await?;
    /// assert_eq!(response.text(), "According to Douglas Adams, it's 42.");
    /// assert_eq!(chat.last().unwrap().text(), response.text());
    /// # Ok(())
    /// # }
    /// ```
    pub fn prefill(mut self, text: impl Into<String>) -> Self {
        self.0.setup.prefill = Prefill::new(text);
        self
    }

    request_setters!(model);

    request_setters!(input);

    request_setters!(output);

    request_setters!(choice);

    request_setters!(delivery);

    fn loop_options(&mut self) -> &mut LoopOptions {
        self.0.loop_options()
    }

    fn options(&mut self) -> &mut RequestOptions {
        self.0.options()
    }

    /// Returns the events of the request. It is sent while they are read.
    pub fn stream(self) -> Events<'a> {
        self.0.stream()
    }
}

impl<'a> IntoFuture for SendMessage<'a> {
    type Output = Result<Response>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let run = self.0.run(None);
        Box::pin(async move { Ok(run.await?.into_response()) })
    }
}

impl Chat {
    /// Sends a prompt and returns one response. If it contains tool calls, the tools run, and their results stay in the
    /// history until the next prompt or [`resume`](Self::resume).
    pub fn send(&mut self, prompt: impl Into<Prompt>) -> SendMessage<'_> {
        SendMessage::new(self, Some(prompt.into()))
    }

    /// Sends the content that waits in the history: a message of the user, tool results, or a turn that the API paused.
    /// If nothing waits, it sends the [`continue_prompt`](crate::chat::ChatBuilder::continue_prompt).
    ///
    /// Use it to continue a chat after an error or a dropped future. Finished tool calls do not run again, and the
    /// results of unfinished calls say that they were interrupted. If nothing waits and there is no `continue_prompt`,
    /// it returns a misuse error, and nothing is sent.
    pub fn resume(&mut self) -> SendMessage<'_> {
        SendMessage::new(self, None)
    }
}
