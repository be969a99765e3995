//! Sends a request, in one or more attempts, and reads the response.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{HeaderValue, LOCATION};
use http::response::Parts;
use http::{HeaderMap, Request, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use super::answer::{Answer, misread, reported};
use super::client::Client;
use super::credentials::Credentials;
use super::headers;
use super::hosts::OperationKind;
use super::pacing::{Admission, Permit};
use super::request::{EncodedRequest, VERSION, WITH_SAMPLING};
use super::response_headers::{compression, request_id, text_header};
use super::response_recorder::ResponseRecorder;
use super::retry::{Retry, RetryHint};
use super::span::RequestSpan;
use super::stream::{FallbackStream, ResponseStream};
use super::transport::{Body, Joined, without_secrets};
use super::watch::Watch;
use crate::catalog::UsageTotals;
use crate::error::{Error, Result};
use crate::messages::Response;
use crate::task::BoxFuture;

/// The time limit for the body of an error. The status is already known.
const PATIENCE: Duration = Duration::from_secs(10);

impl Client {
    /// Sends the request and reads the whole response. Its usage is recorded in `part`, a part of the client's totals,
    /// or in those totals themselves.
    pub(crate) async fn create(
        &self,
        call: &EncodedRequest,
        part: Option<&UsageTotals>,
        watch: &Watch<'_>,
    ) -> Result<Response> {
        if call.fallbacks.is_empty() {
            return self.create_once(call, part, watch).await;
        }
        Box::pin(self.create_with_fallbacks(call, part, watch)).await
    }

    /// Sends the request without its fallbacks.
    pub(super) async fn create_once(
        &self,
        call: &EncodedRequest,
        part: Option<&UsageTotals>,
        watch: &Watch<'_>,
    ) -> Result<Response> {
        if call.streams {
            return self.stream_once(call, part, watch).await?.finish().await;
        }
        let recorder = ResponseRecorder::new(self, call, part);
        let span = &recorder.span;
        let read = |answer| async {
            match answer {
                Answer::Whole { body, .. } => recorder.accept(self.message(&body, call)?),
                // This is rare, and its future is large, so it is boxed. The stream records the response itself.
                Answer::Events { body, request_id, permit } => {
                    let (limits, names, recorder) = (self.0.limits, call.long_names.clone(), recorder.clone());
                    let stream = ResponseStream::new(request_id, body, limits, names, recorder, permit);
                    Box::pin(stream.finish()).await
                }
            }
        };
        let attempts = pin!(self.attempts(call, watch, Some(span), read));
        let response = attempts.instrument(span.span.clone()).await;
        match &response {
            Ok(response) => span.succeeded(response),
            Err(error) => span.failed(error),
        }
        response
    }

    /// Sends the request and streams the response. Failures before the first content are retried.
    pub(crate) async fn stream<'w>(
        &self,
        call: &EncodedRequest,
        part: Option<&UsageTotals>,
        watch: &Watch<'w>,
    ) -> Result<FallbackStream<'w>> {
        let begun = Instant::now();
        let first = self.stream_once(call, part, watch).await?;
        Ok(FallbackStream::new(self, call, part, watch, first, begun))
    }

    /// Sends the request without its fallbacks.
    pub(super) async fn stream_once(
        &self,
        call: &EncodedRequest,
        part: Option<&UsageTotals>,
        watch: &Watch<'_>,
    ) -> Result<ResponseStream> {
        let limits = self.0.limits;
        let recorder = ResponseRecorder::new(self, call, part);
        let span = &recorder.span;
        let begun = pin!(self.attempts(call, watch, Some(span), |answer| async {
            let (names, recorder) = (call.long_names.clone(), recorder.clone());
            match answer {
                Answer::Events { body, request_id, permit } => {
                    let seconds = span.elapsed();
                    let stream = ResponseStream::begin(request_id, body, limits, names, recorder, permit).await?;
                    span.first_chunk(seconds);
                    Ok(stream)
                }
                // Some servers do not stream and send the whole message at once.
                Answer::Whole { body, request_id } => {
                    ResponseStream::whole(request_id, self.message(&body, call)?, recorder)
                }
            }
        }));
        begun.instrument(span.span.clone()).await.inspect_err(|error| span.failed(error))
    }

    /// Sends a request that counts tokens, and returns their number.
    pub(super) async fn count(&self, call: &EncodedRequest) -> Result<u64> {
        #[derive(Deserialize)]
        struct Count {
            input_tokens: u64,
        }
        let span = RequestSpan::count_tokens(self, call);
        let read = |answer: Answer| async {
            let body = answer.bytes(self.0.limits).await?;
            self.parse(&body, "number of tokens", |body| serde_json::from_slice(body))
        };
        let watch = Watch::default();
        let counted = pin!(self.attempts(call, &watch, Some(&span), read));
        let tokens = counted.instrument(span.span.clone()).await.map(|Count { input_tokens }| input_tokens);
        span.counted(&tokens);
        tokens
    }

    /// Sends the request and reads the whole body as a `T`; `what` names it in errors.
    pub(super) async fn fetch<T: DeserializeOwned>(&self, call: &EncodedRequest, what: &str) -> Result<T> {
        let read = |answer: Answer| async {
            let body = answer.bytes(self.0.limits).await?;
            self.parse(&body, what, |body| serde_json::from_slice(body))
        };
        self.attempts(call, &Watch::default(), None, read).await
    }

    /// Reads a body as a message.
    fn message(&self, body: &[u8], call: &EncodedRequest) -> Result<Response> {
        let mut response = self.parse(body, "message", Response::parse)?;
        call.long_names.restore(&mut response);
        Ok(response)
    }

    /// Checks the limits of a body and parses it; `what` names it in errors.
    fn parse<T>(&self, body: &[u8], what: &str, parse: impl FnOnce(&[u8]) -> serde_json::Result<T>) -> Result<T> {
        self.0.limits.check(body)?;
        parse(body).map_err(|cause| misread(body, what, cause))
    }

    /// Sends the request until it succeeds or must not be retried. `read` reads the body of a response with a success
    /// status.
    async fn attempts<T, F: Future<Output = Result<T>>>(
        &self,
        call: &EncodedRequest,
        watch: &Watch<'_>,
        span: Option<&RequestSpan>,
        read: impl Fn(Answer) -> F,
    ) -> Result<T> {
        // A limit beyond the range of the clock is ignored.
        let deadline = call.total_timeout.and_then(|limit| Instant::now().checked_add(limit));
        let (mut retries, mut head, mut has_renewed) = (0, None, false);
        let outcome = loop {
            let permit = match &self.0.admission {
                None => None,
                Some(admission) => match admitted(admission, call, deadline).await {
                    Ok(permit) => Some(permit),
                    Err(error) => break Err(error),
                },
            };
            let mut advice = RetryHint::default();
            let timeout = call.timeout.unwrap_or(self.0.timeout);
            let left = deadline.map_or(timeout, |deadline| timeout.min(deadline - Instant::now()));
            if left.is_zero() {
                break Err(Error::timeout("the request was not sent, because its total timeout has passed"));
            }
            let answer = {
                head = None;
                let attempt = pin!(self.attempt(call, permit, &read, &mut advice, &mut head));
                tokio::time::timeout(left, attempt).await
            };
            let error = match answer {
                Ok(Ok(response)) => break Ok(response),
                Ok(Err(error)) => error,
                Err(_) => Error::timeout(format!("the API did not answer within {left:?}")),
            };
            // An expired token is not a failure of the API, so the first refusal does not count as a retry.
            let renews = advice.has_other_credentials && !std::mem::replace(&mut has_renewed, true);
            if renews && watch.meter.is_none_or(|meter| meter.may_retry(&error)) {
                tracing::info!(%error, "sending the request again with other credentials");
                continue;
            }
            let Some(wait) = self.0.retry.after(retries, &error, &advice) else { break Err(error) };
            if deadline.is_some_and(|deadline| Instant::now() + wait >= deadline) {
                break Err(error);
            }
            if watch.meter.is_some_and(|meter| !meter.may_retry(&error)) {
                break Err(error);
            }
            retries += 1;
            tracing::info!(%error, attempt = retries + 1, ?wait, "retrying the request");
            if let Some(retry) = watch.retry {
                retry(Retry { attempt: retries + 1, wait, reason: error.to_string() }).await;
            }
            tokio::time::sleep(wait).await;
        };
        if let Some(span) = span {
            span.answered(retries, head.as_ref());
        }
        outcome.map_err(|error| self.located(error))
    }

    /// Sends the request once. `answered` receives the head of the response, even if it is an error.
    async fn attempt<T, F: Future<Output = Result<T>>>(
        &self,
        call: &EncodedRequest,
        mut permit: Option<Permit>,
        read: impl Fn(Answer) -> F,
        advice: &mut RetryHint,
        answered: &mut Option<Parts>,
    ) -> Result<T> {
        let mut request = self.request(call)?;
        let credentials = match &self.0.credentials {
            Some(credentials) => Some((credentials, add_credentials(&**credentials, &mut request).await?)),
            None => None,
        };
        let mut response = self.0.transport.send(request).await?;
        if let Some(host) = &self.0.host {
            response = host.decode(response);
        }
        let (head, mut body) = response.into_parts();
        let head = answered.insert(head);
        let (status, headers) = (head.status.as_u16(), &head.headers);
        if let Some(permit) = &mut permit {
            permit.answered(head.status, headers);
        }
        tracing::debug!(status, request_id = request_id(headers), "received a response");
        let is_readable = head.status.is_success() && compression(headers).is_none();
        let read = if is_readable {
            match Answer::read(headers, body, call.streams, self.0.limits, permit).await {
                Ok(answer) => read(answer).await,
                Err(error) => Err(error),
            }
        } else {
            Err(self.refusal(head.status, headers, &mut body).await)
        };
        read.map_err(|error| {
            *advice = RetryHint::of(headers, SystemTime::now());
            let error = error.with_status(status).answered(request_id(headers).as_deref(), advice.wait);
            let has_others = |(source, sent): (&Arc<dyn Credentials>, HeaderMap)| source.refused(&sent);
            if error.refuses_credentials() && credentials.is_some_and(has_others) {
                *advice = RetryHint::at_once();
            }
            error
        })
    }

    /// Returns the error of a response that is not a success or cannot be read.
    #[cold]
    fn refusal<'a>(&'a self, status: StatusCode, headers: &'a HeaderMap, body: &'a mut Body) -> BoxFuture<'a, Error> {
        Box::pin(async move {
            let (code, is_success) = (status.as_u16(), status.is_success());
            if let Some(coding) = compression(headers) {
                let what =
                    format!("the response is compressed ({coding}), although the request accepts only `identity`");
                return if is_success { Error::unreadable(what, b"") } else { Error::api(code, what.as_bytes()) };
            }
            if let Some(location) = text_header(headers, LOCATION).filter(|_| status.is_redirection()) {
                return Error::misuse(format!(
                    "the base URL redirects ({code}) to {:?}, and credentials are not sent there; set the base URL to the \
                     new address",
                    without_secrets(location),
                ));
            }
            // If the body cannot be read to its end, the part that has arrived is used.
            let mut text = Joined::default();
            let _ = tokio::time::timeout(PATIENCE, text.read_rest(body, self.0.limits.body)).await;
            let error = reported(code, &text).unwrap_or_else(|| Error::api(code, &text));
            // AWS puts the name of an error into a header, sometimes with an address after it.
            let name = text_header(headers, "x-amzn-errortype").and_then(|name| name.split(':').next());
            match name {
                Some(name) => error.named(name),
                None => error,
            }
        })
    }

    fn request(&self, call: &EncodedRequest) -> Result<Request<Body>> {
        let mut headers = self.0.headers.clone();
        // Sampling parameters do not exist in the current version of the API.
        if call.samples && self.0.version.is_none() && self.0.form.body_version.is_none() {
            headers.insert(VERSION.clone(), HeaderValue::from_static(WITH_SAMPLING));
        }
        for (name, value) in &call.headers {
            match headers.get_mut(name) {
                // The beta features of a request are added to those of the client.
                Some(list) if *name == headers::BETA => *list = headers::join(list, value),
                _ => drop(headers.insert(name, value.clone())),
            }
        }
        let mut request = Request::new(Body::from(call.body.clone()));
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = self.0.address.join(&call.path)?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// Waits until another attempt may be sent.
fn admitted<'a>(
    admission: &'a Admission,
    call: &'a EncodedRequest,
    deadline: Option<Instant>,
) -> BoxFuture<'a, Result<Permit>> {
    // The other endpoints have limits of their own.
    let paced = (call.operation == OperationKind::CreateMessage).then(|| (call.model.as_str(), call.size()));
    let permit = admission.enter(paced);
    Box::pin(async move {
        let Some(deadline) = deadline else { return Ok(permit.await) };
        timeout_at(deadline, permit).await.map_err(|_| {
            Error::timeout(
                "the request was not sent, because its total timeout passed while it waited for other requests or for a \
                 rate limit (`max_concurrent`, `pace`)",
            )
        })
    })
}

/// Adds the headers of credentials to a request, and returns them.
async fn add_credentials(credentials: &dyn Credentials, request: &mut Request<Body>) -> Result<HeaderMap> {
    let mut headers = credentials.headers(request).await?;
    headers.values_mut().for_each(|value| value.set_sensitive(true));
    request.headers_mut().extend(headers.clone());
    Ok(headers)
}
