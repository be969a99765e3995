//! [`serve`]: the HTTP server.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use claudette::{Error, Result};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::app::App;
use super::hosts::Hosts;
use super::routes::router;

/// A client has this time to send the head of a request, also between two requests.
const HEAD: Duration = Duration::from_secs(30);

pub(super) async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()> + Send) -> Result<()> {
    let address = listener.local_addr().map_err(Error::other)?;
    let settings = &app.settings;
    if !address.ip().is_loopback() && settings.authorize.is_none() {
        return Err(Error::other(format!(
            "{address} can be reached from other machines, and everybody could chat on your account: set \
             `WebChat::authorize`, or serve a loopback address such as 127.0.0.1"
        )));
    }
    let is_local = address.ip().is_loopback() && settings.hosts.is_empty();
    let hosts = if is_local { Hosts::loopback() } else { Hosts::new(&settings.hosts) };
    let router = router(app.clone(), hosts);
    let (closing, most) = (CancellationToken::new(), u32::try_from(settings.max_connections).unwrap_or(u32::MAX));
    let connections = Arc::new(Semaphore::new(settings.max_connections));
    tracing::info!(%address, "serving a web chat");

    let mut stop = pin!(stop);
    loop {
        let accepted = async {
            let place = connections.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                let serving = connection(socket, router.clone(), closing.clone());
                tokio::spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
            Err(error) => {
                // For example, too many files are open. Other connections may close meanwhile.
                tracing::warn!(error = &error as &dyn std::error::Error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    app.shutdown().await;
    closing.cancel();
    let _ = tokio::time::timeout(Duration::from_secs(5), connections.acquire_many(most)).await;
    Ok(())
}

async fn connection(socket: TcpStream, router: Router, closing: CancellationToken) {
    let _ = socket.set_nodelay(true);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router));
    let mut served = pin!(served);
    let result = tokio::select! {
        result = served.as_mut() => result,
        () = closing.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(error = &error as &dyn std::error::Error, "a connection ended");
    }
}

/// Waits for Ctrl-C or, on Unix, SIGTERM.
pub(super) async fn signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
