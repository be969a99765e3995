//! [`Failure`]: the reason why AWS credentials could not be fetched.

use std::error::Error as StdError;
use std::fmt;
use std::iter::successors;

use aws_credential_types::provider::error::CredentialsError;
use claudette::Error;

/// The reason why credentials could not be fetched.
#[derive(Clone)]
pub(crate) struct Failure {
    kind: FailureKind,
    text: String,
}

#[derive(Clone, Copy)]
enum FailureKind {
    Missing,
    TimedOut,
    Other,
}

impl From<&CredentialsError> for Failure {
    fn from(error: &CredentialsError) -> Self {
        let kind = match error {
            CredentialsError::CredentialsNotLoaded(_) => FailureKind::Missing,
            CredentialsError::ProviderTimedOut(_) => FailureKind::TimedOut,
            _ => FailureKind::Other,
        };
        Self { kind, text: chain(error) }
    }
}

impl Failure {
    /// Returns the error of a request; `place` names its host.
    pub(crate) fn error(&self, place: &str) -> Error {
        let text = &self.text;
        match self.kind {
            FailureKind::Missing => Error::misuse(format!(
                "there are no AWS credentials for {place} ({text}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or \
                 AWS_PROFILE after `aws sso login`, or pass credentials to the builder of the host"
            )),
            FailureKind::TimedOut => Error::timeout(format!("the AWS credentials for {place} did not arrive ({text})")),
            // The client would retry a connection error, but the source has already retried.
            FailureKind::Other => Error::other(format!(
                "the AWS credentials for {place} could not be fetched ({text}); `aws sts get-caller-identity` shows \
                 whether the AWS CLI finds them"
            )),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns the texts of an error and of its causes.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let texts: Vec<String> = successors(Some(error), |error| (*error).source()).map(ToString::to_string).collect();
    texts.join(": ")
}
