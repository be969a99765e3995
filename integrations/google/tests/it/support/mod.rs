//! What several tests need.

mod google;
mod program;

pub(crate) use self::google::{Answer, Google};
pub(crate) use self::program::{Program, program_of_the_tests};

pub(crate) const MODEL: &str = "claude-sonnet-5-5";

/// The secrets in the key files. No output may contain them.
pub(crate) const SECRETS: [&str; 3] = ["client-secret-7", "refresh-token-7", "subject-token-7"];

/// Returns the file of a login, whose tokens come from this address.
pub(crate) fn login(token_uri: &str) -> String {
    serde_json::json!({
        "type": "authorized_user",
        "client_id": "client-id-7",
        "client_secret": "client-secret-7",
        "refresh_token": "refresh-token-7",
        "quota_project_id": "quota-project",
        "token_uri": token_uri,
    })
    .to_string()
}
