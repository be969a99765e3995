//! [`McpServers`]: several connected servers.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::join_all;

use super::changes::ToolChanges;
use super::connect_all::ConnectAll;
use super::names;
use super::pins::Pins;
use super::report::Report;
use super::server::McpServer;
use super::tools::McpTools;
use crate::error::Result;

/// Several connected servers, as of a configuration file.
///
/// A server that does not connect is in the [report](Self::report), and the others work. Clones share the connections.
///
/// ```no_run
/// use claudette::Chat;
/// use claudette_mcp::McpServers;
///
/// # async fn chat() -> claudette::Result<()> {
/// let servers = McpServers::from_config(".mcp.json").await?;
/// for problem in servers.report().problems() {
///     eprintln!("{problem}");
/// }
/// let mut chat = Chat::builder("claude-sonnet-5-5").tools(servers.tools()).build()?;
/// println!("{}", chat.toolloop("Which issues are open?").await?);
/// servers.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct McpServers(Arc<Inner>);

struct Inner {
    servers: Vec<McpServer>,
    /// The prefixes of the tool names of the servers that share a name with another one.
    prefixes: Vec<Option<String>>,
    /// The servers that did not connect, and the problems of the configuration.
    report: Report,
}

impl McpServers {
    /// Connects to the servers of a configuration file: `.mcp.json` of Claude Code, `claude_desktop_config.json`, or the
    /// file of an editor. `.await` makes the connections, all at the same time.
    ///
    /// `${VAR}` and `${VAR:-default}` are replaced by environment variables. The file starts programs, so it is as
    /// powerful as a shell script: a program must not load one that it does not trust, and no other folder is searched.
    pub fn from_config(path: impl Into<PathBuf>) -> ConnectAll {
        ConnectAll::new(path.into())
    }

    /// Joins servers that are connected already.
    ///
    /// If two servers have the same name, the names of the tools of the second one get a suffix.
    pub fn of(servers: impl IntoIterator<Item = McpServer>) -> Self {
        Self::with_report(servers.into_iter().collect(), Report::default())
    }

    pub(super) fn with_report(servers: Vec<McpServer>, report: Report) -> Self {
        let own: Vec<&str> = servers.iter().map(McpServer::name).collect();
        let unique = names::unique_servers(&own);
        let alone = |name: &str| names::unique_servers(&[name]).concat();
        let prefix = |(own, unique): (&&str, String)| (alone(own) != unique).then(|| format!("mcp__{unique}__"));
        let prefixes = own.iter().zip(unique).map(prefix).collect();
        Self(Arc::new(Inner { servers, prefixes, report }))
    }

    /// Returns the tools of all servers.
    pub fn tools(&self) -> McpTools {
        let tools = self.0.servers.iter().zip(&self.0.prefixes).map(|(server, prefix)| match prefix {
            Some(prefix) => server.tools().prefix(prefix),
            None => server.tools(),
        });
        tools.fold(McpTools::default(), McpTools::join)
    }

    /// Returns the server with this name, or `None` if it is not connected.
    pub fn get(&self, name: &str) -> Option<&McpServer> {
        self.iter().find(|server| server.name() == name)
    }

    /// Returns the connected servers.
    pub fn iter(&self) -> impl Iterator<Item = &McpServer> {
        self.0.servers.iter()
    }

    /// Returns what the servers offer, what is left out, which servers did not connect, and why.
    pub fn report(&self) -> Report {
        let mut report = self.0.report.clone();
        self.iter().for_each(|server| report.push(server.report()));
        report
    }

    /// Returns `true` if a server has other tools than [`tools`](Self::tools) returns.
    pub fn is_stale(&self) -> bool {
        self.iter().any(McpServer::is_stale)
    }

    /// Asks all servers for their tools again, as [`McpServer::refresh`] does, and returns what has changed.
    ///
    /// # Errors
    ///
    /// Returns the first error if a server does not answer. The other servers are refreshed nevertheless.
    pub async fn refresh(&self) -> Result<ToolChanges> {
        let mut changes = ToolChanges::default();
        let mut error = None;
        for result in join_all(self.iter().map(McpServer::refresh)).await {
            match result {
                Ok(more) => changes.extend(more),
                Err(first) => error = error.or(Some(first)),
            }
        }
        error.map_or(Ok(changes), Err)
    }

    /// Returns the definitions of the [tools](Self::tools), for [`ConnectAll::pins`].
    pub fn pins(&self) -> Pins {
        self.iter().map(McpServer::pins).fold(Pins::default(), Pins::merge)
    }

    /// Closes all connections and waits until the processes are gone, as [`McpServer::close`] does.
    pub async fn close(&self) {
        join_all(self.iter().map(McpServer::close)).await;
    }
}

/// Shows the servers.
impl fmt::Debug for McpServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("McpServers").field(&self.0.servers).finish()
    }
}
