//! [`McpServer`]: a connected server.

use std::fmt;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::changes::ToolChanges;
use super::connect::Connect;
use super::endpoint::Endpoint;
#[cfg(feature = "http")]
use super::http::Http;
use super::io::Io;
use super::options::Options;
use super::pins::Pins;
use super::report::ServerReport;
#[cfg(feature = "stdio")]
use super::stdio::Stdio;
use super::supervisor::Supervisor;
use super::tools::McpTools;
use crate::error::Result;

/// A connected MCP server.
///
/// Clones share the connection, and so do the [tools](Self::tools) of the server. The connection is closed, and a process
/// is ended, when the last of them is dropped; [`close`](Self::close) also waits for it.
///
/// If a server ends by itself, the next call connects again, with a growing delay. A call that was running returns an
/// error, because it is not known whether it took effect.
///
/// ```no_run
/// use claudette::Chat;
/// use claudette_mcp::McpServer;
///
/// # async fn chat() -> claudette::Result<()> {
/// let files = McpServer::spawn("npx", ["-y", "@modelcontextprotocol/server-filesystem", "."]).await?;
/// let mut chat = Chat::builder("claude-sonnet-5-5").tools(files.tools().only(["read_text_file"])).build()?;
/// let run = chat.toolloop("What does the README say?").await?;
/// println!("{run}");
/// files.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct McpServer(Arc<Supervisor>);

impl McpServer {
    /// Starts a server as a child process, which is connected over its stdin and stdout.
    ///
    /// The process gets its own [variables](Connect::env) and not the environment of this program. It belongs to a
    /// process group of its own, which ends as a whole.
    ///
    /// ```no_run
    /// # use claudette_mcp::McpServer;
    /// # async fn connect() -> claudette_mcp::Result<()> {
    /// let git = McpServer::spawn("uvx", ["mcp-server-git"]).env("GIT_PAGER", "cat").await?;
    /// # drop(git);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "stdio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "stdio")))]
    pub fn spawn<A: Into<std::ffi::OsString>>(
        program: impl Into<std::ffi::OsString>,
        args: impl IntoIterator<Item = A>,
    ) -> Connect<Stdio> {
        Connect::new(Stdio::new(program.into(), args.into_iter().map(Into::into).collect()))
    }

    /// Connects to a server behind a URL, over streamable HTTP.
    ///
    /// ```no_run
    /// # use claudette_mcp::McpServer;
    /// # async fn connect(token: String) -> claudette_mcp::Result<()> {
    /// let issues = McpServer::http("https://mcp.example.com/mcp").bearer(token).await?;
    /// # drop(issues);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "http")]
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    pub fn http(url: impl Into<String>) -> Connect<Http> {
        Connect::new(Http::new(url.into()))
    }

    /// Connects to a server behind any reader and writer, for example a socket, or a server in the same program. It
    /// cannot connect again after its end.
    ///
    /// ```
    /// use claudette::tooling::IntoTools as _;
    /// use claudette::{ToolContext, tool, tools};
    /// use claudette_mcp::{McpServer, serve};
    ///
    /// /// Adds a + b.
    /// #[tool]
    /// fn add(
    ///     /// First thing to sum
    ///     a: i64,
    ///     /// Second thing to sum
    ///     b: i64,
    /// ) -> i64 {
    ///     a + b
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette_mcp::Result<()> {
    /// let (ours, theirs) = tokio::io::duplex(4096);
    /// let (read, write) = tokio::io::split(theirs);
    /// tokio::spawn(serve(tools![add]).name("sums").io(read, write));
    ///
    /// let (read, write) = tokio::io::split(ours);
    /// let sums = McpServer::io(read, write).await?;
    /// let tools = sums.tools().into_tools();
    /// let outcome = tools.call("mcp__sums__add", r#"{"a": 1, "b": 2}"#, &ToolContext::default()).await;
    /// assert_eq!(outcome.text(), "3");
    /// # Ok(())
    /// # }
    /// ```
    pub fn io(
        read: impl AsyncRead + Send + Unpin + 'static,
        write: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Connect<Io> {
        Connect::new(Io::new(read, write))
    }

    pub(crate) async fn start(endpoint: Endpoint, options: Options) -> Result<Self> {
        Ok(Self(Supervisor::start(endpoint, options).await?))
    }

    pub(super) fn supervisor(&self) -> &Arc<Supervisor> {
        &self.0
    }

    /// Returns the name of the server in tool names, errors and reports.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Returns the tools that the server had when it was connected, or at the last [`refresh`](Self::refresh).
    pub fn tools(&self) -> McpTools {
        McpTools::of(&self.0)
    }

    /// Returns what the server offers, what was changed so the API accepts it, and what is left out and why.
    ///
    /// `Display` is a listing for a terminal.
    pub fn report(&self) -> ServerReport {
        let mut report = ServerReport::new(self.name());
        report.set_protocol(self.0.current().version().as_str());
        self.0.adopted().report(&mut report);
        for (tool, difference) in self.0.signals().drifts() {
            report.note(Some(&tool), &difference);
        }
        report
    }

    /// Returns the definitions of the [tools](Self::tools), to be stored after a person has reviewed them and passed to
    /// [`Connect::pins`] the next time.
    pub fn pins(&self) -> Pins {
        let mut pins = Pins::default();
        for (tool, pin) in self.0.adopted().pins() {
            pins.insert(self.name(), tool, pin.clone());
        }
        pins
    }

    /// Returns the text with which the server describes its use, or `None`.
    ///
    /// It comes from the server, without control characters. It is not sent to the model by itself, because a stranger
    /// would write into the system prompt.
    pub fn instructions(&self) -> Option<String> {
        let connection = self.0.current();
        Some(crate::text::clean(connection.instructions()?).into_owned())
    }

    /// Returns `true` if the server has announced, or has turned out to have, other tools than [`tools`](Self::tools)
    /// returns.
    pub fn is_stale(&self) -> bool {
        self.0.signals().is_stale()
    }

    /// Waits until [`is_stale`](Self::is_stale) returns `true`.
    pub async fn changed(&self) {
        self.0.signals().changed().await;
    }

    /// Asks the server for its tools again, and returns what has changed. [`tools`](Self::tools) returns the new list
    /// from then on.
    ///
    /// Tools that a chat already has do not change by themselves, because the model would read other instructions in
    /// the middle of a run: pass the new ones to [`Chat::set_tools`](claudette::Chat::set_tools). A server that has
    /// ended too often in a row is started again.
    ///
    /// ```no_run
    /// # use claudette_mcp::McpServer;
    /// # async fn update(server: McpServer, chat: &mut claudette::Chat) -> claudette::Result<()> {
    /// if server.is_stale() {
    ///     let changes = server.refresh().await?;
    ///     println!("{changes}");
    ///     chat.set_tools(server.tools())?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the server cannot be connected or does not answer. The tools then stay as they are.
    pub async fn refresh(&self) -> Result<ToolChanges> {
        let (before, now) = self.0.adopt().await?;
        Ok(ToolChanges::between(self.name(), before.pins(), now.pins()))
    }

    /// Closes the connection for good, and waits until the process, if there is one, is gone: up to 2 seconds until it
    /// ends by itself, after which it is killed. Calls that are running return an error.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

/// Shows the name and the number of tools.
impl fmt::Debug for McpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpServer")
            .field("name", &self.name())
            .field("tools", &self.0.adopted().tools.len())
            .field("is_stale", &self.is_stale())
            .finish_non_exhaustive()
    }
}
