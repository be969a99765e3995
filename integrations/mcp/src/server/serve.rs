//! [`serve`] and [`Serve`]: tools for MCP clients.

use std::fmt;

use claudette::tooling::IntoTools;
use claudette::{BoxFuture, Toolset};

#[cfg(feature = "http")]
use super::http::HttpOptions;
use super::prompt::McpPrompt;
use super::resource::McpResource;
use crate::error::Error;

/// Returns a server that offers these tools to MCP clients.
///
/// A server on stdin and stdout is the whole program, which a client such as Claude Code starts:
///
/// ```no_run
/// use claudette::{tool, tools};
///
/// /// Adds a + b.
/// #[tool(read_only)]
/// async fn sums(
///     /// First thing to sum
///     a: i64,
///     /// Second thing to sum
///     b: i64,
/// ) -> i64 {
///     a + b
/// }
///
/// #[tokio::main]
/// async fn main() -> claudette::Result<()> {
///     claudette_mcp::serve(tools![sums]).name("calculator").stdio().await?;
///     Ok(())
/// }
/// ```
///
/// The clients see the names, descriptions, schemas and [annotations](claudette::tooling::ToolAnnotations) of the
/// tools. A tool whose return type is a struct with a [`JsonSchema`](claudette::schemars::JsonSchema) also has an
/// output schema, and its results contain the value as structured content. A call has the same rules as in a chat:
///
/// - Arguments are checked, and errors and panics become error results for the model.
/// - A tool has to finish within its own [timeout](claudette::Tool::timeout).
/// - An exclusive tool runs alone: no other call of any client runs at the same time. Calls with the same
///   [key](claudette::Tool::exclusive_key) run one after the other.
/// - [`ToolContext::progress`](claudette::ToolContext::progress) reaches the client, if the client asks for it.
/// - If the client cancels the call or goes away, the future of the tool is dropped and
///   [`ToolContext::is_cancelled`](claudette::ToolContext::is_cancelled) returns `true`.
///
/// [`ToolOutput::finish`](claudette::ToolOutput::finish) and [`ToolError::abort`](claudette::ToolError::abort) end the
/// loop of a chat; here they are an ordinary result and an ordinary error. Tools that the API runs, such as web search,
/// are not offered.
pub fn serve(tools: impl IntoTools) -> Serve {
    Serve::new(tools.into_tools())
}

/// A server that is not started yet; [`serve`] returns it.
///
/// The server runs until its input ends ([`stdio`](Self::stdio), [`io`](Self::io)) or until the program ends it
/// ([`http`](Self::http)).
#[must_use = "a server does nothing before `stdio()`, `io()`, `http()` or `into_service()`"]
pub struct Serve {
    /// The reason that there is nothing to serve.
    pub(super) problem: Option<Error>,
    pub(super) tools: Toolset,
    pub(super) resources: Vec<McpResource>,
    pub(super) prompts: Vec<McpPrompt>,
    pub(super) name: Option<String>,
    pub(super) version: String,
    pub(super) title: Option<String>,
    pub(super) instructions: Option<String>,
    pub(super) max_parallel: usize,
    pub(super) shutdown: Option<BoxFuture<'static, ()>>,
    #[cfg(feature = "http")]
    pub(super) http: HttpOptions,
}

impl Serve {
    pub(super) fn new(tools: Toolset) -> Self {
        Self {
            problem: None,
            tools,
            resources: Vec::new(),
            prompts: Vec::new(),
            name: None,
            version: "0.0.0".to_owned(),
            title: None,
            instructions: None,
            max_parallel: MAX_PARALLEL,
            shutdown: None,
            #[cfg(feature = "http")]
            http: HttpOptions::default(),
        }
    }

    /// Adds data that clients read by a URI.
    pub fn resource(mut self, resource: McpResource) -> Self {
        self.resources.push(resource);
        self
    }

    /// Adds a prompt that people choose.
    pub fn prompt(mut self, prompt: McpPrompt) -> Self {
        self.prompts.push(prompt);
        self
    }

    /// Sets the name of the server, which clients show and often put before the names of the tools. The default is the
    /// name of the program file.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the version of the server, such as `env!("CARGO_PKG_VERSION")`. The default is `0.0.0`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Sets the name of the server for people.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets a text that describes how to use the tools together. Some clients add it to their system prompt.
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.instructions = Some(instructions.into());
        self
    }

    /// Sets the maximum number of calls that run at the same time, of all clients together. Further calls wait. The
    /// default is 64.
    pub fn max_parallel(mut self, calls: usize) -> Self {
        self.max_parallel = calls;
        self
    }

    /// Ends the server when this future is ready: [`stdio`](Self::stdio), [`io`](Self::io) and [`http`](Self::http)
    /// return then. By default, a server on stdin ends with stdin, and a server on a port never ends.
    ///
    /// Running calls are cancelled. The method has no effect on [`into_service`](Self::into_service).
    ///
    /// ```no_run
    /// # use claudette::{tool, tools};
    /// # /// Returns the time.
    /// # #[tool]
    /// # fn now() -> String { "noon".to_owned() }
    /// # #[tokio::main]
    /// # async fn main() -> claudette::Result<()> {
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// let server = claudette_mcp::serve(tools![now]).shutdown_on(async { drop(stopped.await) });
    /// let server = tokio::spawn(server.http("127.0.0.1:8000"));
    /// // Later:
    /// drop(stop);
    /// server.await.unwrap()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn shutdown_on(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.shutdown = Some(Box::pin(stop));
        self
    }
}

/// The default for the maximum number of calls that run at the same time.
const MAX_PARALLEL: usize = 64;

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("name", &self.name).field("tools", &self.tools).finish_non_exhaustive()
    }
}
