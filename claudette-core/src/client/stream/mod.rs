//! Streamed responses.

mod fallback_stream;
mod idle_timeout;
mod message_stream;
mod response_stream;
mod sse;

pub(crate) use self::fallback_stream::FallbackStream;
pub use self::message_stream::MessageStream;
pub(super) use self::response_stream::ResponseStream;
pub(super) use self::sse::Decoder;
