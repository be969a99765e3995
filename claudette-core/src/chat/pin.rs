//! After a fallback has answered, the following requests of the chat begin with it.

use std::sync::Arc;

use super::chat::Chat;
use super::driver::LoopDriver;
use crate::client::RequestOptions;
use crate::error::Result;

impl Chat {
    /// Makes the next request begin with the model of the chat again, although it has declined and a fallback has
    /// answered ([`ChatState::served_by`](crate::chat::ChatState::served_by)).
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::content(json!([])).stop_reason("refusal"));
    /// # (0..3).for_each(|_| claude.respond(MockResponse::text("Hi.")));
    /// # let client = claude.client("claude-fable-5-2");
    /// use claudette::Chat;
    /// use claudette::wire::Fallbacks;
    ///
    /// let fallbacks = Fallbacks::in_client(["claude-opus-5-5"]);
    /// let mut chat = Chat::builder(&client).fallbacks(fallbacks).build()?;
    /// // The model declines, and the fallback answers.
    /// chat.send("Hello").await?;
    /// assert_eq!(chat.state().served_by(), Some("claude-opus-5-5"));
    /// chat.send("How are you?").await?;
    /// chat.reset_fallback();
    /// chat.send("Bye").await?;
    /// let models: Vec<_> = claude.requests().iter().map(|request| request.body()["model"].clone()).collect();
    /// assert_eq!(models, ["claude-fable-5-2", "claude-opus-5-5", "claude-opus-5-5", "claude-fable-5-2"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn reset_fallback(&mut self) {
        self.state.forget_fallback();
    }

    /// Returns the options of requests that begin with the fallback that has answered, if it is one of these options.
    pub(super) fn pinned(&self, options: &RequestOptions) -> Option<RequestOptions> {
        let fallback = self.state.fallback_for(options.model.as_str())?;
        options.beginning_with(fallback).unwrap_or_else(|error| {
            tracing::warn!(%error, fallback, "the request does not begin with the fallback that has answered");
            None
        })
    }
}

impl LoopDriver<'_, '_> {
    /// Returns the options of the next request.
    pub(super) fn requests(&self) -> &Arc<RequestOptions> {
        self.pinned.as_ref().unwrap_or(&self.setup.request)
    }

    /// Makes the following requests begin with the fallback that has answered, if there is one.
    pub(super) fn pin(&mut self) {
        self.pinned = self.chat.pinned(&self.setup.request).map(Arc::new);
    }

    /// Does the same after a response, and measures the requests of the other model.
    pub(super) fn repin(&mut self) -> Result<()> {
        let before = self.requests().model.clone();
        self.pin();
        if self.requests().model != before {
            self.remeasure()?;
        }
        Ok(())
    }
}
