//! [`Fit`]: the parts of a request that its host wants in another place, and the limits of the host.

use http::HeaderMap;

use super::encode::{EncodedRequest, Endpoint};
use super::options::RequestOptions;
use super::wire::VERSION;
use crate::catalog::Feature;
use crate::client::Client;
use crate::client::headers::USER_PROFILE;
use crate::error::{Error, Result};
use crate::messages::CachePolicy;
use std::borrow::Cow;

/// What the form of the host adds to the body, and what it leaves out. The default is the form of the API of Anthropic.
#[derive(Debug, Default)]
pub(super) struct Fit {
    pub(super) version: Option<String>,
    pub(super) betas: Vec<String>,
    pub(super) user_profile: Option<String>,
    pub(super) omits_model: bool,
    pub(super) omits_stream: bool,
}

impl Fit {
    /// Takes what belongs in the body out of the headers of a request.
    pub(super) fn new(client: &Client, endpoint: Endpoint, samples: bool, headers: &mut HeaderMap) -> Self {
        let form = client.0.form;
        let is_message = endpoint == Endpoint::Messages;
        let mut fit = Self {
            omits_model: form.has_model_in_path && is_message,
            omits_stream: form.has_stream_in_path,
            ..Self::default()
        };
        if let Some(version) = form.body_version {
            let named = headers.remove(&VERSION).or_else(|| client.0.version.clone());
            let default = if samples { version.with_sampling } else { version.newest };
            let named = named.as_ref().and_then(|named| named.to_str().ok());
            fit.version = Some(named.unwrap_or(default).to_owned());
        }
        if form.has_betas_in_body {
            fit.betas = client.betas(headers).filter(|beta| !beta.is_empty()).map(str::to_owned).collect();
        }
        if form.has_user_profile_in_body {
            let named = headers.remove(&USER_PROFILE).or_else(|| client.0.user_profile.clone());
            fit.user_profile = named.and_then(|id| id.to_str().ok().map(str::to_owned));
        }
        fit
    }
}

impl Client {
    /// Returns the cache policy of a request. Where the API does not place a breakpoint at the end of the conversation,
    /// the client does.
    pub(super) fn placed_cache<'a>(&'a self, options: &'a RequestOptions) -> Cow<'a, CachePolicy> {
        let cache = self.cache(options);
        if cache.whole.is_none() || self.platform().supports(Feature::AutomaticCaching) {
            return Cow::Borrowed(cache);
        }
        let mut placed = cache.clone();
        placed.last_message = placed.last_message.or(placed.whole.take());
        placed.whole = None;
        Cow::Owned(placed)
    }

    /// Checks that the body is not larger than the host accepts.
    ///
    /// # Errors
    /// Misuse: it is.
    pub(super) fn check_size(&self, request: &EncodedRequest) -> Result<()> {
        let Some(most) = self.platform().max_request_bytes() else { return Ok(()) };
        let size = request.size();
        if size <= most {
            return Ok(());
        }
        Err(Error::misuse(format!(
            "the request has {size} bytes, but {} accepts at most {most}; shorten the conversation, or send smaller \
             images and documents",
            self.platform()
        )))
    }
}
