//! [`Answer`]: the body of a successful response, recognized by its content and not by its headers.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::HeaderMap;
use tokio::time::timeout;

use super::limits::Limits;
use super::pacing::Permit;
use super::response_headers::{announces_events, request_id};
use super::stream::Decoder;
use super::transport::{Body, Joined};
use crate::error::{Error, Result};

/// The body of a successful response: one piece, or a stream of events.
///
/// Some gateways send events although a message was requested, or a message although events were requested, or errors
/// with either media type. The first character distinguishes them: an event does not begin like JSON or HTML.
pub(super) enum Answer {
    Whole { body: Bytes, request_id: Option<String> },
    Events { body: Body, request_id: Option<String>, permit: Option<Permit> },
}

impl Answer {
    /// Reads all of a body, or the first piece of a stream. The permit is kept for the rest of a stream.
    ///
    /// # Errors
    /// The connection broke, the body is too large, or a requested stream does not begin.
    pub(super) async fn read(
        headers: &HeaderMap,
        mut rest: Body,
        wants_events: bool,
        limits: Limits,
        permit: Option<Permit>,
    ) -> Result<Self> {
        let mut body = Joined::default();
        let begins = body.read_start(&mut rest, limits.body);
        match limits.silence.filter(|_| wants_events) {
            None => begins.await?,
            Some(limit) => timeout(limit, begins).await.unwrap_or_else(|_| {
                Err(Error::stalled(format!("the stream has sent nothing for {limit:?} (`idle_timeout`)")))
            })?,
        }
        if is_events(&body, || announces_events(headers)) {
            let body = Body::from_stream(stream::iter([Ok(body.finish())]).chain(rest));
            return Ok(Self::Events { body, request_id: request_id(headers), permit });
        }
        body.read_rest(&mut rest, limits.body).await?;
        let request_id = if wants_events { request_id(headers) } else { None };
        Ok(Self::Whole { body: body.finish(), request_id })
    }

    /// Reads the whole body, in either form.
    pub(super) async fn bytes(self, limits: Limits) -> Result<Bytes> {
        match self {
            Self::Whole { body, .. } => Ok(body),
            Self::Events { mut body, permit: _permit, .. } => {
                let mut whole = Joined::default();
                whole.read_rest(&mut body, limits.body).await?;
                Ok(whole.finish())
            }
        }
    }
}

/// Returns the error of a body that cannot be read as `what`: the error that the body reports, or one that shows the
/// body.
#[cold]
pub(super) fn misread(body: &[u8], what: &str, cause: serde_json::Error) -> Error {
    reported(200, body)
        .unwrap_or_else(|| Error::unreadable(format!("the response is not a {what}"), body).caused_by(cause))
}

/// Returns the error that a body reports, as JSON or as an event.
pub(super) fn reported(status: u16, body: &[u8]) -> Option<Error> {
    Error::reported(status, body).or_else(|| {
        let mut decoder = Decoder::default();
        decoder.push(body);
        let mut errors =
            std::iter::from_fn(|| decoder.next().map(|frame| Error::reported(status, frame.data.as_bytes())));
        errors.find_map(|error| error)
    })
}

fn is_events(body: &[u8], is_announced: impl FnOnce() -> bool) -> bool {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
    match body.first() {
        Some(b'{' | b'[' | b'<') => false,
        Some(b':') => true,
        _ => {
            is_announced() || [&b"event:"[..], b"data:", b"id:", b"retry:"].iter().any(|field| body.starts_with(field))
        }
    }
}
