//! The stream events of a whole response.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::parsed;
use super::stop_delta::StopDelta;
use crate::display::brief;
use crate::json::{Extra, Lenient, tags, typed, unreadable, whole};
use crate::messages::response::Response;
use crate::messages::stop_details::StopDetails;
use crate::messages::stop_reason::StopReason;
use crate::messages::usage::Usage;

tags! {
    MessageStartTag = "message_start",
    MessageDeltaTag = "message_delta",
    MessageStopTag = "message_stop",
}

brief!(MessageStart, MessageDelta, MessageStop);
parsed!(MessageStart);

/// The first stream event of a response.
///
/// ```
/// use claudette::wire::MessageStart;
///
/// let event: MessageStart = serde_json::from_str(
///     r#"{"type":"message_start","message":{"id":"msg_01","model":"claude-sonnet-5-5","content":[]}}"#,
/// )?;
/// assert_eq!(event.message().model(), "claude-sonnet-5-5");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize)]
pub struct MessageStart {
    r#type: MessageStartTag,
    pub(in crate::messages) message: Response,
    #[serde(flatten)]
    extra: Extra,
}

impl MessageStart {
    pub(super) fn new(message: Response) -> Self {
        Self { r#type: MessageStartTag, message, extra: Extra::default() }
    }

    pub(super) fn parse(json: &str) -> serde_json::Result<Self> {
        let (mut message, mut extra) = (None, Extra::default());
        let read = whole(json, |json| {
            json.object(|json, name| {
                match name {
                    "type" => drop(json.value()?),
                    "message" => message = Some(Response::begin(json)?),
                    _ => drop(extra.insert(name.to_owned(), typed(json)?)),
                }
                Some(())
            })
        });
        match (read, message) {
            (Some(()), Some(message)) => Ok(Self { r#type: MessageStartTag, message, extra }),
            _ => Err(unreadable(json, "`message` is missing or not a response")),
        }
    }

    /// Returns the initial response. It has no content and no stop reason, and its number of output tokens is
    /// preliminary.
    pub fn message(&self) -> &Response {
        &self.message
    }
}

/// The stream event with the stop reason and the final usage of a response.
///
/// ```
/// use claudette::wire::{MessageDelta, StopReason};
///
/// let event: MessageDelta = serde_json::from_str(
///     r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":12}}"#,
/// )?;
/// assert_eq!(event.stop_reason(), Some(&StopReason::EndTurn));
/// assert_eq!(event.usage().unwrap().output_tokens(), 12);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageDelta(pub(in crate::messages) Box<End>);

/// Boxed, because it is large and a stream has one of it among hundreds of small events.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::messages) struct End {
    #[serde(default)]
    r#type: MessageDeltaTag,
    pub(in crate::messages) delta: StopDelta,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(in crate::messages) usage: Lenient<Usage>,
    #[serde(flatten)]
    pub(in crate::messages) extra: Extra,
}

impl MessageDelta {
    /// Returns the reason for which the response ended, if this event has it.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.0.delta.stop_reason.known()
    }

    /// Returns details of the stop reason, for example of a refusal.
    pub fn stop_details(&self) -> Option<&StopDetails> {
        self.0.delta.stop_details.known().map(|details| &**details)
    }

    /// Returns the usage of the response so far. The counters are totals, not differences.
    pub fn usage(&self) -> Option<&Usage> {
        self.0.usage.known()
    }
}

/// The last stream event of a response.
///
/// ```
/// use claudette::wire::{MessageStop, StreamEvent};
///
/// let event: StreamEvent = serde_json::from_str(r#"{"type":"message_stop"}"#)?;
/// assert_eq!(event, StreamEvent::MessageStop(MessageStop::default()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageStop {
    #[serde(default)]
    r#type: MessageStopTag,
    #[serde(flatten)]
    extra: Extra,
}
