//! Identities that are exchanged for short-lived access tokens: workload identity federation and profiles.

mod access_token;
mod config_dir;
mod credentials_file;
mod federation;
mod grant;
mod granted_token;
mod identity;
mod identity_credentials;
mod identity_token;
mod private_file;
mod profile;
mod token_cache;
mod token_endpoint;
mod token_source;
mod user_login;
mod workload_identity;

pub(in crate::client) use self::identity::Identity;
#[cfg(feature = "testing")]
pub(crate) use self::identity::is_environment_empty;
pub use self::workload_identity::{WorkloadIdentity, WorkloadIdentityBuilder};
