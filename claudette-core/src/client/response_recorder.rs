//! [`ResponseRecorder`]: records a response in the totals, the log and the span of its request.

use std::sync::Arc;

use serde_json::Value;

use super::client::Client;
use super::exchange::Exchange;
use super::pacing::Admission;
use super::request::EncodedRequest;
use super::span::RequestSpan;
use crate::catalog::{Model, UsageTotals};
use crate::error::{Error, Result};
use crate::messages::{RemoteMcpServer, Response};

/// Records the response to one request when it is complete or no longer read.
#[derive(Clone)]
pub(super) struct ResponseRecorder {
    /// The limits on attempts, with the requested model and the number of bytes of the request.
    admission: Option<(Arc<Admission>, Model, usize)>,
    /// The body of the request, if the client logs.
    request: Option<Value>,
    /// The totals that the usage of the response is added to.
    ledger: UsageTotals,
    pub(super) span: RequestSpan,
}

impl ResponseRecorder {
    pub(super) fn new(client: &Client, call: &EncodedRequest, part: Option<&UsageTotals>) -> Self {
        let request = client.0.log.as_ref().map(|_| {
            let body: Vec<u8> = call.body.iter().flat_map(|piece| piece.iter().copied()).collect();
            let mut body = serde_json::from_slice(&body).unwrap_or_default();
            RemoteMcpServer::remove_tokens(&mut body);
            body
        });
        let admission = client.0.admission.as_ref().map(|own| (own.clone(), call.model.clone(), call.size()));
        let ledger = part.unwrap_or(&client.0.ledger).clone();
        Self { admission, request, ledger, span: RequestSpan::chat(client, call) }
    }

    /// Records a response, and returns it if all of it could be read.
    ///
    /// # Errors
    /// A block of a known type is damaged. The error contains the response.
    pub(super) fn accept(&self, response: Response) -> Result<Response> {
        self.add(&response);
        match response.damage() {
            None => {
                self.span.responded(&response);
                Ok(response)
            }
            Some(damage) => {
                Err(Error::unreadable(format!("the response is damaged: {damage}"), b"").after(Some(response)))
            }
        }
    }

    pub(super) fn enter(&self, response: &Response) {
        self.span.responded(response);
        self.add(response);
    }

    /// Adds a response to the totals and to the log.
    fn add(&self, response: &Response) {
        self.consumed(response);
        let client = &self.span.client.0;
        if let (Some(log), Some(request)) = (&client.log, &self.request) {
            log.add(Exchange::new(request.clone(), response.clone(), client.ledger.usage()));
        }
    }

    /// Records only the usage of a response. The caller does not see the response, because the request is sent again.
    pub(super) fn consumed(&self, response: &Response) {
        let cost = self.span.cost(response);
        self.span.count_usage(response, cost.as_ref());
        self.ledger.record(response.usage(), cost);
        if let Some((admission, model, size)) = &self.admission {
            // Tokens that are read from the cache do not count towards the rate limits.
            let usage = response.usage();
            let tokens = usage.input_tokens().saturating_add(usage.cache_creation_input_tokens());
            admission.learn(model.as_str(), *size, tokens);
        }
    }
}
