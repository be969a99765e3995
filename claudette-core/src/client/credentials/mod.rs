//! Credentials, and where they come from.

mod environment;

pub(crate) use self::environment::Credential;
pub(super) use self::environment::{is_credential, set_custom_headers, variable};
