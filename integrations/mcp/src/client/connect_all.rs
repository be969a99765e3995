//! [`ConnectAll`]: the settings of the connections to the servers of a file.

use std::future::IntoFuture;
use std::path::PathBuf;
use std::time::Duration;

use claudette::BoxFuture;
use futures_util::future::join_all;

use super::config::{self, Config, Entry, Launch};
use super::elicitation::{Elicit, Elicitation, ElicitationAnswer};
use super::endpoint::Endpoint;
#[cfg(feature = "http")]
use super::http::Http;
use super::options::{OnDrift, Options};
use super::pins::Pins;
use super::report::{Report, ServerReport};
use super::sampling::Sampling;
use super::server::McpServer;
use super::servers::McpServers;
#[cfg(feature = "stdio")]
use super::stdio::Stdio;
use crate::error::{Error, Result};

/// The settings of the connections to the servers of a configuration file. `.await` makes the connections.
///
/// [`McpServers::from_config`] returns it.
///
/// ```no_run
/// use claudette_mcp::McpServers;
///
/// # async fn connect() -> claudette_mcp::Result<()> {
/// let servers = McpServers::from_config(".mcp.json").only(["files", "git"]).required(["files"]).await?;
/// # drop(servers);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is started before `.await`"]
pub struct ConnectAll {
    path: PathBuf,
    expand: Option<bool>,
    only: Option<Vec<String>>,
    required: Vec<String>,
    trusted: Vec<String>,
    options: Options,
}

impl ConnectAll {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, expand: None, only: None, required: Vec::new(), trusted: Vec::new(), options: Options::default() }
    }

    /// Replaces `${VAR}` by environment variables, or not. By default, that is done in every file except
    /// `claude_desktop_config.json`, in which Claude Desktop does not do it either.
    pub fn expand(mut self, expand: bool) -> Self {
        self.expand = Some(expand);
        self
    }

    /// Connects only to these servers.
    pub fn only<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.only = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Returns an error if one of these servers does not connect. By default, no server is required.
    pub fn required<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.required.extend(names.into_iter().map(Into::into));
        self
    }

    /// Believes the annotations of these servers, as [`Connect::trusted`](crate::Connect::trusted) does.
    pub fn trusted<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.trusted.extend(names.into_iter().map(Into::into));
        self
    }

    /// Sets the time limit for the start and the handshake of each server. The default is 30 seconds.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.options.connect_timeout = limit;
        self
    }

    /// Sets the time limit of a call since its last progress, unless the file has one for the server. The default is 60
    /// seconds.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options.timeout = limit;
        self
    }

    /// Sets the definitions that were approved, as [`Connect::pins`](crate::Connect::pins) does.
    pub fn pins(mut self, pins: Pins) -> Self {
        self.options.pins = pins;
        self
    }

    /// Sets what happens if a definition is not the approved one. The default is [`OnDrift::Refuse`].
    pub fn on_drift(mut self, on_drift: OnDrift) -> Self {
        self.options.on_drift = on_drift;
        self
    }

    /// Sets the folders that the servers may work in, as [`Connect::roots`](crate::Connect::roots) does.
    pub fn roots<I: Into<String>>(mut self, uris: impl IntoIterator<Item = I>) -> Self {
        self.options.roots = Some(uris.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the model that answers questions of the servers. They share its limits.
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.options.sampling = Some(sampling);
        self
    }

    /// Sets the callback that answers the questions of the servers to the user.
    pub fn on_elicitation<F>(mut self, answer: impl Fn(Elicitation) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ElicitationAnswer> + Send + 'static,
    {
        self.options.elicit = Some(Elicit::new(answer));
        self
    }

    /// Makes the connections. `.await` on the settings does the same.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read, is not valid, or uses a variable that is not set; nothing was
    /// started then. Returns an error if a [required](Self::required) server does not connect, or is not in the file.
    pub async fn connect(self) -> Result<McpServers> {
        let Config { servers, problems } = config::read(&self.path, self.expand)?;
        for name in self.required.iter().chain(self.only.iter().flatten()) {
            if !servers.iter().any(|entry| entry.name == *name) {
                let known: Vec<&str> = servers.iter().map(|entry| entry.name.as_str()).collect();
                let path = self.path.display();
                let known = known.join(", ");
                return Err(Error::config(format!("{path} has no server \"{name}\"; its servers are: {known}")));
            }
        }
        let mut report = Report::default();
        for problem in &problems {
            match &problem.server {
                Some(server) => report.note(&format!("server \"{server}\": {}", problem.text)),
                None => report.note(&problem.text),
            }
        }
        let is_chosen = |entry: &Entry| self.only.as_ref().is_none_or(|only| only.contains(&entry.name));
        let chosen = servers.into_iter().filter(is_chosen);
        let results = join_all(chosen.map(|entry| self.start(entry))).await;

        let mut connected = Vec::new();
        let mut missing = None;
        for (name, result) in results {
            match result {
                Ok(server) => connected.push(server),
                Err(error) => {
                    if self.required.contains(&name) {
                        missing = missing.or(Some(error.clone()));
                    }
                    let mut failed = ServerReport::new(&name);
                    failed.set_failure(&error.to_string());
                    report.push(failed);
                }
            }
        }
        let servers = McpServers::with_report(connected, report);
        match missing {
            None => Ok(servers),
            Some(error) => {
                servers.close().await;
                Err(error)
            }
        }
    }

    async fn start(&self, entry: Entry) -> (String, Result<McpServer>) {
        let name = entry.name;
        let mut options = self.options.clone();
        options.name = Some(name.clone());
        options.trusted = self.trusted.contains(&name);
        if let Some(timeout) = entry.timeout {
            options.timeout = timeout;
            options.total_timeout = options.total_timeout.max(timeout);
        }
        let started = match endpoint(&name, entry.launch) {
            Ok(endpoint) => McpServer::start(endpoint, options).await,
            Err(error) => Err(error),
        };
        (name, started)
    }
}

/// Returns where the server of an entry is.
fn endpoint(name: &str, launch: Launch) -> Result<Endpoint> {
    match launch {
        #[cfg(feature = "stdio")]
        Launch::Stdio { command, args, env, cwd, .. } => {
            let mut stdio = Stdio::new(command.into(), args.into_iter().map(Into::into).collect());
            stdio.env = env.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
            stdio.current_dir = cwd;
            Ok(stdio.into())
        }
        #[cfg(not(feature = "stdio"))]
        Launch::Stdio { .. } => Err(Error::config(format!(
            "the server \"{name}\" is a process, which requires the feature `stdio` of claudette-mcp"
        ))),
        #[cfg(feature = "http")]
        Launch::Http { url, headers, .. } => {
            let mut http = Http::new(url);
            http.headers = headers.into_iter().collect();
            Ok(http.into())
        }
        #[cfg(not(feature = "http"))]
        Launch::Http { .. } => Err(Error::config(format!(
            "the server \"{name}\" is behind a URL, which requires the feature `http` of claudette-mcp"
        ))),
        Launch::Disabled => Err(Error::config(format!("the server \"{name}\" is disabled in the file"))),
        Launch::Unsupported(why) => Err(Error::config(format!("the server \"{name}\" cannot be used: {why}"))),
    }
}

impl IntoFuture for ConnectAll {
    type Output = Result<McpServers>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.connect())
    }
}
