//! Responses of the tests' own transports.

use claudette::client::Body;
use claudette::http::{Request, Response};
use claudette::{BoxFuture, Result};

/// The request that a transport receives.
pub type HttpRequest = Request<Body>;

/// The response that a transport returns.
pub type HttpResponse = Response<Body>;

/// Returns a response with this status, media type and body.
pub fn respond(status: u16, media_type: &str, body: impl Into<Body>) -> HttpResponse {
    let mut response = Response::new(body.into());
    *response.status_mut() = status.try_into().unwrap();
    if !media_type.is_empty() {
        response.headers_mut().insert("content-type", media_type.parse().unwrap());
    }
    response
}

/// Returns a response with a stream of events that arrives in these pieces.
pub fn respond_events<S>(pieces: S) -> HttpResponse
where
    S: futures_util::Stream<Item = Result<Vec<u8>>> + Send + 'static,
{
    respond(200, "text/event-stream", Body::from_stream(pieces))
}

/// Returns a future that is ready.
pub fn ready(response: HttpResponse) -> BoxFuture<'static, Result<HttpResponse>> {
    Box::pin(async { Ok(response) })
}
