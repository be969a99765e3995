//! [`google_token`]: the credentials of the hosts of Google.

use std::sync::Arc;

use crate::client::credentials::{BearerToken, Credentials};
use crate::error::{Error, Result};

/// Returns the source of tokens of a host of Google.
pub(super) fn google_token(
    host: &str,
    other: &str,
    token: Option<String>,
    credentials: Option<Arc<dyn Credentials>>,
) -> Result<Arc<dyn Credentials>> {
    match (token, credentials) {
        (Some(token), _) => Ok(Arc::new(BearerToken::named(&token, "`.access_token(..)`")?)),
        (None, Some(credentials)) => Ok(credentials),
        (None, None) => Err(Error::misuse(format!(
            "{host} has no credentials: call `.access_token(..)` or `.credentials(..)`, or use the Application Default \
             Credentials with `{other}`"
        ))),
    }
}
