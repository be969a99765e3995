//! [`Connection`]: one connection to a server, from the handshake to its end.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::RoleClient;
use rmcp::model::{ProtocolVersion, ServerCapabilities, ServerPeerInfo};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, Peer, RunningService, serve_client_with_lifecycle_and_ct,
};
use rmcp::transport::IntoTransport;
use tokio::time::Instant;

use super::failure::{TransportCause, of_transport};
use super::handler::Handler;
use super::life::Life;
use super::options::Options;
use super::progress::ProgressTable;
use super::signals::Signals;
use crate::text::clean_line;

/// The time that a server has to end after its connection was closed, before it is killed.
#[cfg(feature = "stdio")]
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// One connection to a server. It is closed when the last handle is dropped.
pub(crate) struct Connection {
    peer: Peer<RoleClient>,
    running: Mutex<Option<RunningService<RoleClient, Handler>>>,
    life: Arc<Life>,
    progress: Arc<ProgressTable>,
    info: Arc<ServerPeerInfo>,
    has_process: bool,
    since: Instant,
}

/// The reason that a handshake failed.
#[derive(Debug)]
pub(crate) enum HandshakeError {
    /// The server is of the other era, or died of the question.
    Refused(String),
    /// The server requires a sign-in.
    Unauthorized,
    /// No connection was made.
    Unreachable(String),
    /// The connection failed.
    Failed(String),
}

impl Connection {
    /// Makes the handshake. `life` is that of the transport.
    pub(crate) async fn open<T, E, A>(
        transport: T,
        lifecycle: ClientLifecycleMode,
        life: Arc<Life>,
        has_process: bool,
        options: &Arc<Options>,
        signals: &Arc<Signals>,
    ) -> Result<Self, HandshakeError>
    where
        T: IntoTransport<RoleClient, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let progress = Arc::new(ProgressTable::default());
        let handler = Handler::new(options.clone(), signals.clone(), progress.clone());
        // If this future is dropped, as at a timeout, the process must not stay.
        let guard = EndOnDrop(Some(life.clone()));
        let served = serve_client_with_lifecycle_and_ct(handler, transport, lifecycle, life.over().clone()).await;
        let running = match served {
            Ok(running) => running,
            Err(error) => {
                let error = handshake_error(error, &life).await;
                life.end("the handshake failed");
                return Err(error);
            }
        };
        guard.disarm();
        tokio::spawn(progress.clone().expire(life.clone()));
        let peer = running.peer().clone();
        let info = peer.peer_info().ok_or_else(|| HandshakeError::Failed("the handshake has no result".into()))?;
        Ok(Self { peer, running: Mutex::new(Some(running)), life, progress, info, has_process, since: Instant::now() })
    }

    pub(crate) fn peer(&self) -> &Peer<RoleClient> {
        &self.peer
    }

    pub(crate) fn life(&self) -> &Arc<Life> {
        &self.life
    }

    pub(crate) fn progress(&self) -> &Arc<ProgressTable> {
        &self.progress
    }

    /// Returns `true` if the connection has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.life.is_over() || self.peer.is_transport_closed()
    }

    /// Returns how long the connection has existed.
    pub(crate) fn age(&self) -> Duration {
        self.since.elapsed()
    }

    pub(crate) fn version(&self) -> &ProtocolVersion {
        &self.info.protocol_version
    }

    /// Returns `true` if the connection is of the modern era.
    pub(crate) fn is_modern(&self) -> bool {
        !self.info.protocol_version.has_initialize()
    }

    pub(crate) fn capabilities(&self) -> &ServerCapabilities {
        &self.info.capabilities
    }

    /// Returns the name that the server gives itself, if it gives one.
    pub(crate) fn own_name(&self) -> Option<String> {
        let name = clean_line(&self.info.server_info.as_ref()?.name, 64).trim().to_owned();
        (!name.is_empty()).then_some(name)
    }

    pub(crate) fn instructions(&self) -> Option<&str> {
        self.info.instructions.as_deref()
    }

    /// Closes the connection and waits until the process, if there is one, is gone.
    pub(crate) async fn close(&self, cause: &str) {
        self.life.end(cause);
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut running) = running {
            // The session of an HTTP server is deleted here, which a server may not answer.
            let _ = running.close_with_timeout(Duration::from_secs(3)).await;
        }
        if self.has_process {
            self.life.gone().cancelled().await;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.life.end("the connection was dropped");
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("version", &self.info.protocol_version)
            .field("is_over", &self.is_over())
            .finish_non_exhaustive()
    }
}

struct EndOnDrop(Option<Arc<Life>>);

impl EndOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        if let Some(life) = &self.0 {
            life.end("the handshake was abandoned");
        }
    }
}

/// Reads an error of the handshake. The texts of `rmcp` contain names of types and whole URLs, so they are not used.
async fn handshake_error(mut error: ClientInitializeError, life: &Life) -> HandshakeError {
    while let ClientInitializeError::LegacyFallbackFailed { fallback, .. } = error {
        error = *fallback;
    }
    if error.is_authorization_required() {
        return HandshakeError::Unauthorized;
    }
    match error {
        ClientInitializeError::JsonRpcError(error) => HandshakeError::Refused(format!(
            "it answered the handshake with error {}: {}",
            error.code.0,
            clean_line(&error.message, 500)
        )),
        ClientInitializeError::NoCompatibleProtocolVersion { server_supported, .. } => {
            let versions: Vec<_> = server_supported.iter().map(|version| clean_line(version.as_str(), 40)).collect();
            HandshakeError::Refused(format!("it speaks no known protocol version, only [{}]", versions.join(", ")))
        }
        ClientInitializeError::ConnectionClosed(_) | ClientInitializeError::Cancelled => {
            HandshakeError::Refused(life.epitaph().await)
        }
        ClientInitializeError::TransportError { error, .. } => match of_transport(&*error.error) {
            TransportCause::Unauthorized => HandshakeError::Unauthorized,
            cause @ TransportCause::Connect(_) => HandshakeError::Unreachable(cause.to_string()),
            TransportCause::Io => {
                // A process that ends cannot be written to; its exit status comes a moment later.
                let _ = tokio::time::timeout(Duration::from_millis(500), life.over().cancelled()).await;
                HandshakeError::Refused(life.epitaph().await)
            }
            cause => HandshakeError::Failed(cause.to_string()),
        },
        ClientInitializeError::ConflictInitResponseId(..) | ClientInitializeError::UncorrelatedErrorResponse { .. } => {
            HandshakeError::Failed("it answered the handshake with the id of another request".into())
        }
        _ => HandshakeError::Failed("it did not answer the handshake as the protocol requires".into()),
    }
}
