//! Messages and responses for people to read: Markdown, footnotes, and JSON without what nobody can read.

mod footnotes;
mod markdown;
mod message;
mod redact;
mod response;
mod sanitize;

pub(crate) use message::transcript;
