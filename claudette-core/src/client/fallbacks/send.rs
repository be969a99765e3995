//! Sends a request, and if the model declines, the requests to its fallbacks.

use std::time::Duration;

use tokio::time::Instant;

use super::relay::{Candidate, Leg, Next, Relay, Shown, is_refusal};
use crate::catalog::UsageTotals;
use crate::client::Client;
use crate::client::request::EncodedRequest;
use crate::client::watch::Watch;
use crate::error::{Error, Result};
use crate::messages::{Message, Response};

impl EncodedRequest {
    /// Returns the models that can answer, in order.
    pub(in crate::client) fn candidates(&self) -> Vec<Candidate> {
        let first = Candidate { model: self.model.as_str().to_owned(), inherits_speed: false };
        let others = self.fallbacks.iter().map(|fallback| Candidate {
            model: fallback.request.model.as_str().to_owned(),
            inherits_speed: fallback.without_speed.is_some(),
        });
        std::iter::once(first).chain(others).collect()
    }

    /// Returns the request to a fallback, which continues the output, if there is any. `begun` is the instant at which
    /// the first request began.
    pub(in crate::client) fn of_leg(&self, leg: &Leg, output: Option<Message>, begun: Instant) -> Self {
        let fallback = &self.fallbacks[leg.place - 1];
        let request = fallback.without_speed.as_ref().filter(|_| leg.without_speed).unwrap_or(&fallback.request);
        let mut request = request.clone();
        request.total_timeout = self.total_timeout.map(|limit| limit.saturating_sub(begun.elapsed()));
        if let Some(output) = output {
            request.continue_from(output);
        }
        if let Some(token) = &leg.credit {
            request.redeem(token);
        }
        request
    }
}

impl Watch<'_> {
    /// Counts the response of a model that has declined.
    pub(in crate::client) fn declined(&self, refusal: &Response) {
        if let Some(meter) = self.meter {
            meter.declined(refusal);
        }
    }

    /// Counts a request to a fallback that has failed.
    pub(in crate::client) fn failed(&self, error: &Error) {
        if let Some(meter) = self.meter {
            meter.failed(error);
        }
    }
}

impl Relay {
    /// Returns the next decision whose request fits into the limit. A fallback whose request does not fit is skipped.
    pub(in crate::client) fn affordable(&mut self, mut next: Next, watch: &Watch<'_>, elapsed: Duration) -> Next {
        while let (Next::Send(leg), Some(meter)) = (&next, watch.meter) {
            if meter.may_fall_back(leg.place - 1, leg.continues) {
                break;
            }
            tracing::info!(fallback = leg.place, "the budget of the run does not cover the request to the fallback");
            next = self.skipped(elapsed);
        }
        next
    }
}

impl Client {
    /// Sends the request and reads the whole response. If the model declines, its fallbacks get the request.
    pub(in crate::client) async fn create_with_fallbacks(
        &self,
        call: &EncodedRequest,
        part: Option<&UsageTotals>,
        watch: &Watch<'_>,
    ) -> Result<Response> {
        let begun = Instant::now();
        let first = self.create_once(call, part, watch).await?;
        if !is_refusal(&first) {
            return Ok(first);
        }
        watch.declined(&first);
        let (mut relay, mut next) = Relay::begin(call.candidates(), first, Shown::Nothing, begun.elapsed());
        let mut last = loop {
            let leg = match relay.affordable(next, watch, begun.elapsed()) {
                Next::Send(leg) => leg,
                Next::Refused(refusal) => break refusal,
            };
            tracing::info!(fallback = leg.place, "the model has declined; sending the request to a fallback");
            next = match self.create_once(&call.of_leg(&leg, None, begun), part, watch).await {
                Err(error) => {
                    tracing::info!(%error, "the fallback has failed");
                    watch.failed(&error);
                    relay.failed(error.status(), begun.elapsed())
                }
                Ok(response) => {
                    relay.answered();
                    if !is_refusal(&response) {
                        break response;
                    }
                    watch.declined(&response);
                    relay.refused(response, Shown::Nothing, begun.elapsed())
                }
            };
        };
        relay.complete(&mut last);
        Ok(last)
    }
}
