//! [`GrantedToken`]: the response of a token endpoint.

use http::{StatusCode, Uri};
use serde_json::{Map, Value, json};

use super::access_token::{AccessToken, seconds, unix_now};
use super::grant::Grant;
use crate::error::{Error, Result};

/// The maximum length of a server's explanation in an error, in characters.
const MOST_TEXT: usize = 256;
/// The lifetime of a refreshed token whose response does not name one.
const HOUR: i64 = 3_600;

/// A token that an endpoint has issued.
pub(super) struct GrantedToken {
    pub(super) access_token: String,
    /// The expiry in seconds since 1970.
    pub(super) expires_at: i64,
    pub(super) refresh_token: Option<String>,
}

impl GrantedToken {
    /// Reads a successful response.
    ///
    /// # Errors
    /// The response is not a bearer token with a lifetime. The error does not show it.
    pub(super) fn read(body: &[u8], grant: &Grant<'_>, uri: &Uri) -> Result<Self> {
        let refused = |reason: &str| Error::unreadable(format!("the response of {uri} {reason}"), b"");
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
            return Err(refused("is not a JSON object"));
        };
        if fields.get("token_type").is_some_and(|kind| !is_bearer(kind)) {
            return Err(refused("does not contain a bearer token (`token_type`)"));
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let access_token = text("access_token").ok_or_else(|| refused("does not contain `access_token`"))?;
        let lifetime = match fields.get("expires_in") {
            None if matches!(grant, Grant::Refresh { .. }) => Some(HOUR),
            None => None,
            Some(lifetime) => seconds(lifetime),
        };
        let lifetime = lifetime.ok_or_else(|| refused("does not contain the lifetime of the token (`expires_in`)"))?;
        Ok(Self {
            access_token: access_token.to_owned(),
            expires_at: unix_now().saturating_add(lifetime),
            refresh_token: text("refresh_token").map(str::to_owned),
        })
    }

    pub(super) fn token(&self) -> Result<AccessToken> {
        AccessToken::new(&self.access_token, "the response of the token endpoint", Some(self.expires_at))
    }
}

fn is_bearer(kind: &Value) -> bool {
    kind.is_null() || kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"))
}

/// Returns the error of a response that is not a success. It contains only the fields of OAuth errors.
#[cold]
pub(super) fn refusal(status: StatusCode, body: &[u8], grant: &Grant<'_>, uri: &Uri) -> Error {
    let what = match grant {
        Grant::Federation { .. } => "the exchange of the identity token",
        Grant::Refresh { .. } => "the exchange of the refresh token",
    };
    let mut message = format!("{what} at {uri} failed with status {}", status.as_u16());
    if let Ok(Value::Object(fields)) = serde_json::from_slice(body) {
        let explanation = explanation(&fields, grant.secret());
        if !explanation.is_empty() {
            message.push_str(": ");
            message.push_str(&explanation);
        }
    }
    message.push_str(hint(status, grant));
    // A refused identity is a refused credential, whatever OAuth's status for it is.
    let kind =
        (status.is_client_error() && !matches!(status.as_u16(), 408 | 409 | 429)).then_some("authentication_error");
    Error::api(status.as_u16(), json!({"error": {"type": kind, "message": message}}).to_string().as_bytes())
}

/// Returns the server's explanation, or nothing.
fn explanation(fields: &Map<String, Value>, secret: &str) -> String {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let error = fields.get("error");
    let inner = |name: &str| text(error.and_then(|error| error.get(name)));
    let parts = [
        text(error).or_else(|| inner("type")),
        inner("message"),
        text(fields.get("error_description")),
        text(fields.get("error_uri")),
    ];
    let known = parts.into_iter().flatten().collect::<Vec<_>>().join(": ");
    // A server may repeat what it has received.
    let hidden = if secret.is_empty() { known } else { known.replace(secret, "…") };
    hidden.chars().take(MOST_TEXT).collect()
}

/// Returns the remedy for a refused identity.
fn hint(status: StatusCode, grant: &Grant<'_>) -> &'static str {
    match grant {
        _ if status.is_redirection() => "; redirects are not followed, so set the base URL to the new address",
        Grant::Federation { workspace_id: None, .. } if status == StatusCode::UNAUTHORIZED => {
            "; check that the federation rule matches the identity token, and set `workspace_id` \
             (ANTHROPIC_WORKSPACE_ID) if the rule is for several workspaces. The Workload identity page of the Claude \
             Console lists all attempts"
        }
        Grant::Federation { .. } if status == StatusCode::UNAUTHORIZED => {
            "; check that the federation rule matches the identity token. The Workload identity page of the Claude \
             Console lists all attempts"
        }
        Grant::Refresh { .. } if status.is_client_error() => "; log in again",
        _ => "",
    }
}
