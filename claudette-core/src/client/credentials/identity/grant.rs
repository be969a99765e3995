//! [`Grant`]: the request for an access token.

use serde::Serialize;

/// A request for an access token, with the secret that is exchanged for it.
#[derive(Serialize)]
#[serde(tag = "grant_type")]
pub(super) enum Grant<'a> {
    #[serde(rename = "urn:ietf:params:oauth:grant-type:jwt-bearer")]
    Federation {
        assertion: &'a str,
        federation_rule_id: &'a str,
        organization_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        service_account_id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        workspace_id: Option<&'a str>,
    },
    #[serde(rename = "refresh_token")]
    Refresh { refresh_token: &'a str, client_id: &'a str },
}

impl Grant<'_> {
    /// Returns the text that errors must not contain.
    pub(super) fn secret(&self) -> &str {
        match self {
            Self::Federation { assertion: secret, .. } | Self::Refresh { refresh_token: secret, .. } => secret,
        }
    }
}
