//! Credentials and their sources.

mod bearer_token;
mod cached;
mod cached_credentials;
mod environment;
mod identity;
mod seam;
mod single_flight;

pub use self::bearer_token::BearerToken;
pub(super) use self::bearer_token::checked;
pub use self::cached::Cached;
pub use self::cached_credentials::{CachedCredentials, FetchedCredentials};
pub(super) use self::environment::{CREDENTIAL_HEADERS, is_credential, of_environment, set_custom_headers, variable};
pub(super) use self::identity::Identity;
#[cfg(feature = "testing")]
pub(crate) use self::identity::is_environment_empty;
pub use self::identity::{WorkloadIdentity, WorkloadIdentityBuilder};
pub use self::seam::Credentials;
