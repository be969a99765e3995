//! [`Client`]: sends requests to the API and reads the responses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use super::credentials::Credentials;
use super::exchange::{Exchange, Log};
use super::hosts::{Form, Host};
use super::limits::Limits;
use super::pacing::Admission;
use super::request::{RequestOptions, RequestPlan};
use super::retry::Policy;
use super::transport::{Address, Transport};
use super::watch::Watch;
use crate::catalog::{Cost, CostReport, Model, Platform, Price, Prices, Profile, Spent, UsageTotals};
use crate::error::{Error, Result};
use crate::messages::{CachePolicy, Response, Speed, Usage};

/// A client of the Messages API, with a default model.
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
/// let response = client.send("I'm Jeremy.").await?;
/// assert_eq!(response.text(), "Hi, Jeremy!");
///
/// let response = client.send(messages!["I'm Jeremy.", &response, "What's my name?"]).max_tokens(100).await?;
/// assert_eq!(response.text(), "Jeremy.");
/// assert_eq!(client.usage().total(), client.usage().total_input() + client.usage().output_tokens());
/// # Ok(())
/// # }
/// ```
#[doc(alias = "Anthropic")]
#[doc(alias = "Claude")]
#[derive(Clone)]
pub struct Client(pub(super) Arc<Inner>);

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) model: Model,
    pub(super) platform: Platform,
    /// `None` for the API of Anthropic and for gateways in its form.
    pub(super) host: Option<Arc<dyn Host>>,
    /// Profiles that replace those of the built-in table; the last one of a model is used.
    pub(super) profiles: Vec<Profile>,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) address: Address,
    /// Credentials that are requested for each attempt. A fixed key is one of the headers instead.
    pub(super) credentials: Option<Arc<dyn Credentials>>,
    pub(super) headers: HeaderMap,
    /// The form of requests.
    pub(super) form: Form,
    /// The version of the API, if the program chose it.
    pub(super) version: Option<HeaderValue>,
    /// The id of the user profile, if the form has it in the body.
    pub(super) user_profile: Option<HeaderValue>,
    pub(super) retry: Policy,
    pub(super) timeout: Duration,
    pub(super) limits: Limits,
    /// `None` if attempts are neither limited nor paced.
    pub(super) admission: Option<Arc<Admission>>,
    pub(super) cache: CachePolicy,
    pub(super) prices: Prices,
    pub(super) ledger: UsageTotals,
    /// `None` if the client does not log.
    pub(super) log: Option<Log>,
    /// `true` if spans contain messages and responses.
    pub(super) traces_contents: bool,
}

impl Client {
    /// Returns the model of requests that do not set another one.
    pub fn default_model(&self) -> &Model {
        &self.0.model
    }

    /// Returns the platform, which decides on the features of requests.
    pub fn platform(&self) -> Platform {
        self.0.platform
    }

    /// Returns the profile that requests for this model are checked against, or `None` if the model is not known. On
    /// Amazon Bedrock, some models have less than elsewhere.
    pub fn profile(&self, model: &Model) -> Option<&Profile> {
        let model = self.0.prices.alias(model.as_str()).unwrap_or(model);
        self.0.profiles.iter().rev().find(|profile| profile.is_of(model)).or_else(|| model.profile_on(self.0.platform))
    }

    /// Returns a client that checks requests for the profile's model against this profile, in place of the previous
    /// one. It shares connections and totals with this client.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # let client = claude.client("claude-opus-5-5");
    /// use claudette::catalog::Profile;
    /// use claudette::wire::ThinkingConfig;
    ///
    /// let error = client.send("Hello").thinking(ThinkingConfig::disabled()).await.unwrap_err();
    /// assert!(error.is_misuse());
    ///
    /// // Without restrictions, the request is sent and the API refuses it.
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

    /// Returns a client with another default model. The rest is shared with this client: connections, limits, totals and
    /// the log.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("Hi!"));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let haiku = client.with_model("claude-haiku-4-5");
    /// haiku.send("Hello!").await?;
    /// assert_eq!(claude.requests()[0].body()["model"], "claude-haiku-4-5");
    /// assert_eq!(client.usage(), haiku.usage());
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_model(&self, model: impl Into<Model>) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.model = model.into();
        Self(Arc::new(inner))
    }

    /// Returns a client whose usage and cost start at zero. Its usage counts in the totals of this client, too.
    ///
    /// Use it to measure a part of a program. The rest is shared with this client: connections, limits and the log.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("Hi!"));
    /// # claude.respond(MockResponse::text("Bye!"));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// client.send("Hello!").await?;
    /// let part = client.with_own_totals();
    /// part.send("Good bye!").await?;
    /// assert!(part.usage().total() > 0 && part.usage().total() < client.usage().total());
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_own_totals(&self) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.ledger = self.0.ledger.part();
        Self(Arc::new(inner))
    }

    /// Returns the tokens that this client and its clones have used so far.
    #[doc(alias = "tokens")]
    pub fn usage(&self) -> Usage {
        self.0.ledger.usage()
    }

    /// Returns the cost of the [usage](Self::usage), or `None` after a response from a model without a known price.
    pub fn cost(&self) -> Option<Cost> {
        self.0.ledger.cost()
    }

    /// Returns usage and cost, which `Display` shows as a Markdown table.
    pub fn cost_report(&self) -> CostReport {
        self.0.ledger.report()
    }

    /// Returns the requests and responses of this client and its clones so far, in the order of the responses.
    ///
    /// The list is empty unless the client was built with [`log`](crate::client::ClientBuilder::log).
    pub fn log(&self) -> Vec<Exchange> {
        self.0.log.as_ref().map(Log::exchanges).unwrap_or_default()
    }

    /// Returns the price of tokens for requests with these options.
    pub(crate) fn price(&self, options: &RequestOptions) -> Option<Price> {
        let is_fast = options.speed == Some(Speed::Fast);
        self.list_price(&options.model)?.under(is_fast, options.inference_geo.as_deref())
    }

    /// Returns the price of tokens of a model, at the standard speed.
    pub(crate) fn list_price(&self, model: &Model) -> Option<Price> {
        self.0.prices.of(model.as_str(), self.price_factor(model))
    }

    /// Returns the factor between the list price of a model and its price at the host.
    pub(super) fn price_factor(&self, model: &Model) -> f64 {
        self.0.host.as_ref().map_or(1.0, |host| host.price_factor(model))
    }

    /// Adds the host to an error of a request.
    #[cold]
    pub(super) fn located(&self, error: Error) -> Error {
        match &self.0.host {
            Some(host) => error.at_host(self.0.platform, |error| host.remedy(error)),
            None => error,
        }
    }

    /// Returns the running total of all requests.
    pub(crate) fn ledger(&self) -> &UsageTotals {
        &self.0.ledger
    }

    /// Returns the usage of a response and its cost at the prices of this client. If the price depends on the region in
    /// the name of the requested model, the [default model](Self::default_model) counts.
    pub fn spent(&self, response: &Response) -> Spent {
        let factor = self.price_factor(&self.0.model);
        Spent::new(response.usage().clone(), self.0.prices.cost_of(response.model(), response, factor))
    }

    /// Sends a plan, with retries as for any request, and returns the whole response.
    ///
    /// # Errors
    /// The same as for [`send`](Self::send).
    pub async fn execute(&self, plan: &RequestPlan<'_>) -> Result<Response> {
        let mut response = self.create(&self.encode(plan)?, None, &Watch::default()).await?;
        plan.begin(&mut response);
        Ok(response)
    }

    pub(crate) fn traces_contents(&self) -> bool {
        self.0.traces_contents
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }
}

/// Shows only the model, because a client contains credentials.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("model", &self.0.model).finish_non_exhaustive()
    }
}
