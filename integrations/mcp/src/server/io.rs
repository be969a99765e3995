//! [`Serve::io`]: a server on any reader and writer.

use claudette::BoxFuture;
use rmcp::service::{QuitReason, ServerInitializeError, serve_server_with_ct};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::handler::Handler;
use super::offer::Offer;
use super::serve::Serve;
use crate::error::{Error, Result};

impl Serve {
    /// Serves one client on a reader and a writer, until the reader ends. Each message is one line of JSON.
    ///
    /// When the reader ends, running calls have five seconds to finish.
    ///
    /// # Errors
    ///
    /// Misuse, before anything is served: see [`stdio`](Self::stdio). Otherwise, the client does not follow the
    /// protocol.
    pub async fn io(
        mut self,
        read: impl AsyncRead + Send + Unpin + 'static,
        write: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Result<()> {
        let shutdown = self.shutdown.take();
        run(Handler::new(Offer::new(self)?), read, write, shutdown).await
    }
}

/// Serves one client until the reader ends.
pub(super) async fn run(
    handler: Handler,
    read: impl AsyncRead + Send + Unpin + 'static,
    write: impl AsyncWrite + Send + Unpin + 'static,
    shutdown: Option<BoxFuture<'static, ()>>,
) -> Result<()> {
    let ending = CancellationToken::new();
    // The handshake and the loop of rmcp are large.
    let mut serving = Box::pin(serve_until(handler, read, write, ending.clone()));
    let Some(shutdown) = shutdown else { return serving.await };
    tokio::select! {
        result = &mut serving => result,
        () = shutdown => {
            ending.cancel();
            serving.await
        }
    }
}

async fn serve_until(
    handler: Handler,
    read: impl AsyncRead + Send + Unpin + 'static,
    write: impl AsyncWrite + Send + Unpin + 'static,
    ending: CancellationToken,
) -> Result<()> {
    let running = match serve_server_with_ct(handler, (read, write), ending).await {
        Ok(running) => running,
        // A client that goes away before its first request has not done anything wrong.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => return Ok(()),
        Err(ServerInitializeError::ExpectedInitializeRequest(_)) => {
            return Err(Error::protocol("the first message of the client is not a request"));
        }
        Err(ServerInitializeError::InitializeFailed(error)) => {
            return Err(Error::protocol(format!("the handshake with the client failed: {}", error.message)));
        }
        Err(error) => return Err(Error::closed("the client went away during the handshake").caused_by(error)),
    };
    match running.waiting().await {
        Ok(QuitReason::Closed | QuitReason::Cancelled) => Ok(()),
        Ok(_) | Err(_) => Err(Error::closed("the connection to the client has failed")),
    }
}
