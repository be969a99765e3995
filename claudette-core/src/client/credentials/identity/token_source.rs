//! [`TokenSource`]: where a [`TokenCache`](super::token_cache::TokenCache) gets its tokens.

use std::sync::Arc;

use super::access_token::AccessToken;
use crate::client::credentials::bearer_token::BearerToken;
use crate::error::Result;
use crate::task::BoxFuture;

/// A source of access tokens, such as an exchange or a file.
pub(super) trait TokenSource: Send + Sync + 'static {
    /// Returns a token that is valid now. The API has refused the token `refused`, so a copy of it on the disk must not
    /// be returned.
    fn fetch(self: Arc<Self>, refused: Option<BearerToken>) -> BoxFuture<'static, Result<AccessToken>>;
}
