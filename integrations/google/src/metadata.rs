//! The metadata server of machines and containers in Google Cloud.

use std::time::Duration;

use claudette::hosts::setting;
use claudette::{Error, Result};
use reqwest::StatusCode;
use reqwest::redirect::Policy;

use crate::environment::METADATA_HOST;

const HOST: &str = "metadata.google.internal";

/// The time limit for an answer. The server is on the same machine.
const LIMIT: Duration = Duration::from_secs(1);

/// The header that requests and responses have, so that other servers are not taken for it.
const FLAVOR: (&str, &str) = ("metadata-flavor", "Google");

/// Returns the host of the server, with its port.
///
/// # Errors
/// Misuse: the variable is not valid UTF-8.
pub(crate) fn host() -> Result<String> {
    Ok(setting(None, &[METADATA_HOST])?.unwrap_or_else(|| HOST.to_owned()))
}

/// Asks the server for the project of the machine, and so finds out whether the server exists. `missing` describes in
/// errors where else there are no credentials.
///
/// # Errors
/// A connection error or a timeout: the server does not answer within a second, or it is another server.
pub(crate) async fn project(host: &str, missing: &str) -> Result<Option<String>> {
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).timeout(LIMIT).build();
    let client = client.map_err(Error::other)?;
    let request = client.get(format!("http://{host}/computeMetadata/v1/project/project-id"));
    let response =
        request.header(FLAVOR.0, FLAVOR.1).send().await.map_err(|error| unreachable(host, missing, error))?;
    let status = response.status();
    if response.headers().get(FLAVOR.0).is_none_or(|flavor| flavor != FLAVOR.1) {
        let what = format!("the server {host} is not a metadata server of Google");
        return Err(Error::connection(advice(missing, &what)));
    }
    match status {
        StatusCode::NOT_FOUND => Ok(None),
        status if status.is_success() => {
            let project = response.text().await.map_err(|error| unreachable(host, missing, error))?;
            Ok(Some(project.trim().to_owned()).filter(|project| !project.is_empty()))
        }
        status => {
            let what = format!("the metadata server {host} answered {}", status.as_u16());
            Err(Error::connection(advice(missing, &what)))
        }
    }
}

fn unreachable(host: &str, missing: &str, error: reqwest::Error) -> Error {
    let error = error.without_url();
    if error.is_timeout() {
        Error::timeout(advice(missing, &format!("the metadata server {host} did not answer within {LIMIT:?}")))
    } else {
        Error::connection(advice(missing, &format!("the metadata server {host} could not be reached"))).caused_by(error)
    }
}

fn advice(missing: &str, what: &str) -> String {
    format!(
        "there are no Application Default Credentials: {missing}, and {what}; run `gcloud auth application-default \
         login`, or set GOOGLE_APPLICATION_CREDENTIALS to the path of a key file"
    )
}
