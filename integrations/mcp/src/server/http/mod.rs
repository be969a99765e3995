//! Servers behind a URL.

mod access;
mod bearer;
mod body;
mod listen;
mod options;
mod service;

pub use self::body::McpBody;
pub(super) use self::options::HttpOptions;
pub use self::service::McpService;
