//! [`ResponseRecorder`]: where a reply is entered when it is there.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::client::Client;
use super::request::EncodedRequest;
use super::span::ChatSpan;
use super::usage_totals::UsageTotals;
use crate::catalog::Model;
use crate::display::Brief;
use crate::error::{Error, Result};
use crate::messages::{Response, Usage};

/// Where the reply to one request is entered when it is complete, or no longer read.
#[derive(Clone)]
pub(super) struct ResponseRecorder {
    client: Client,
    /// The one that was asked.
    model: Model,
    /// What was asked, for a client that remembers.
    request: Option<Value>,
    /// What the reply consumed is entered here.
    ledger: UsageTotals,
    pub(super) span: ChatSpan,
}

impl ResponseRecorder {
    pub(super) fn new(client: &Client, call: &EncodedRequest, part: Option<&UsageTotals>, span: ChatSpan) -> Self {
        let request = client.0.log.as_ref().map(|_| {
            let body: Vec<u8> = call.body.iter().flat_map(|piece| piece.iter().copied()).collect();
            serde_json::from_slice(&body).unwrap_or_default()
        });
        let ledger = part.unwrap_or(&client.0.ledger).clone();
        Self { client: client.clone(), model: call.model.clone(), request, ledger, span }
    }

    /// Enters a reply, and gives it back if all of it could be read.
    ///
    /// # Errors
    /// A block of a known type is damaged. The error has the reply.
    pub(super) fn accept(&self, reply: Response) -> Result<Response> {
        self.enter(&reply);
        match reply.damage() {
            None => Ok(reply),
            Some(damage) => {
                Err(Error::unreadable(format!("the response is damaged: {damage}"), b"").after(Some(reply)))
            }
        }
    }

    pub(super) fn enter(&self, reply: &Response) {
        self.span.replied(reply);
        self.consumed(reply);
        if let (Some(log), Some(request)) = (&self.client.0.log, &self.request) {
            log.add(Exchange(Arc::new(Inner {
                request: request.clone(),
                response: reply.clone(),
                usage: self.client.0.ledger.usage(),
            })));
        }
    }

    /// Enters what a reply consumed, and nothing else: nobody sees the reply itself, because the request is sent again.
    pub(super) fn consumed(&self, reply: &Response) {
        let (client, usage) = (&self.client.0, reply.usage());
        // The model that answered sets the price; it may be another than the one asked.
        let cost = client.prices.cost(reply.model(), usage).or_else(|| client.prices.cost(self.model.as_str(), usage));
        self.ledger.record(usage, cost);
    }
}

/// The requests of a client and the replies to them. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<Exchange>>>);

impl Log {
    fn add(&self, exchange: Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A request and the reply to it, as a client [remembers](crate::ClientBuilder::log) them. Clones are cheap.
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
    /// The body of the request, as it was sent; headers are not remembered, for a credential is one of them.
    pub fn request(&self) -> &Value {
        &self.0.request
    }

    /// The reply, or what came of one that was cut.
    pub fn response(&self) -> &Response {
        &self.0.response
    }

    /// What the client had consumed then, with this reply.
    pub fn usage(&self) -> &Usage {
        &self.0.usage
    }
}
