//! [`RemoteMcpServer`]: an MCP server that the API connects to.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// An MCP server that the API connects to and whose tools it runs: an entry of `mcp_servers`
/// ([MCP connector](https://platform.claude.com/docs/en/agents-and-tools/mcp-connector), beta).
///
/// A request needs two parts: the server, with `.mcp_server(..)`, and its tools, with `.tools(..)` and
/// [`BuiltinTool::mcp_toolset`](crate::BuiltinTool::mcp_toolset). Each server needs exactly one toolset. The beta header
/// is added automatically. The response contains an [`McpToolUse`](super::McpToolUse) and an
/// [`McpToolResult`](super::McpToolResult) for each call; the program does not answer them.
///
/// ```
/// use claudette::testing::{MockResponse, MockServer};
/// use claudette::wire::{McpToolResult, McpToolUse, RemoteMcpServer};
/// use claudette::{BuiltinTool, Chat};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let claude = MockServer::start().await?;
/// claude.respond(MockResponse::content(json!([
///     {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "search_events", "server_name": "calendar",
///      "input": {"query": "sync"}},
///     {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": false,
///      "content": [{"type": "text", "text": "Monday, 9:00"}]},
///     {"type": "text", "text": "The sync is on Monday at 9:00."},
/// ])));
/// let client = claude.client("claude-sonnet-5-5"); // in a program: `Client::new("claude-sonnet-5-5")?`
///
/// let calendar = RemoteMcpServer::new("calendar", "https://mcp.example.com/mcp").authorization_token("token");
/// let mut chat = Chat::builder(client)
///     .mcp_server(calendar)
///     .tools(BuiltinTool::mcp_toolset("calendar").only(["search_events"]))
///     .build()?;
/// let response = chat.send("When is the sync?").await?;
/// assert_eq!(response.text(), "The sync is on Monday at 9:00.");
/// assert_eq!(response.find::<McpToolUse>().unwrap().name(), "search_events");
/// assert_eq!(response.find::<McpToolResult>().unwrap().text(), "Monday, 9:00");
/// # Ok(())
/// # }
/// ```
///
/// # Connector or client
///
/// The package `claudette-mcp` connects the program itself to MCP servers. Both can be used in one request.
///
/// | The API's connector (this type) | `claudette-mcp` |
/// |---|---|
/// | servers that the API reaches over https | local servers (stdio), private networks, loopback |
/// | tools only; pictures in results become text | also resources, prompts, elicitation and pictures |
/// | the program does not hold connections | approval, hooks, budgets, progress and cancellation for each call |
/// | no network hop through the program | results that are limited in size, names with a prefix, schemas that are mended |
/// | many tools, found by a tool search of the API | zero data retention, Amazon Bedrock and Google Cloud |
///
/// The API stores what it exchanges with a server by its standard retention policy. A loop with this connector cannot
/// limit its cost, because the input from tools that the API runs is not bounded.
#[doc(alias = "mcp connector")]
#[doc(alias = "mcp_servers")]
#[doc(alias = "model context protocol")]
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct RemoteMcpServer {
    r#type: &'static str,
    url: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_token: Option<String>,
}

/// The maximum number of characters of a name.
const LONGEST_NAME: usize = 255;

impl RemoteMcpServer {
    /// Creates the entry of a server. The name is chosen by the program, and the toolset of the server refers to it. It
    /// has 1 to 255 characters. The URL must begin with `https://`.
    ///
    /// The name and the URL are checked before a request is sent.
    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Self {
        Self { r#type: "url", url: url.into(), name: name.into(), authorization_token: None }
    }

    /// Sets the OAuth access token that the API sends to the server. The program obtains and refreshes it.
    ///
    /// `Debug`, errors, logs, spans and journals do not contain it. Serializing the entry does.
    pub fn authorization_token(mut self, token: impl Into<String>) -> Self {
        self.authorization_token = Some(token.into());
        self
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Removes the tokens from the body of a request: they are secret, and a new token does not make it another request.
    pub(crate) fn remove_tokens(body: &mut Value) {
        let servers = body.get_mut("mcp_servers").and_then(Value::as_array_mut);
        for server in servers.into_iter().flatten() {
            if let Some(server) = server.as_object_mut() {
                server.remove("authorization_token");
            }
        }
    }

    /// Returns the reason for which the API would refuse this server. The URL is not part of it, because it can contain
    /// secrets.
    pub(crate) fn problem(&self) -> Option<String> {
        let name = &self.name;
        if let Some(problem) = name_problem(name) {
            return Some(problem);
        }
        let is_blank = |char: char| char.is_whitespace() || char.is_control();
        match self.url.split_once("://") {
            Some(("https", rest)) if !rest.is_empty() && !rest.starts_with('/') && !rest.contains(is_blank) => None,
            Some(("https", _)) => Some(format!("the URL of the MCP server {name:?} is not valid")),
            _ => Some(format!(
                "the URL of the MCP server {name:?} does not begin with https://; the API connects only to public https \
                 servers, and the package `claudette-mcp` to all others"
            )),
        }
    }
}

/// Returns the reason for which the API would refuse the name of an MCP server.
pub(crate) fn name_problem(name: &str) -> Option<String> {
    match name.chars().count() {
        0 => Some("the name of an MCP server is empty".to_owned()),
        1..=LONGEST_NAME => None,
        count => {
            let start: String = name.chars().take(20).collect();
            Some(format!(
                "the name of an MCP server, {start:?}…, has {count} characters, but the API accepts at most {LONGEST_NAME}"
            ))
        }
    }
}

/// Does not show the token, nor the user info and the query of the URL.
impl fmt::Debug for RemoteMcpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.url.find(['?', '#']).unwrap_or(self.url.len());
        // An `@` ends user info, which can contain unescaped delimiters.
        let url = if self.url.contains('@') { "…" } else { &self.url[..end] };
        let token = self.authorization_token.as_ref().map(|_| "…");
        f.debug_struct("RemoteMcpServer")
            .field("name", &self.name)
            .field("url", &url)
            .field("authorization_token", &token)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_servers_have_no_problem() {
        for (name, url, expected) in [
            ("a", "https://a.example/mcp?tenant=1", ""),
            (&*"é".repeat(255), "https://a.example", ""),
            ("", "https://a.example", "the name of an MCP server is empty"),
            (&*"é".repeat(256), "https://a.example", "has 256 characters, but the API accepts at most 255"),
            ("a", "http://a.example?key=secret", "the URL of the MCP server \"a\" does not begin with https://"),
            ("a", "HTTPS://a.example", "does not begin with https://"),
            ("a", "a.example/secret", "does not begin with https://"),
            ("a", "https://", "is not valid"),
            ("a", "https:///secret", "is not valid"),
            ("a", "https://a.example/sec ret", "is not valid"),
        ] {
            let problem = RemoteMcpServer::new(name, url).problem().unwrap_or_default();
            assert!(problem.contains(expected) && problem.is_empty() == expected.is_empty(), "{url}: {problem}");
            assert!(!problem.contains("secret"), "{problem}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        for url in ["https://a.example/mcp?key=secret", "https://me:secret@a.example", "https://a.example#secret"] {
            let server = RemoteMcpServer::new("a", url).authorization_token("secret");
            let shown = format!("{server:?}");
            assert!(!shown.contains("secret") && shown.contains("\"a\""), "{shown}");
        }
    }
}
