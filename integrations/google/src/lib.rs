#![doc = include_str!("../README.md")]

mod account;
mod claude;
mod credentials;
mod environment;
mod key_file;
mod metadata;
mod source;
mod vertex;

pub use google_cloud_auth;

pub use self::claude::{ClaudeBuilder, claude};
pub use self::credentials::GoogleCredentials;
pub use self::vertex::{VertexBuilder, vertex};
