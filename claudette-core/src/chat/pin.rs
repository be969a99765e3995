//! After a fallback has answered, the following requests of the chat begin with it.

use std::sync::Arc;

use super::chat::Chat;
use super::driver::LoopDriver;
use super::machine::{ContextPolicy, FallbackRates};
use crate::client::RequestOptions;
use crate::error::{Error, Result};
use crate::messages::{Fallbacks, Response, StopReason};
use crate::tool::Toolset;

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
        beginning_with(options, self.state.fallback_for(options.model.as_str())?)
    }

    /// Returns the maximum consumption of the models that the API asks if the first one declines. A request of the client
    /// to a fallback is measured on its own.
    pub(super) fn fallback_rates(&self, options: &RequestOptions) -> Vec<FallbackRates> {
        let models = options.fallbacks_of_api(self.client.platform()).map_or(&[][..], Fallbacks::models);
        // A fallback that is not valid is refused when the request is encoded, or by the API.
        let options = models.iter().filter_map(|fallback| options.patched(fallback).ok());
        let rates = |options: RequestOptions| FallbackRates {
            price: self.client.price(&options),
            max_output: self.client.max_tokens(&options).into(),
        };
        options.map(rates).collect()
    }

    /// Checks that the context policy is possible with each model that may continue after a refusal.
    ///
    /// # Errors
    /// Returns a misuse error that names the fallback.
    pub(super) fn check_fallbacks(
        &self,
        policy: &ContextPolicy,
        options: &RequestOptions,
        tools: &Toolset,
    ) -> Result<()> {
        let fallbacks = options.fallbacks.as_ref().map_or(&[][..], Fallbacks::models);
        for fallback in fallbacks.iter().filter(|_| !policy.is_none()) {
            self.room(policy, &options.patched(fallback)?, tools).map_err(|error| {
                let model = fallback.model();
                Error::misuse(format!("the context policy is not possible with the fallback {model}")).caused_by(error)
            })?;
        }
        Ok(())
    }
}

fn beginning_with(options: &RequestOptions, fallback: &str) -> Option<RequestOptions> {
    options.beginning_with(fallback).unwrap_or_else(|error| {
        tracing::warn!(%error, fallback, "the request does not begin with the fallback that has answered");
        None
    })
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

    /// Makes the requests after this response begin with the fallback that has answered it, and measures them, so that
    /// the limits are those of the other model when the response is applied.
    ///
    /// # Errors
    /// Returns a misuse error if the context policy is not possible with the model, because the tools have changed.
    pub(super) fn repin(&mut self, response: &Response) -> Result<()> {
        let is_refusal = response.stop_reason() == Some(&StopReason::Refusal);
        if is_refusal || !response.content().iter().any(|block| block.as_fallback().is_some()) {
            return Ok(());
        }
        let (before, request) = (self.requests().model.clone(), &self.setup.request);
        let fallback = self.chat.state.fallback_after(response, request.model.as_str());
        self.pinned = fallback.and_then(|fallback| beginning_with(request, &fallback)).map(Arc::new);
        if self.requests().model != before {
            let (rates, room) = (self.rates(), self.room()?);
            self.chat.state.set_measures(rates, room);
        }
        Ok(())
    }
}
