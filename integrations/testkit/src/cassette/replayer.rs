//! [`Replayer`]: a transport that answers from a cassette.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use claudette::client::Body;
use claudette::{BoxFuture, Error, Result, Transport};
use futures_util::{StreamExt, stream};
use http::{HeaderValue, Request, Response};

use super::interaction::Received;
use super::recorder::read_request;
use super::shared::Shared;

/// A transport that answers from a cassette. It does not use the network.
pub(super) struct Replayer(pub(super) Arc<Shared>);

impl Transport for Replayer {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        Box::pin(async move {
            let (sent, _) = read_request(request).await?;
            let (interaction, is_paced) = self.0.take(&sent)?;
            respond(&interaction.response, is_paced)
        })
    }
}

fn respond(received: &Received, is_paced: bool) -> Result<Response<Body>> {
    let pause = move |wait: Duration| async move {
        if is_paced && !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    };
    let pieces = stream::iter(received.split()).then(move |(wait, piece)| async move {
        pause(wait).await;
        Ok(piece)
    });
    let end = received.is_cut.then(|| {
        let cause = io::Error::from(io::ErrorKind::UnexpectedEof);
        Err(Error::connection("the connection broke while the response was recorded").caused_by(cause))
    });
    let mut response = Response::new(Body::from_stream(pieces.chain(stream::iter(end))));
    *response.status_mut() = http::StatusCode::from_u16(received.status).map_err(Error::other)?;
    for (name, value) in &received.headers {
        let (name, value) = (http::HeaderName::try_from(name), HeaderValue::try_from(value));
        // A recording of another tool can contain headers that are not valid here.
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}
