//! [`Connect`]: the settings of a connection that is about to be made.

use std::future::IntoFuture;
use std::time::Duration;
#[cfg(feature = "stdio")]
use std::{ffi::OsString, path::PathBuf};

use claudette::BoxFuture;

use super::elicitation::{Elicit, Elicitation, ElicitationAnswer};
use super::endpoint::Endpoint;
#[cfg(feature = "http")]
use super::http::Http;
use super::io::Io;
#[cfg(feature = "oauth")]
use super::oauth::OAuth;
use super::options::{OnDrift, Options, Protocol};
use super::pins::Pins;
use super::sampling::Sampling;
use super::server::McpServer;
#[cfg(feature = "stdio")]
use super::stdio::Stdio;
use crate::error::Result;

/// The settings of a connection that is about to be made. `.await` makes it.
///
/// [`McpServer::spawn`], [`McpServer::http`] and [`McpServer::io`] return it. Without `.await`, nothing is started.
///
/// ```no_run
/// use std::time::Duration;
///
/// use claudette_mcp::McpServer;
///
/// # async fn connect() -> claudette_mcp::Result<()> {
/// let files = McpServer::spawn("npx", ["-y", "@modelcontextprotocol/server-filesystem", "."])
///     .name("files")
///     .env("LOG_LEVEL", "error")
///     .timeout(Duration::from_secs(20))
///     .await?;
/// println!("{}", files.tools());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is started before `.await`"]
pub struct Connect<T> {
    target: T,
    options: Options,
}

impl<T> Connect<T> {
    pub(crate) fn new(target: T) -> Self {
        Self { target, options: Options::default() }
    }

    fn with(mut self, set: impl FnOnce(&mut Options)) -> Self {
        set(&mut self.options);
        self
    }

    /// Sets the name of the server in tool names (`mcp__name__tool`), errors and reports. The default is the name that
    /// the server gives itself.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with(|options| options.name = Some(name.into()))
    }

    /// Sets the time limit for the start of the server with the handshake, and for each page of its list of tools. The
    /// default is 30 seconds: a package may have to be downloaded first.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.with(|options| options.connect_timeout = limit)
    }

    /// Sets the time limit of a call since its last progress. The default is 60 seconds. The server is told that the
    /// call was cancelled, and the model reads an error.
    pub fn timeout(self, limit: Duration) -> Self {
        self.with(|options| options.timeout = limit)
    }

    /// Sets the time limit of a call in all, whatever progress it reports. The default is 10 minutes.
    pub fn total_timeout(self, limit: Duration) -> Self {
        self.with(|options| options.total_timeout = limit)
    }

    /// Sets the era of the protocol. The default is [`Protocol::Auto`].
    pub fn protocol(self, protocol: Protocol) -> Self {
        self.with(|options| options.protocol = protocol)
    }

    /// Sets the maximum number of tools. The default is 512; the others are left out, with a line in the
    /// report.
    pub fn max_tools(self, count: usize) -> Self {
        self.with(|options| options.max_tools = count)
    }

    /// Sets the maximum size of the text in one result, in bytes. The default is 100,000. A longer text is cut in its
    /// middle, with a note for the model.
    pub fn max_result(self, bytes: usize) -> Self {
        self.with(|options| options.max_result = bytes)
    }

    /// Sets the definitions that were approved. Tools with another definition, and tools that are not pinned, are left
    /// out, with a line in the report. Without pins, the tools of the first list count as approved.
    pub fn pins(self, pins: Pins) -> Self {
        self.with(|options| options.pins = pins)
    }

    /// Sets what happens if a definition is not the approved one. The default is [`OnDrift::Refuse`].
    pub fn on_drift(self, on_drift: OnDrift) -> Self {
        self.with(|options| options.on_drift = on_drift)
    }

    /// Sets the folders that the server may work in, as `file://` URIs. A server asks for them and should stay within
    /// them; nothing enforces it. By default, the server learns nothing.
    pub fn roots<I: Into<String>>(self, uris: impl IntoIterator<Item = I>) -> Self {
        self.with(|options| options.roots = Some(uris.into_iter().map(Into::into).collect()))
    }

    /// Sets the model that answers questions of the server, and the limits of that. By default, the server cannot use a
    /// model of this program.
    pub fn sampling(self, sampling: Sampling) -> Self {
        self.with(|options| options.sampling = Some(sampling))
    }

    /// Sets the callback that answers the questions of the server to the user. By default, the server cannot ask.
    ///
    /// A call waits for the answer, and its time limit since the last progress begins again with it.
    ///
    /// ```no_run
    /// use claudette_mcp::{ElicitationAnswer, McpServer};
    /// use serde_json::json;
    ///
    /// # async fn connect() -> claudette_mcp::Result<()> {
    /// let crm = McpServer::spawn("crm-server", ["--stdio"])
    ///     .on_elicitation(|question| async move {
    ///         println!("{} asks: {}", question.server, question.message);
    ///         ElicitationAnswer::Accept(json!({"confirmed": true}))
    ///     })
    ///     .await?;
    /// # drop(crm);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_elicitation<F>(self, answer: impl Fn(Elicitation) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ElicitationAnswer> + Send + 'static,
    {
        self.with(|options| options.elicit = Some(Elicit::new(answer)))
    }

    /// Believes the annotations of the server. By default, they are shown but not used.
    ///
    /// Approvals then see which tools are read-only. A call of a read-only or idempotent tool is repeated if the server
    /// dies while it runs.
    pub fn trusted(self, trusted: bool) -> Self {
        self.with(|options| options.trusted = trusted)
    }

    /// Runs the calls of this server one at a time. The default is `false`.
    pub fn exclusive(self, exclusive: bool) -> Self {
        self.with(|options| options.exclusive = exclusive)
    }
}

#[cfg(feature = "stdio")]
#[cfg_attr(docsrs, doc(cfg(feature = "stdio")))]
impl Connect<Stdio> {
    /// Sets an environment variable of the process.
    ///
    /// The process gets these variables and a few that every program needs, such as `PATH` and `HOME`. It does not get
    /// the rest of the program's environment, which may contain keys.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.target.env.insert(name.into(), value.into());
        self
    }

    /// Sets environment variables of the process, as [`env`](Self::env) does.
    pub fn envs<N: Into<OsString>, V: Into<OsString>>(mut self, variables: impl IntoIterator<Item = (N, V)>) -> Self {
        self.target.env.extend(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// Sets the working directory of the process. The default is that of the program.
    pub fn current_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.target.current_dir = Some(folder.into());
        self
    }
}

#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Connect<Http> {
    /// Sets the bearer token. It is sent to this server only; redirects are not followed.
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.target.bearer = Some(token.into());
        self
    }

    /// Signs in with OAuth 2.1, instead of a fixed [token](Self::bearer).
    #[cfg(feature = "oauth")]
    #[cfg_attr(docsrs, doc(cfg(feature = "oauth")))]
    pub fn oauth(mut self, oauth: OAuth) -> Self {
        self.target.oauth = Some(oauth);
        self
    }

    /// Adds a header to all requests.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.target.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the HTTP client, for example for a proxy or a certificate. It should not follow redirects, and it should
    /// not keep idle connections (`pool_max_idle_per_host(0)`), which delay every request by 40 ms.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.target.client = Some(client);
        self
    }
}

macro_rules! connects {
    ($(#[$attribute:meta])* $target:ident) => {
        $(#[$attribute])*
        impl Connect<$target> {
            /// Makes the connection and lists the tools. `.await` on the settings does the same.
            ///
            /// # Errors
            ///
            /// Returns an error if the server does not start, cannot be reached, does not follow the protocol or does
            /// not answer in time. A tool that cannot be used is not an error: it is left out, and
            /// [`report`](McpServer::report) tells why.
            pub async fn connect(self) -> Result<McpServer> {
                McpServer::start(Endpoint::from(self.target), self.options).await
            }
        }

        $(#[$attribute])*
        impl IntoFuture for Connect<$target> {
            type Output = Result<McpServer>;
            type IntoFuture = BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.connect())
            }
        }
    };
}

connects!(
    #[cfg(feature = "stdio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "stdio")))]
    Stdio
);
connects!(
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    Http
);
connects!(Io);
