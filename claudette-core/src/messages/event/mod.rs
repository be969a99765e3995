//! The events of a streamed response.

mod block_events;
mod delta;
mod message_events;
mod stop_delta;
mod stream_event;
#[cfg(test)]
mod tests;
mod unknown_event;

pub use block_events::{ContentBlockDelta, ContentBlockStart, ContentBlockStop};
pub use delta::{
    CitationsDelta, CompactionDelta, Delta, InputJsonDelta, SignatureDelta, TextDelta, ThinkingDelta, UnknownDelta,
};
pub use message_events::{MessageDelta, MessageStart, MessageStop};
pub(super) use stop_delta::StopDelta;
pub use stream_event::StreamEvent;
pub use unknown_event::UnknownEvent;

/// Implements `Deserialize` for events with blocks or deltas, which are read from their text: the type of their content
/// decides how half of a surrogate pair is read.
macro_rules! parsed {
    ($($event:ident),+) => {$(
        impl<'de> Deserialize<'de> for $event {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = Box::<RawValue>::deserialize(deserializer)?;
                Self::parse(raw.get()).map_err(D::Error::custom)
            }
        }
    )+};
}

use parsed;
