//! [`Serve::http`]: a server on a port.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_service::Service as _;

use super::body::McpBody;
use super::service::{McpService, refusal};
use crate::error::{Error, Result};
use crate::server::serve::Serve;

/// The time that connections have to end after a shutdown.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// The time that a client has to send the headers of a request.
const HEADERS: Duration = Duration::from_secs(30);

#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Serve {
    /// Serves any number of clients on an address such as `127.0.0.1:8000`. The URL is `http://127.0.0.1:8000/mcp`, and
    /// the path `/` works as well.
    ///
    /// The server runs until [`shutdown_on`](Self::shutdown_on), or until the future is dropped. It speaks plain HTTP;
    /// put a proxy before it that speaks HTTPS if other machines use it. For other routes in the same server, use
    /// [`into_service`](Self::into_service).
    ///
    /// ```no_run
    /// # use claudette::{tool, tools};
    /// # /// Returns the time.
    /// # #[tool]
    /// # fn now() -> String { "noon".to_owned() }
    /// # #[tokio::main]
    /// # async fn main() -> claudette::Result<()> {
    /// claudette_mcp::serve(tools![now]).http("127.0.0.1:8000").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Misuse, before anything is served: as for [`into_service`](Self::into_service), and if other machines can reach
    /// the address although neither [`bearer`](Self::bearer) nor [`allowed_hosts`](Self::allowed_hosts) is set. Otherwise,
    /// the address cannot be used.
    pub async fn http(self, address: impl ToString) -> Result<()> {
        let address = address.to_string();
        let failed = |error| Error::start(format!("the server cannot listen on `{address}`")).caused_by(error);
        let addresses: Vec<SocketAddr> = lookup_host(&address).await.map_err(failed)?.collect();
        self.check_reach(&addresses)?;
        self.http_on(TcpListener::bind(&*addresses).await.map_err(failed)?).await
    }

    /// Serves on a port that is open already, otherwise like [`http`](Self::http).
    ///
    /// # Errors
    ///
    /// Misuse, as for [`http`](Self::http).
    pub async fn http_on(mut self, listener: TcpListener) -> Result<()> {
        let address = listener.local_addr().map_err(|error| Error::start("the port is not open").caused_by(error))?;
        self.check_reach(&[address])?;
        let shutdown = self.shutdown.take();
        let service = self.into_service()?;
        tracing::info!(target: "claudette_mcp", %address, "serving");
        let mut connections = Connections::default();
        tokio::select! {
            () = shutdown.unwrap_or_else(|| Box::pin(std::future::pending())) => {}
            () = connections.accept(&listener, &service) => {}
        }
        drop(listener);
        service.close();
        connections.end().await;
        Ok(())
    }

    /// Checks that a server that other machines can reach is protected.
    fn check_reach(&self, addresses: &[SocketAddr]) -> Result<()> {
        let is_open = self.http.bearer.is_none() && self.http.hosts.is_empty();
        match addresses.iter().find(|address| !address.ip().is_loopback()) {
            Some(address) if is_open => Err(Error::misuse(format!(
                "other machines can reach `{address}`; require a token with `.bearer(..)`, or name the hosts of the \
                 URL with `.allowed_hosts([..])`, or listen on 127.0.0.1"
            ))),
            _ => Ok(()),
        }
    }
}

/// The open connections. They end when this is dropped.
#[derive(Default)]
struct Connections {
    running: JoinSet<()>,
    ending: CancellationToken,
}

impl Connections {
    /// Accepts connections. Never returns.
    async fn accept(&mut self, listener: &TcpListener, service: &McpService) {
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => drop(self.running.spawn(connection(stream, service.clone(), self.ending.clone()))),
                    Err(error) => {
                        // Usually too many files are open. That passes when other connections end.
                        tracing::warn!(target: "claudette_mcp", %error, "a connection was not accepted");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
                Some(_) = self.running.join_next() => {}
            }
        }
    }

    /// Waits for the connections. Those that do not end are dropped.
    async fn end(mut self) {
        self.ending.cancel();
        let all = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(SHUTDOWN, all).await.is_err() {
            tracing::warn!(target: "claudette_mcp", "connections were still open after the shutdown");
        }
    }
}

async fn connection(stream: TcpStream, service: McpService, ending: CancellationToken) {
    // Messages are small, and each of them is awaited.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| route(service.clone(), request));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), answer));
    let result = tokio::select! {
        result = &mut connection => result,
        () = ending.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(target: "claudette_mcp", %error, "a connection has failed");
    }
}

async fn route(mut service: McpService, request: Request<Incoming>) -> Result<Response<McpBody>, Infallible> {
    match request.uri().path() {
        "/" | "/mcp" | "/mcp/" => service.call(request).await,
        _ => Ok(refusal(StatusCode::NOT_FOUND, "Not Found: the path is /mcp")),
    }
}
