//! A mock server for the API: a real HTTP server on a loopback port that speaks the Messages API.
//!
//! Use it in tests, and in programs that run without an API key (feature `testing`). The server does not use this
//! library's types: it reads JSON from a socket and writes back JSON, or a stream of events. A test with it therefore
//! also covers the HTTP client, the encoding and the parsing.
//!
//! - **It is scripted.** [`MockServer::respond`] queues a response; [`MockServer::requests`] returns the requests
//!   received.
//! - **It validates.** It refuses a request that the API would refuse, with the status and the wording of the API: for
//!   example a tool call without its result, an unknown field, or a thinking mode that the model does not support.
//! - **It improvises**, if started with [`MockServer::auto_reply`]: it calls the tool that fits the prompt, with
//!   arguments from the prompt, and then answers with the result.
//! - **It plays other hosts**, such as Amazon Bedrock ([`MockServer::bedrock`]) or Vertex AI ([`MockServer::vertex`]):
//!   their paths, credentials, gaps, errors and streams.
//!
//! ```
//! use claudette::testing::{MockResponse, MockServer};
//! use claudette::{Chat, tool, tools};
//! use serde_json::json;
//!
//! /// Adds a + b.
//! #[tool]
//! async fn sums(/** First thing to sum */ a: i64, /** Second thing to sum */ b: i64) -> i64 {
//!     a + b
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> claudette::Result<()> {
//! let claude = MockServer::start().await?;
//! claude.respond(MockResponse::tool_use("sums", json!({"a": 604542, "b": 6458932})));
//! claude.respond(MockResponse::text("7,063,474").chunked(3));
//!
//! let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build()?;
//! let run = chat.toolloop("What is 604542+6458932?").await?;
//!
//! assert_eq!(run.text(), "7,063,474");
//! let second = &claude.requests()[1];
//! assert_eq!(second.body()["messages"][2]["content"][0]["content"], "7063474");
//! claude.assert_finished();
//! # Ok(())
//! # }
//! ```

mod auto_reply;
mod checks;
mod containers;
mod context;
mod credits;
mod delivery;
mod digest;
mod fallbacks;
mod hosts;
mod ids;
mod mock_response;
mod mock_server;
mod models;
mod or_mock;
mod recorded_request;
mod reply;
mod script;
mod search;
mod server;
mod signature;
mod sse;
#[cfg(test)]
mod tests;
mod tool_table;
mod usage;
mod wire;

pub use mock_response::MockResponse;
pub use mock_server::{MockServer, MockServerBuilder};
pub use or_mock::{client_or_mock, client_or_script};
pub use recorded_request::RecordedRequest;
