//! The requests to fallbacks, as bytes. They share the messages with the original request.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::json;

use super::encode::{EncodedRequest, Endpoint, FallbackRequest};
use super::json_text::encode;
use super::options::RequestOptions;
use super::plan::RequestPlan;
use crate::catalog::{Model, Platform};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::messages::{Message, Speed};

impl Client {
    /// Returns the beta with which refusals grant a credit for the request to a fallback, unless the caller names it.
    pub(super) fn missing_credit_beta(&self, options: &RequestOptions) -> Option<&'static str> {
        let is_named = self.betas(&options.headers).any(|beta| beta.starts_with("fallback-credit-"));
        let beta = if self.platform() == Platform::Bedrock {
            "fallback-credit-2026-06-09"
        } else {
            "fallback-credit-2026-07-01"
        };
        (!is_named).then_some(beta)
    }

    /// Checks and encodes the requests that are sent if the model of the plan declines.
    ///
    /// # Errors
    /// Misuse: a fallback is not valid, or its model is known to refuse the request.
    pub(super) fn encode_fallbacks(&self, plan: &RequestPlan<'_>) -> Result<Vec<FallbackRequest>> {
        let options = &plan.options;
        let fallbacks = options.fallbacks_in_client(self.platform()).iter().map(|fallback| {
            let mut patched = options.patched(fallback)?;
            if let Some(beta) = self.missing_credit_beta(options) {
                patched.add_beta(beta);
            }
            let request = self
                .encode_one(Endpoint::Messages, &plan.with_options(&patched), None)
                .map_err(|error| of_fallback(error, &patched.model))?;
            let inherits_speed = fallback.fields().get("speed").is_none() && patched.speed == Some(Speed::Fast);
            let without_speed = if inherits_speed {
                patched.speed = None;
                Some(self.encode_one(Endpoint::Messages, &plan.with_options(&patched), None)?)
            } else {
                None
            };
            Ok(FallbackRequest { request, without_speed })
        });
        fallbacks.collect()
    }
}

#[cold]
fn of_fallback(error: Error, model: &Model) -> Error {
    Error::misuse(format!("the request cannot fall back to {model}")).caused_by(error)
}

impl EncodedRequest {
    /// Adds the credit of a refusal. If it cannot be redeemed, the request is answered at its normal price.
    pub(in crate::client) fn redeem(&mut self, token: &str) {
        let credit = json!({"token": token, "mode": "best_effort"});
        if let Some(first) = self.body.first_mut() {
            let rest = first.slice(1..);
            *first = format!("{{\"fallback_credit_token\":{credit},").into();
            self.body.insert(1, rest);
        }
    }

    /// Adds a message with the output that the model continues.
    pub(in crate::client) fn continue_from(&mut self, output: Message) {
        const END: &[u8] = b"]}";
        if let Some(last) = self.body.last_mut()
            && let Some(rest) = last.strip_suffix(END)
        {
            *last = last.slice(..rest.len());
            self.body.extend([Bytes::from_static(b","), encode(&[output]).into(), Bytes::from_static(END)]);
        }
    }
}

impl RequestPlan<'_> {
    /// Returns the plan of the same request with other options.
    fn with_options<'p>(&'p self, options: &'p RequestOptions) -> RequestPlan<'p> {
        RequestPlan {
            options: Cow::Borrowed(options),
            system: self.system.as_deref().map(Cow::Borrowed),
            tools: Cow::Borrowed(&*self.tools),
            declared: self.declared.as_deref().map(Cow::Borrowed),
            prefix: self.prefix,
            conversation: self.conversation.borrowed(),
            prefill: self.prefill,
            streams: self.streams,
        }
    }
}
