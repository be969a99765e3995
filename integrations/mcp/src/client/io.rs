//! [`Io`]: a server behind any reader and writer.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::{fmt, io};

use rmcp::model::ProtocolVersion;
use rmcp::service::ClientLifecycleMode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::{Connection, HandshakeError};
use super::life::Life;
use super::line_transport::LineTransport;
use super::options::{Options, Protocol};
use super::signals::Signals;
use crate::error::{Error, Result};

/// A server behind any reader and writer: a socket, a pipe, or a server in the same program.
///
/// [`McpServer::io`](crate::McpServer::io) returns it in a [`Connect`](crate::Connect).
pub struct Io(Mutex<Option<Parts>>);

type Parts = (Reader, Writer);

// The compiler cannot prove that the future of a handshake is `Send` if the trait objects are named in its type.
struct Reader(Box<dyn AsyncRead + Send + Unpin>);
struct Writer(Box<dyn AsyncWrite + Send + Unpin>);

impl Io {
    pub(crate) fn new(
        read: impl AsyncRead + Send + Unpin + 'static,
        write: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        Self(Mutex::new(Some((Reader(Box::new(read)), Writer(Box::new(write))))))
    }

    /// Makes the handshake. It works once, because the reader and the writer cannot be opened again.
    pub(crate) async fn open(&self, options: &Arc<Options>, signals: &Arc<Signals>) -> Result<Connection> {
        let server = match signals.server() {
            "" => "the server".to_owned(),
            name => format!("the server \"{name}\""),
        };
        let Some((read, write)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Err(Error::closed(format!(
                "{server} cannot be connected again, because its reader and writer have ended: make a new `McpServer`"
            )));
        };
        // The era cannot be tried out on a connection that exists once, and every server but the newest has a handshake.
        let lifecycle = match options.protocol {
            Protocol::Modern => ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::LATEST] },
            Protocol::Auto | Protocol::Legacy => ClientLifecycleMode::Initialize,
        };
        let life = Life::new(None);
        let transport = LineTransport::new(read, write, life.clone());
        Connection::open(transport, lifecycle, life, false, options, signals).await.map_err(|error| match error {
            HandshakeError::Unauthorized => Error::start(format!("{server} requires a sign-in")),
            HandshakeError::Refused(why) | HandshakeError::Failed(why) | HandshakeError::Unreachable(why) => {
                Error::start(format!("{server} did not connect: {why}"))
            }
        })
    }
}

impl AsyncRead for Reader {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Writer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl fmt::Debug for Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Io")
    }
}
