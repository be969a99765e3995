//! [`Host`]: the interface between the client and a place that serves the Messages API.

use std::sync::Arc;

use http::{HeaderMap, Response};

use super::form::Form;
use super::operation::Operation;
use crate::catalog::{Model, Platform};
use crate::client::credentials::Credentials;
use crate::client::transport::Body;
use crate::error::{Error, Result};

/// A place that serves the Messages API in a form of its own, such as Vertex AI.
///
/// [`ClientBuilder::host`](crate::client::ClientBuilder::host) takes one. The host decides where requests go, in which
/// form, and with which credentials. Everything else is the same for all hosts: retries, streams, tools, usage.
///
/// This module has the hosts that need no more than a key or a token. The hosts that sign requests or look up the
/// credentials of a cloud are in the packages `claudette-aws` and `claudette-google`.
///
/// An implementation can wrap another host and change a part of it:
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// use std::sync::Arc;
///
/// use claudette::catalog::Platform;
/// use claudette::client::{BearerToken, Credentials};
/// use claudette::hosts::{Host, Operation};
/// use claudette::{Client, Result};
///
/// /// A gateway with a path of its own for each model.
/// struct Gateway {
///     base_url: String,
///     token: BearerToken,
/// }
///
/// impl Host for Gateway {
///     fn platform(&self) -> Platform {
///         Platform::Anthropic
///     }
///
///     fn base_url(&self) -> &str {
///         &self.base_url
///     }
///
///     fn path(&self, operation: &Operation<'_>) -> Result<String> {
///         let team = if operation.model().as_str().contains("opus") { "/research" } else { "/all" };
///         Ok(format!("{team}{}", operation.path()))
///     }
///
///     fn credentials(&self) -> Option<Arc<dyn Credentials>> {
///         Some(Arc::new(self.token.clone()))
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let gateway = Gateway { base_url: "https://claude.example.com".into(), token: BearerToken::new("token")? };
/// let client = Client::builder("claude-opus-5-5").host(gateway).build()?;
/// assert_eq!(client.platform(), Platform::Anthropic);
/// # Ok(())
/// # }
/// ```
pub trait Host: Send + Sync + 'static {
    /// Returns the platform, which decides on features, limits and prices.
    fn platform(&self) -> Platform;

    /// Returns the base URL, without `/` at its end.
    fn base_url(&self) -> &str;

    /// Returns the path of an operation after the base URL, with its query. By default, it is the path at the API of
    /// Anthropic.
    ///
    /// Operations that the [platform](Self::platform) does not have are refused before.
    ///
    /// # Errors
    /// Misuse: the host does not serve the operation, or the name of the model is not valid.
    fn path(&self, operation: &Operation<'_>) -> Result<String> {
        Ok(operation.path().to_owned())
    }

    /// Returns the form of requests. By default, it is that of the API of Anthropic.
    fn form(&self) -> Form {
        Form::messages()
    }

    /// Returns headers that every request has, unless the program sets them.
    fn headers(&self) -> HeaderMap {
        HeaderMap::new()
    }

    /// Returns the credentials, or `None` if requests have none. The client takes them once, when it is built, and
    /// requests headers before each attempt.
    fn credentials(&self) -> Option<Arc<dyn Credentials>>;

    /// Returns the factor between the list price of the API of Anthropic and the price here. It depends on the region
    /// of the host, or of the name of the model.
    fn price_factor(&self, model: &Model) -> f64 {
        let _ = model;
        1.0
    }

    /// Turns a response into the form of the API of Anthropic, for example a stream of frames into server-sent events.
    /// By default, it is already in this form.
    fn decode(&self, response: Response<Body>) -> Response<Body> {
        response
    }

    /// Returns what the user can do about an error that the host has answered, if it is special at this host. It is
    /// shown in the report of the error.
    ///
    /// ```
    /// use claudette::hosts::{Host, Vertex};
    /// use claudette::{Client, Error};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # let server = MockServer::vertex().await?;
    /// # server.respond(MockResponse::error(403, "PERMISSION_DENIED", "Permission denied."));
    /// let vertex = Vertex::builder().project("p").region("global").access_token("token");
    /// # let vertex = vertex.base_url(server.base_url());
    /// let vertex = vertex.build()?;
    /// let client = Client::builder("claude-opus-5").host(vertex.clone()).build()?;
    /// let error: Error = client.send("Hello").await.unwrap_err();
    /// assert!(vertex.remedy(&error).unwrap().contains("`aiplatform.endpoints.predict`"));
    /// # Ok(())
    /// # }
    /// ```
    fn remedy(&self, error: &Error) -> Option<&'static str> {
        let _ = error;
        None
    }
}

impl<H: Host + ?Sized> Host for Arc<H> {
    fn platform(&self) -> Platform {
        (**self).platform()
    }

    fn base_url(&self) -> &str {
        (**self).base_url()
    }

    fn path(&self, operation: &Operation<'_>) -> Result<String> {
        (**self).path(operation)
    }

    fn form(&self) -> Form {
        (**self).form()
    }

    fn headers(&self) -> HeaderMap {
        (**self).headers()
    }

    fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        (**self).credentials()
    }

    fn price_factor(&self, model: &Model) -> f64 {
        (**self).price_factor(model)
    }

    fn decode(&self, response: Response<Body>) -> Response<Body> {
        (**self).decode(response)
    }

    fn remedy(&self, error: &Error) -> Option<&'static str> {
        (**self).remedy(error)
    }
}
