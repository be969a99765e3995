//! [`StreamEvent`]: one event of a streamed response.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::block_events::{
    BlockStartTag, BlockStopTag, ContentBlockDelta, ContentBlockStart, ContentBlockStop, DeltaTag,
};
use super::delta::Delta;
use super::message_events::{
    MessageDelta, MessageDeltaTag, MessageStart, MessageStartTag, MessageStop, MessageStopTag,
};
use super::unknown_event::UnknownEvent;
use crate::json::{RawJson, kind_of, read};
use crate::messages::response::{Response, damage_of};

/// One event of a streamed response
/// ([Streaming messages](https://docs.claude.com/en/docs/build-with-claude/streaming)).
///
/// An event of a type that has no name here is kept whole, and one that has a name keeps its unnamed fields.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StreamEvent {
    /// The response begins: everything but its content.
    MessageStart(MessageStart),
    /// A block begins, empty or complete.
    ContentBlockStart(ContentBlockStart),
    /// A block grows.
    ContentBlockDelta(ContentBlockDelta),
    /// A block is complete.
    ContentBlockStop(ContentBlockStop),
    /// What is known only at the end: the stop reason and the final usage.
    MessageDelta(MessageDelta),
    /// The response is complete.
    MessageStop(MessageStop),
    /// An event of any other type, as it came.
    Unknown(UnknownEvent),
}

impl StreamEvent {
    /// Reads an event of the type `kind` from its JSON.
    pub(crate) fn parse(kind: &str, json: &str) -> serde_json::Result<Self> {
        match kind {
            DeltaTag::NAME => ContentBlockDelta::parse(json).map(Self::ContentBlockDelta),
            BlockStartTag::NAME => ContentBlockStart::parse(json).map(Self::ContentBlockStart),
            BlockStopTag::NAME => read(json).map(Self::ContentBlockStop),
            MessageStartTag::NAME => MessageStart::parse(json).map(Self::MessageStart),
            MessageDeltaTag::NAME => read(json).map(Self::MessageDelta),
            MessageStopTag::NAME => read(json).map(Self::MessageStop),
            _ => RawJson::parse(json).map(|json| Self::Unknown(UnknownEvent::new(kind, json))),
        }
    }

    /// Whether events of this type have a name here.
    pub(crate) fn is_known(kind: &str) -> bool {
        [DeltaTag::NAME, BlockStartTag::NAME, BlockStopTag::NAME, MessageStartTag::NAME, MessageDeltaTag::NAME]
            .contains(&kind)
            || kind == MessageStopTag::NAME
    }

    /// The delta that nearly all events of a stream are, if this is one, written the way the API writes it.
    pub(crate) fn usual(json: &str) -> Option<Self> {
        let (index, delta) = Delta::usual(json)?;
        Some(Self::ContentBlockDelta(ContentBlockDelta::new(index, delta)))
    }

    /// An event whatever its data is. What is not JSON is kept as a JSON string.
    pub(crate) fn unknown(kind: &str, data: &str) -> Self {
        let json = RawJson::parse(data).unwrap_or_else(|_| RawJson::of(data));
        Self::Unknown(UnknownEvent::new(kind, json))
    }

    /// The events of a stream that would have brought this response: all text of a block in one piece.
    pub(crate) fn of_whole(response: &Response) -> Vec<Self> {
        let mut message = response.clone();
        message.content_mut().clear();
        let mut events = vec![Self::MessageStart(MessageStart::new(message))];
        for (index, block) in response.content().iter().enumerate() {
            let mut block = block.clone();
            let text = block.take_text();
            events.push(Self::ContentBlockStart(ContentBlockStart::new(index, block)));
            events.extend(text.map(|text| Self::ContentBlockDelta(ContentBlockDelta::new(index, Delta::text(text)))));
            events.push(Self::ContentBlockStop(ContentBlockStop::new(index)));
        }
        events.push(Self::MessageStop(MessageStop::default()));
        events
    }

    /// The event's `type` on the wire.
    pub fn kind(&self) -> &str {
        match self {
            Self::MessageStart(_) => MessageStartTag::NAME,
            Self::ContentBlockStart(_) => BlockStartTag::NAME,
            Self::ContentBlockDelta(_) => DeltaTag::NAME,
            Self::ContentBlockStop(_) => BlockStopTag::NAME,
            Self::MessageDelta(_) => MessageDeltaTag::NAME,
            Self::MessageStop(_) => MessageStopTag::NAME,
            Self::Unknown(event) => event.kind(),
        }
    }

    /// Whether this event brings something of the response itself: a stream that fails before one has brought nothing.
    pub(crate) fn is_content(&self) -> bool {
        match self {
            Self::ContentBlockDelta(_) | Self::ContentBlockStop(_) | Self::MessageDelta(_) | Self::MessageStop(_) => {
                true
            }
            Self::MessageStart(_) | Self::ContentBlockStart(_) | Self::Unknown(_) => false,
        }
    }

    /// Whether this event brings the response forward. Events without a name here do not: a server that has stalled sends
    /// heartbeats of any name.
    pub(crate) fn is_progress(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::ContentBlockDelta(event) => !event.delta.is_empty(),
            _ => true,
        }
    }

    /// Whether this event brings a call of one of the caller's tools, or adds to its arguments.
    pub(crate) fn is_input(&self) -> bool {
        match self {
            Self::ContentBlockDelta(ContentBlockDelta { delta: Delta::InputJson(_), .. }) => true,
            Self::ContentBlockStart(start) => start.content_block.as_tool_use().is_some(),
            Self::MessageStart(start) => start.message.tool_uses().next().is_some(),
            _ => false,
        }
    }

    /// Whether this event is kept in the response for good, piece by piece and not joined with others.
    pub(crate) fn is_kept(&self) -> bool {
        match self {
            Self::MessageStart(_) | Self::ContentBlockStart(_) | Self::MessageDelta(_) => true,
            Self::ContentBlockDelta(event) => matches!(event.delta, Delta::Citations(_) | Delta::Unknown(_)),
            Self::ContentBlockStop(_) | Self::MessageStop(_) | Self::Unknown(_) => false,
        }
    }

    /// What is wrong with a block that begins here, if it could not be read although its type is known.
    pub(crate) fn damage(&self) -> Option<String> {
        match self {
            Self::ContentBlockStart(start) => damage_of(start.index, &start.content_block),
            Self::MessageStart(start) => start.message.damage(),
            _ => None,
        }
    }

    /// Returns the text that this event adds to the response: that of a delta, or what a block begins with.
    ///
    /// [`MessageStream::next_text`](crate::client::MessageStream::next_text) also knows which block a delta belongs to, and what
    /// a `message_start` contains.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::ContentBlockDelta(ContentBlockDelta { delta: Delta::Text(delta), .. }) => Some(&delta.text),
            Self::ContentBlockStart(start) => start.content_block.as_text().filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// Returns the thinking that this event adds to the response: that of a delta, or what a block begins with.
    pub fn thinking(&self) -> Option<&str> {
        match self {
            Self::ContentBlockDelta(ContentBlockDelta { delta: Delta::Thinking(delta), .. }) => Some(&delta.thinking),
            Self::ContentBlockStart(start) => start.content_block.as_thinking().filter(|text| !text.is_empty()),
            _ => None,
        }
    }
}

impl Serialize for StreamEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::MessageStart(event) => event.serialize(serializer),
            Self::ContentBlockStart(event) => event.serialize(serializer),
            Self::ContentBlockDelta(event) => event.serialize(serializer),
            Self::ContentBlockStop(event) => event.serialize(serializer),
            Self::MessageDelta(event) => event.serialize(serializer),
            Self::MessageStop(event) => event.serialize(serializer),
            Self::Unknown(event) => event.raw().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for StreamEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse(&kind_of(raw.get()), raw.get()).map_err(D::Error::custom)
    }
}
