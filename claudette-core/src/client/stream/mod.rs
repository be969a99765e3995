//! Streamed responses.

mod idle_timeout;
mod message_stream;
mod response_stream;
mod sse;

pub use self::message_stream::MessageStream;
pub(crate) use self::response_stream::ResponseStream;
pub(super) use self::sse::Decoder;
