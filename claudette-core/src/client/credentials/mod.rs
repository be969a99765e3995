//! Credentials and their sources.

mod bearer_token;
mod cached;
mod environment;
mod seam;
mod single_flight;

pub use self::bearer_token::BearerToken;
pub(super) use self::bearer_token::checked;
pub use self::cached::{CachedCredentials, FetchedCredentials};
pub(crate) use self::environment::of_environment;
pub(super) use self::environment::{is_credential, set_custom_headers, variable};
pub use self::seam::Credentials;
