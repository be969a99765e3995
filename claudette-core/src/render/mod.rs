//! Messages and responses as Markdown, with footnotes, and JSON without unreadable data.

mod footnotes;
mod markdown;
mod message;
mod redact;
mod response;
mod sanitize;

pub(crate) use message::transcript;
#[cfg(feature = "evcxr")]
pub(crate) use sanitize::{fence, json_code};
