//! The event streams of Amazon Bedrock, turned into server-sent events.

mod event;
mod frames;

use claudette::client::Body;
use claudette::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use claudette::http::{HeaderValue, Response};
use futures_util::stream;

use self::event::server_sent;
use self::frames::Frames;

/// The media type of an event stream.
const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

/// Turns an event stream into server-sent events while it arrives. Other responses are unchanged.
pub(crate) fn decode(response: Response<Body>) -> Response<Body> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(EVENT_STREAM) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    parts.headers.remove(CONTENT_LENGTH);
    let events = stream::try_unfold(Frames::new(body), |mut frames| async move {
        while let Some(frame) = frames.next().await? {
            if let Some(event) = server_sent(&frame)? {
                return Ok(Some((event, frames)));
            }
        }
        Ok(None)
    });
    Response::from_parts(parts, Body::from_stream(events))
}

#[cfg(test)]
mod tests;
