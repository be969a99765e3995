//! [`SendMessage`]: one response in a chat, set up step by step.

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

/// One response, set up step by step. Await it for the [`Response`], or [`stream`](Self::stream) its events.
///
/// If the response calls tools they are run, and their results wait in the history for the next prompt or
/// [`resume`](Chat::resume).
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

    /// Asks for each call of the response whether it may run; see [`ToolLoop::approve`].
    pub fn approve<F, Fut>(self, approve: F) -> Self
    where
        F: FnMut(ToolUse) -> Fut + Send + 'a,
        Fut: Future<Output = Approval> + Send + 'a,
    {
        Self(self.0.approve(approve))
    }

    /// Runs code of the program's at the turning points; see [`ToolLoop::hook`].
    pub fn hook(self, hook: impl Hook + 'a) -> Self {
        Self(self.0.hook(hook))
    }

    /// Words that the response begins with: the model goes on from there; see
    /// [`CreateMessage::prefill`](crate::client::CreateMessage::prefill). Models since Claude 4.6 refuse it.
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

    /// The same response, seen as it is written.
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
    /// Says something and waits for one response. If it calls tools they are run, and their results wait in the history.
    pub fn send(&mut self, prompt: impl Into<Prompt>) -> SendMessage<'_> {
        SendMessage::new(self, Some(prompt.into()))
    }

    /// Sends what waits: what the user said, tool results, a turn that the API paused, or else the
    /// [`continue_prompt`](crate::chat::ChatBuilder::continue_prompt).
    ///
    /// This is how a chat goes on after an error or a dropped future. A call that had finished is not run again; one
    /// that had not is answered as interrupted. Where nothing waits it is misuse, and nothing is sent.
    pub fn resume(&mut self) -> SendMessage<'_> {
        SendMessage::new(self, None)
    }
}
