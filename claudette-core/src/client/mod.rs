//! [`Client`]: talks to the API. It knows messages, and nothing of tools or chats.

mod address;
mod answer;
mod builder;
mod call_tools;
#[cfg(all(unix, not(target_vendor = "apple"), not(target_os = "android")))]
mod certificates;
mod credential;
mod headers;
mod http;
mod http_date;
mod idle_timeout;
mod limits;
mod models;
mod request;
mod response_recorder;
mod retry;
mod span;
mod sse;
mod stream;
mod tls;
mod transport;
mod upload;
mod usage_totals;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, HeaderValue, LOCATION};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::Instrument;

use self::address::without_secrets;
use self::answer::{Answer, misread, reported};
pub use self::builder::ClientBuilder;
pub use self::call_tools::CallTools;
#[cfg(feature = "testing")]
pub(crate) use self::credential::Credential;
use self::limits::Limits;
pub use self::request::{
    Conversation, CountTokens, CreateMessage, EncodedRequest, Request, RequestOptions, RequestPlan,
};
pub(crate) use self::request::{EncodedMessages, Opening, PendingMessage, Prefill, Prefix, request_setters};
use self::request::{VERSION, WITH_SAMPLING};
pub use self::response_recorder::Exchange;
use self::response_recorder::{Log, ResponseRecorder};
pub use self::retry::Retry;
use self::retry::{Policy, RetryHint};
use self::span::ChatSpan;
pub use self::stream::MessageStream;
use self::transport::Joined;
pub use self::transport::{HttpRequest, HttpResponse, Transport};
pub(crate) use self::usage_totals::UsageTotals;
use crate::catalog::Model;
use crate::catalog::Profile;
use crate::catalog::Spent;
use crate::catalog::{Cost, CostReport};
use crate::catalog::{Price, Prices};
use crate::error::{Error, Result};
use crate::messages::{CachePolicy, Prompt, Response, Speed, Usage};
use crate::task::BoxFuture;

/// A connection to the API, for one model unless a request names another.
///
/// Clones are cheap and share connections and totals.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// use claudette::messages;
///
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi, Jeremy!"));
/// # claude.respond(MockResponse::text("Jeremy."));
/// // With a key: `Client::new("claude-sonnet-5-5")?`.
/// let client = claude.client("claude-sonnet-5-5");
///
/// let reply = client.send("I'm Jeremy.").await?;
/// assert_eq!(reply.text(), "Hi, Jeremy!");
///
/// let reply = client.send(messages!["I'm Jeremy.", &reply, "What's my name?"]).max_tokens(100).await?;
/// assert_eq!(reply.text(), "Jeremy.");
/// assert_eq!(client.usage().total(), client.usage().total_input() + client.usage().output_tokens());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    model: Model,
    /// What replaces rows of the table; the last one counts.
    profiles: Vec<Profile>,
    transport: Arc<dyn Transport>,
    headers: HeaderMap,
    /// Whether the version of the API in the headers is the caller's choice.
    names_version: bool,
    retry: Policy,
    timeout: Duration,
    limits: Limits,
    cache: CachePolicy,
    prices: Prices,
    ledger: UsageTotals,
    /// None where nothing is remembered.
    log: Option<Log>,
    /// What is said is shown to `tracing` as well.
    traces_contents: bool,
}

/// How long the body of an error is waited for. The status is known without it.
const PATIENCE: Duration = Duration::from_secs(10);

impl Client {
    /// A client with credentials and address from the environment; see [`ClientBuilder`].
    ///
    /// # Errors
    /// Misuse, if the environment has no credentials; the error names `ANTHROPIC_API_KEY`.
    pub fn new(model: impl Into<Model>) -> Result<Self> {
        Self::builder(model).build()
    }

    /// A client set up step by step.
    pub fn builder(model: impl Into<Model>) -> ClientBuilder {
        ClientBuilder::new(model.into())
    }

    /// One request: a prompt, or a whole conversation. Await it for the reply, or
    /// [`stream`](CreateMessage::stream) it.
    ///
    /// # Errors
    /// When it is awaited: misuse before anything is sent, which includes what the model is known to refuse
    /// ([`profile`](Self::profile)); otherwise what the API or the connection to it has to say.
    pub fn send(&self, prompt: impl Into<Prompt>) -> CreateMessage {
        CreateMessage::new(self.clone(), prompt.into())
    }

    /// How many tokens a prompt has, with the system prompt, the tools and all else that is set here. It costs nothing.
    ///
    /// ```
    /// # use claudette::testing::MockServer;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let few = client.count_tokens("Hello").await?;
    /// let more = client.count_tokens("Hello").system("Speak like a pirate.").await?;
    /// assert!(more > few);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub fn count_tokens(&self, prompt: impl Into<Prompt>) -> CountTokens {
        CountTokens::new(self.clone(), prompt.into())
    }

    /// The model that is asked unless a request names another.
    pub fn default_model(&self) -> &Model {
        &self.0.model
    }

    /// What requests for this model are compared with before they are sent; nothing for a model that is not known.
    pub fn profile(&self, model: &Model) -> Option<&Profile> {
        self.0.profiles.iter().rev().find(|profile| profile.is_of(model)).or_else(|| model.profile())
    }

    /// A client like this one that compares requests for the profile's model with this profile, in place of the one that
    /// it had. Connections and totals are shared.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # let client = claude.client("claude-opus-5-5");
    /// use claudette::{Profile, ThinkingConfig};
    ///
    /// let error = client.send("Hello").thinking(ThinkingConfig::disabled()).await.unwrap_err();
    /// assert!(error.is_misuse());
    ///
    /// // Let the API say so itself.
    /// let client = client.with_profile(Profile::unrestricted("claude-opus-5-5"));
    /// let error = client.send("Hello").thinking(ThinkingConfig::disabled()).await.unwrap_err();
    /// assert_eq!(error.status(), Some(400));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_profile(&self, profile: Profile) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.profiles.push(profile);
        Self(Arc::new(inner))
    }

    /// What this client and its clones consumed so far.
    pub fn usage(&self) -> Usage {
        self.0.ledger.usage()
    }

    /// What that costs; `None` once a model without a known price has answered.
    pub fn cost(&self) -> Option<Cost> {
        self.0.ledger.cost()
    }

    /// Usage and cost as a Markdown table.
    pub fn cost_report(&self) -> CostReport {
        self.0.ledger.report()
    }

    /// Requests and replies so far, of this client and its clones, in the order in which the replies came; nothing unless the
    /// client was built with [`log`](ClientBuilder::log).
    pub fn log(&self) -> Vec<Exchange> {
        self.0.log.as_ref().map(Log::exchanges).unwrap_or_default()
    }

    /// What tokens of replies to requests like this cost.
    pub(crate) fn price(&self, options: &RequestOptions) -> Option<Price> {
        let is_fast = options.speed == Some(Speed::Fast);
        self.0.prices.of(options.model.as_str())?.under(is_fast, options.inference_geo.as_deref())
    }

    /// The running total of all requests.
    pub(crate) fn ledger(&self) -> &UsageTotals {
        &self.0.ledger
    }

    /// Returns what a response consumed, by the prices of this client.
    pub fn spent(&self, response: &Response) -> Spent {
        Spent::new(response.usage().clone(), self.0.prices.cost(response.model(), response.usage()))
    }

    /// Sends a plan and returns the whole response, with retries as for any request.
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub async fn execute(&self, plan: &RequestPlan<'_>) -> Result<Response> {
        let mut response = self.create(&self.encode(plan)?, None).await?;
        plan.begin(&mut response);
        Ok(response)
    }

    /// Sends the call and reads the whole response. Its usage is entered into `part`, a part of the client's ledger, or
    /// into that ledger itself.
    pub(crate) async fn create(&self, call: &EncodedRequest, part: Option<&UsageTotals>) -> Result<Response> {
        if call.streams {
            return self.stream(call, part, &None).await?.finish().await;
        }
        let span = ChatSpan::new(call, self.0.traces_contents);
        let books = ResponseRecorder::new(self, call, part, span.clone());
        let read = |answer| async {
            match answer {
                Answer::Whole { body, .. } => books.accept(self.parse(&body, "message", Response::parse)?),
                // Rare, and large: it has a place of its own. The stream enters itself into the books.
                Answer::Events { body, request_id } => {
                    let (limits, books) = (self.0.limits, books.clone());
                    let stream = MessageStream::begin(request_id, body, limits, books);
                    Box::pin(async move { stream.await?.finish().await }).await
                }
            }
        };
        // Pinned where it is: nobody needs to move it.
        let attempts = pin!(self.attempts(call, &None, Some(&span), read));
        attempts.instrument(span.span.clone()).await.inspect_err(|error| span.failed(error))
    }

    /// Sends the call and gives the reply as it is written. What fails before the first content is tried again.
    pub(crate) async fn stream(
        &self,
        call: &EncodedRequest,
        part: Option<&UsageTotals>,
        watch: &Watch<'_>,
    ) -> Result<MessageStream> {
        let limits = self.0.limits;
        let span = ChatSpan::new(call, self.0.traces_contents);
        let books = ResponseRecorder::new(self, call, part, span.clone());
        let begun = pin!(self.attempts(call, watch, Some(&span), |answer| async {
            let books = books.clone();
            match answer {
                Answer::Events { body, request_id } => MessageStream::begin(request_id, body, limits, books).await,
                // Some hosts of the API do not stream, and send the whole message at once.
                Answer::Whole { body, request_id } => {
                    MessageStream::whole(request_id, self.parse(&body, "message", Response::parse)?, books)
                }
            }
        }));
        begun.instrument(span.span.clone()).await.inspect_err(|error| span.failed(error))
    }

    /// Sends the call and reads the whole answer.
    async fn fetch<T: DeserializeOwned>(&self, call: &EncodedRequest, what: &str) -> Result<T> {
        let read = |answer: Answer| async {
            let body = answer.bytes(self.0.limits).await?;
            self.parse(&body, what, |body| serde_json::from_slice(body))
        };
        self.attempts(call, &None, None, read).await
    }

    /// Reads a body that is to be a message, or what else was asked for.
    fn parse<T>(&self, body: &[u8], what: &str, parse: impl FnOnce(&[u8]) -> serde_json::Result<T>) -> Result<T> {
        self.0.limits.check(body)?;
        parse(body).map_err(|cause| misread(body, what, cause))
    }

    /// Sends the call until it succeeds or must not be tried again. `read` judges what a success status brought.
    async fn attempts<T, F: Future<Output = Result<T>>>(
        &self,
        call: &EncodedRequest,
        watch: &Watch<'_>,
        span: Option<&ChatSpan>,
        read: impl Fn(Answer) -> F,
    ) -> Result<T> {
        // A deadline that no clock can hold is none.
        let deadline = call.deadline.and_then(|deadline| Instant::now().checked_add(deadline));
        let mut retries = 0;
        loop {
            let mut advice = RetryHint::default();
            let timeout = call.timeout.unwrap_or(self.0.timeout);
            let left = deadline.map_or(timeout, |deadline| timeout.min(deadline - Instant::now()));
            if left.is_zero() {
                return Err(Error::timeout("no time is left to send the request"));
            }
            let answer = {
                let attempt = pin!(self.attempt(call, &read, &mut advice));
                tokio::time::timeout(left, attempt).await
            };
            let error = match answer {
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(error)) => error,
                Err(_) => Error::timeout(format!("the API did not answer within {left:?}")),
            };
            let Some(wait) = self.0.retry.after(retries, &error, &advice) else { return Err(error) };
            if deadline.is_some_and(|deadline| Instant::now() + wait >= deadline) {
                return Err(error);
            }
            retries += 1;
            if let Some(span) = span {
                span.retried(retries);
            }
            tracing::info!(%error, attempt = retries + 1, ?wait, "trying again");
            if let Some(watch) = watch {
                watch(Retry { attempt: retries + 1, wait, reason: error.to_string() }).await;
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt<T, F: Future<Output = Result<T>>>(
        &self,
        call: &EncodedRequest,
        read: impl Fn(Answer) -> F,
        advice: &mut RetryHint,
    ) -> Result<T> {
        let mut response = self.0.transport.send(self.request(call)).await?;
        let status = response.status;
        tracing::debug!(status, request_id = response.request_id(), "answered");
        let is_readable = (200..300).contains(&status) && response.coding().is_none();
        let read = if is_readable {
            match Answer::read(&mut response, call.streams, self.0.limits).await {
                Ok(answer) => read(answer).await,
                Err(error) => Err(error),
            }
        } else {
            Err(self.refusal(&mut response).await)
        };
        read.map_err(|error| {
            *advice = RetryHint::of(&response, SystemTime::now());
            error.with_status(status).answered(response.request_id().as_deref(), advice.wait)
        })
    }

    /// The error of a response that is not a success, or cannot be read. Its headers count, whatever its body is.
    #[cold]
    fn refusal<'a>(&'a self, response: &'a mut HttpResponse) -> BoxFuture<'a, Error> {
        Box::pin(async move {
            let status = response.status;
            if let Some(coding) = response.coding() {
                let what =
                    format!("the response is compressed ({coding}), although the request accepts only `identity`");
                let is_success = (200..300).contains(&status);
                return if is_success { Error::unreadable(what, b"") } else { Error::api(status, what.as_bytes()) };
            }
            if let Some(location) = response.text_header(LOCATION).filter(|_| (300..400).contains(&status)) {
                return Error::misuse(format!(
                    "the base URL redirects ({status}) to {:?}, and credentials are not sent there; set the base URL to \
                     the new address",
                    without_secrets(location),
                ));
            }
            // Half a body says more than none.
            let mut body = Joined::default();
            let _ = tokio::time::timeout(PATIENCE, body.read_rest(&mut response.body, self.0.limits.body)).await;
            reported(status, &body).unwrap_or_else(|| Error::api(status, &body))
        })
    }

    pub(crate) fn traces_contents(&self) -> bool {
        self.0.traces_contents
    }

    fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    fn request(&self, call: &EncodedRequest) -> HttpRequest {
        let mut headers = self.0.headers.clone();
        // Sampling parameters are gone from the current version of the API.
        if call.samples && !self.0.names_version {
            headers.insert(VERSION, HeaderValue::from_static(WITH_SAMPLING));
        }
        for (name, value) in &call.headers {
            match headers.get_mut(name) {
                // The client's beta features stay; a request adds to them.
                Some(list) if name == headers::BETA => *list = headers::join(list, value),
                _ => drop(headers.insert(name, value.clone())),
            }
        }
        HttpRequest { method: call.method, path: call.path.clone(), headers, body: call.body.clone() }
    }
}

/// Somebody who wants to know of retries before they happen.
pub(crate) type Watch<'a> = Option<&'a (dyn Fn(Retry) -> BoxFuture<'a, ()> + Sync)>;

/// Shows the model; a client holds credentials.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("model", &self.0.model).finish_non_exhaustive()
    }
}
