//! [`TokenEndpoint`]: exchanges an identity for an access token.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::response::Parts;
use http::{HeaderMap, Method, Request, Uri};
use tokio::time::timeout;

use super::grant::Grant;
use super::granted_token::{GrantedToken, refusal};
use crate::client::headers::{AGENT, BETA};
use crate::client::response_headers::request_id;
use crate::client::transport::{Address, Body, Transport};
use crate::error::{Error, Result};

/// The beta features of requests with an access token, and of exchanges.
pub(super) const OAUTH: &str = "oauth-2025-04-20";
const OAUTH_AND_FEDERATION: &str = "oauth-2025-04-20,oidc-federation-2026-04-01";
/// The path of the endpoint below a base URL.
const PATH: &str = "/v1/oauth/token";
/// The time limit of an exchange.
const PATIENCE: Duration = Duration::from_secs(30);
/// The maximum size of a response in bytes.
const MOST: usize = 1 << 20;

/// The endpoint of one API server that issues tokens for the same server.
pub(super) struct TokenEndpoint {
    uri: Uri,
    transport: Arc<dyn Transport>,
}

impl TokenEndpoint {
    /// Returns the endpoint of the API server at an address.
    ///
    /// # Errors
    /// Misuse: the address is neither https nor on this machine. Everybody on the way could read the identity.
    pub(super) fn at(address: &Address, transport: Arc<dyn Transport>) -> Result<Self> {
        if !(address.is_encrypted() || address.is_loopback()) {
            return Err(Error::misuse(format!(
                "an identity cannot be exchanged at {address} without encryption; use https"
            )));
        }
        Ok(Self { uri: address.join(PATH)?, transport })
    }

    /// Exchanges an identity or a refresh token for an access token.
    ///
    /// # Errors
    /// The server did not answer, refused the identity, or did not send a token. Errors do not show secrets.
    pub(super) async fn exchange(&self, grant: &Grant<'_>) -> Result<GrantedToken> {
        let limit = || Error::timeout(format!("{} did not answer within {PATIENCE:?}", self.uri));
        let (head, body) = timeout(PATIENCE, self.send(grant)).await.unwrap_or_else(|_| Err(limit()))?;
        let granted = body.and_then(|body| {
            if head.status.is_success() {
                GrantedToken::read(&body, grant, &self.uri)
            } else {
                Err(refusal(head.status, &body, grant, &self.uri))
            }
        });
        granted.map_err(|error| {
            error.with_status(head.status.as_u16()).answered(request_id(&head.headers).as_deref(), None)
        })
    }

    async fn send(&self, grant: &Grant<'_>) -> Result<(Parts, Result<Bytes>)> {
        let response = self.transport.send(self.request(grant)?).await.map_err(|error| self.unreachable(error))?;
        let (head, body) = response.into_parts();
        Ok((head, body.into_bytes(MOST).await))
    }

    fn request(&self, grant: &Grant<'_>) -> Result<Request<Body>> {
        let betas = match grant {
            Grant::Federation { .. } => OAUTH_AND_FEDERATION,
            Grant::Refresh { .. } => OAUTH,
        };
        let headers = [
            (USER_AGENT, AGENT),
            (ACCEPT, "application/json"),
            (ACCEPT_ENCODING, "identity"),
            (CONTENT_TYPE, "application/json"),
            (BETA.clone(), betas),
        ];
        let body = serde_json::to_vec(grant).map_err(Error::other)?;
        let mut request = Request::new(Body::from(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() =
            HeaderMap::from_iter(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
        Ok(request)
    }

    fn unreachable(&self, error: Error) -> Error {
        if error.is_connection() {
            Error::connection(format!("{} could not be reached", self.uri)).caused_by(error)
        } else {
            error
        }
    }
}
