//! [`Endpoint`]: where a server is.

use std::sync::Arc;

use claudette::BoxFuture;

use super::connection::Connection;
#[cfg(feature = "http")]
use super::http::Http;
use super::io::Io;
use super::options::Options;
use super::signals::Signals;
#[cfg(feature = "stdio")]
use super::stdio::Stdio;
use crate::error::{Error, Result};

/// Where a server is, and how a connection to it is made.
#[derive(Debug)]
pub(crate) enum Endpoint {
    #[cfg(feature = "stdio")]
    Stdio(Stdio),
    #[cfg(feature = "http")]
    Http(Box<Http>),
    Io(Io),
}

impl Endpoint {
    /// Makes a connection within the time limit of the options.
    pub(crate) async fn open(&self, options: &Arc<Options>, signals: &Arc<Signals>) -> Result<Connection> {
        #[cfg(feature = "oauth")]
        if let Self::Http(http) = self {
            http.sign_in(signals.server()).await?;
        }
        let opened: BoxFuture<'_, Result<Connection>> = match self {
            #[cfg(feature = "stdio")]
            Self::Stdio(stdio) => Box::pin(stdio.open(options, signals)),
            #[cfg(feature = "http")]
            Self::Http(http) => Box::pin(http.open(options, signals)),
            Self::Io(io) => Box::pin(io.open(options, signals)),
        };
        tokio::time::timeout(options.connect_timeout, opened).await.unwrap_or_else(|_| {
            let server = match signals.server() {
                "" => self.label(),
                name => name.to_owned(),
            };
            Err(Error::timeout(format!(
                "the server \"{server}\" did not connect within {:?}: if it is slow to start, raise \
                 `.connect_timeout(..)`",
                options.connect_timeout
            )))
        })
    }

    /// Returns a text that tells the server from others, without secrets.
    pub(crate) fn label(&self) -> String {
        match self {
            #[cfg(feature = "stdio")]
            Self::Stdio(stdio) => stdio.label(),
            #[cfg(feature = "http")]
            Self::Http(http) => http.label(),
            Self::Io(_) => "server".to_owned(),
        }
    }
}

#[cfg(feature = "stdio")]
impl From<Stdio> for Endpoint {
    fn from(stdio: Stdio) -> Self {
        Self::Stdio(stdio)
    }
}

#[cfg(feature = "http")]
impl From<Http> for Endpoint {
    fn from(http: Http) -> Self {
        Self::Http(Box::new(http))
    }
}

impl From<Io> for Endpoint {
    fn from(io: Io) -> Self {
        Self::Io(io)
    }
}
