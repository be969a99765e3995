//! [`IdentityCredentials`]: the headers of requests with an access token.

use http::Request;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::token_cache::TokenCache;
use super::token_endpoint::OAUTH;
use crate::client::credentials::environment::is_credential;
use crate::client::credentials::seam::Credentials;
use crate::client::headers::BETA;
use crate::client::transport::Body;
use crate::error::Result;
use crate::task::BoxFuture;

/// The header that selects a workspace.
static WORKSPACE: HeaderName = HeaderName::from_static("anthropic-workspace-id");

/// Sends the token of a cache, and the workspace of a login.
pub(super) struct IdentityCredentials {
    cache: TokenCache,
    /// `None` for a federation, whose tokens belong to a workspace.
    workspace: Option<HeaderValue>,
}

impl IdentityCredentials {
    pub(super) fn new(cache: TokenCache, workspace: Option<HeaderValue>) -> Self {
        Self { cache, workspace }
    }
}

impl Credentials for IdentityCredentials {
    fn headers<'a>(&'a self, request: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
        Box::pin(async {
            let mut headers = HeaderMap::new();
            // A request with a credential of its own does not need another one.
            if request.headers().keys().any(|name| is_credential(name.as_str())) {
                return Ok(headers);
            }
            self.cache.token().await?.bearer.set(&mut headers);
            if let Some(betas) = betas_with_oauth(request.headers()) {
                headers.insert(BETA.clone(), betas);
            }
            if let Some(workspace) = self.workspace.as_ref().filter(|_| !request.headers().contains_key(&WORKSPACE)) {
                headers.insert(WORKSPACE.clone(), workspace.clone());
            }
            Ok(headers)
        })
    }

    fn refused(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(AUTHORIZATION) && self.cache.refused(headers)
    }
}

/// Returns the beta features of a request and that of access tokens, or `None` if it is among them.
fn betas_with_oauth(headers: &HeaderMap) -> Option<HeaderValue> {
    let lists: Vec<&[u8]> = headers.get_all(&BETA).iter().map(HeaderValue::as_bytes).collect();
    if lists.iter().any(|list| list.split(|byte| *byte == b',').any(|beta| beta.trim_ascii() == OAUTH.as_bytes())) {
        return None;
    }
    let lists = lists.into_iter().chain([OAUTH.as_bytes()]).filter(|list| !list.trim_ascii().is_empty());
    // Valid values that are joined by commas are a valid value.
    HeaderValue::from_bytes(&lists.collect::<Vec<_>>().join(&b',')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beta_feature_is_added_once() {
        for (lists, expected) in [
            (&[][..], Some("oauth-2025-04-20")),
            (&[""], Some("oauth-2025-04-20")),
            (&["a-1"], Some("a-1,oauth-2025-04-20")),
            (&["a-1, b-2"], Some("a-1, b-2,oauth-2025-04-20")),
            (&["a-1", "b-2"], Some("a-1,b-2,oauth-2025-04-20")),
            (&["oauth-2025-04-20b"], Some("oauth-2025-04-20b,oauth-2025-04-20")),
            (&["a-1, oauth-2025-04-20 ,b-2"], None),
            (&["a-1", "oauth-2025-04-20"], None),
        ] {
            let mut headers = HeaderMap::new();
            for list in lists {
                headers.append(&BETA, HeaderValue::from_static(list));
            }
            assert_eq!(betas_with_oauth(&headers).as_ref().map(|betas| betas.to_str().unwrap()), expected, "{lists:?}");
        }
    }
}
