//! [`failure`]: the error of a fetch of AWS credentials.

use std::error::Error as StdError;
use std::iter::successors;

use aws_credential_types::provider::error::CredentialsError;
use claudette::Error;

/// Returns the error of a request whose credentials could not be fetched; `place` names its host.
pub(crate) fn failure(error: &CredentialsError, place: &str) -> Error {
    let text = chain(error);
    match error {
        CredentialsError::CredentialsNotLoaded(_) => Error::misuse(format!(
            "there are no AWS credentials for {place} ({text}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or \
             AWS_PROFILE after `aws sso login`, or pass credentials to the builder of the host"
        )),
        CredentialsError::ProviderTimedOut(_) => {
            Error::timeout(format!("the AWS credentials for {place} did not arrive ({text})"))
        }
        // The client would retry a connection error, but the source has already retried.
        _ => Error::other(format!(
            "the AWS credentials for {place} could not be fetched ({text}); `aws sts get-caller-identity` shows \
             whether the AWS CLI finds them"
        )),
    }
}

/// Returns the texts of an error and of its causes.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let texts: Vec<String> = successors(Some(error), |error| (*error).source()).map(ToString::to_string).collect();
    texts.join(": ")
}
