//! [`Exchange`]: a logged request and the response to it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::display::Brief;
use crate::messages::{Response, Usage};

/// The logged requests of a client and the responses to them. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<Exchange>>>);

impl Log {
    pub(super) fn add(&self, exchange: Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A request and the response to it, from the [log](crate::client::ClientBuilder::log) of a client. Clones are cheap.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi!"));
/// use claudette::Client;
///
/// let client = Client::builder("claude-sonnet-5-5").log(true);
/// # let client = client.api_key("key").base_url(claude.url());
/// let client = client.build()?;
/// client.send("Hello").await?;
///
/// let exchange = &client.log()[0];
/// assert_eq!(exchange.request()["messages"][0]["content"], "Hello");
/// assert_eq!(exchange.response().text(), "Hi!");
/// assert_eq!(exchange.usage(), &client.usage());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Exchange(Arc<Inner>);

struct Inner {
    request: Value,
    response: Response,
    usage: Usage,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, response, usage } = self;
        let mut out = f.debug_struct("Inner");
        out.field("request", &Brief(request)).field("response", response).field("usage", usage).finish()
    }
}

impl Exchange {
    pub(super) fn new(request: Value, response: Response, usage: Usage) -> Self {
        Self(Arc::new(Inner { request, response, usage }))
    }

    /// Returns the body of the request as it was sent. The log does not contain headers and the tokens of MCP servers,
    /// because they are secret.
    pub fn request(&self) -> &Value {
        &self.0.request
    }

    /// Returns the response, or the part that arrived of an incomplete one.
    pub fn response(&self) -> &Response {
        &self.0.response
    }

    /// Returns the total usage of the client up to and including this response.
    pub fn usage(&self) -> &Usage {
        &self.0.usage
    }
}
