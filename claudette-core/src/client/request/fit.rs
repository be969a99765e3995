//! What the host of a client changes in a request: the place of some parts, the cache breakpoint, and the limit of size.

use std::borrow::Cow;

use http::HeaderMap;

use super::moved_fields::MovedFields;
use super::options::RequestOptions;
use super::wire::VERSION;
use crate::catalog::Feature;
use crate::client::Client;
use crate::client::headers::USER_PROFILE;
use crate::error::{Error, Result};
use crate::messages::CachePolicy;

impl Client {
    /// Takes what belongs in the body out of the headers of a request.
    pub(super) fn moved_fields(&self, is_message: bool, samples: bool, headers: &mut HeaderMap) -> MovedFields {
        let form = self.0.form;
        let mut moved = MovedFields {
            omits_model: form.has_model_in_path && is_message,
            omits_stream: form.has_stream_in_path,
            ..MovedFields::default()
        };
        if let Some(version) = form.body_version {
            let named = headers.remove(&VERSION).or_else(|| self.0.version.clone());
            let default = if samples { version.with_sampling } else { version.newest };
            let named = named.as_ref().and_then(|named| named.to_str().ok());
            moved.version = Some(named.unwrap_or(default).to_owned());
        }
        if form.has_betas_in_body {
            moved.betas = self.betas(headers).filter(|beta| !beta.is_empty()).map(str::to_owned).collect();
        }
        if form.has_user_profile_in_body {
            let named = headers.remove(&USER_PROFILE).or_else(|| self.0.user_profile.clone());
            moved.user_profile = named.and_then(|id| id.to_str().ok().map(str::to_owned));
        }
        moved
    }

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

    /// Checks that a body of this size is not larger than the host accepts.
    ///
    /// # Errors
    /// Misuse: it is.
    pub(super) fn check_size(&self, size: usize) -> Result<()> {
        let Some(most) = self.platform().max_request_bytes() else { return Ok(()) };
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
