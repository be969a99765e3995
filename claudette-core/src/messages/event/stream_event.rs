//! [`StreamEvent`]: one event of a streamed response.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::block_events::{
    BlockStartTag, BlockStopTag, ContentBlockDelta, ContentBlockStart, ContentBlockStop, DeltaTag,
};
use super::delta::Delta;
use super::message_events::{
    MessageDelta, MessageDeltaTag, MessageStart, MessageStartTag, MessageStop, MessageStopTag,
};
use super::unknown_event::UnknownEvent;
use crate::json::{RawJson, kind_of, read};
use crate::messages::content::ContentBlock;
use crate::messages::response::{Response, damage_of};
use crate::messages::stop_details::StopDetails;
use crate::messages::stop_reason::StopReason;

/// One event of a streamed response
/// ([Streaming messages](https://platform.claude.com/docs/en/build-with-claude/streaming)).
///
/// An event of an unknown type is kept whole as [`Unknown`](Self::Unknown). Other events keep unknown fields.
///
/// ```
/// use claudette::wire::StreamEvent;
///
/// let event: StreamEvent = serde_json::from_str(
///     r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
/// )?;
/// assert_eq!((event.kind(), event.text()), ("content_block_delta", Some("Hi")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "server-sent events")]
#[doc(alias = "streaming")]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StreamEvent {
    /// The first event: the response without its content.
    MessageStart(MessageStart),
    /// The beginning of a block, which is empty or complete.
    ContentBlockStart(ContentBlockStart),
    /// An addition to a block.
    ContentBlockDelta(ContentBlockDelta),
    /// The end of a block.
    ContentBlockStop(ContentBlockStop),
    /// The stop reason and the final usage.
    MessageDelta(MessageDelta),
    /// The last event.
    MessageStop(MessageStop),
    /// An event of any other type, kept as JSON.
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

    /// Returns `true` if events of this type have their own variant.
    pub(crate) fn is_known(kind: &str) -> bool {
        [DeltaTag::NAME, BlockStartTag::NAME, BlockStopTag::NAME, MessageStartTag::NAME, MessageDeltaTag::NAME]
            .contains(&kind)
            || kind == MessageStopTag::NAME
    }

    /// Reads a delta in exactly the form that the API writes, as nearly all events of a stream are. Returns `None` for
    /// any other event or form.
    pub(crate) fn usual(json: &str) -> Option<Self> {
        let (index, delta) = Delta::usual(json)?;
        Some(Self::ContentBlockDelta(ContentBlockDelta::new(index, delta)))
    }

    /// Creates an unknown event from any data. Data that is not JSON is kept as a JSON string.
    pub(crate) fn unknown(kind: &str, data: &str) -> Self {
        let json = RawJson::parse(data).unwrap_or_else(|_| RawJson::of(data));
        Self::Unknown(UnknownEvent::new(kind, json))
    }

    /// Returns events that build this response, with the text of each block in one piece.
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

    /// Returns the events of the blocks of a whole response.
    pub(crate) fn of_blocks(response: &Response) -> impl Iterator<Item = Self> {
        Self::of_whole(response)
            .into_iter()
            .filter(|event| !matches!(event, Self::MessageStart(_) | Self::MessageStop(_)))
    }

    /// Returns the event with the stop reason and the usage of a whole response.
    pub(crate) fn message_delta_of(response: &Response) -> Option<Self> {
        let Ok(Value::Object(mut fields)) = serde_json::to_value(response) else { return None };
        let mut take = |name: &str| fields.shift_remove(name).unwrap_or_default();
        let delta = json!({"stop_reason": take("stop_reason"), "stop_sequence": take("stop_sequence"),
                           "stop_details": take("stop_details"), "container": take("container")});
        for name in ["id", "type", "role", "model", "content"] {
            take(name);
        }
        fields.extend([("type".to_owned(), MessageDeltaTag::NAME.into()), ("delta".to_owned(), delta)]);
        serde_json::from_value(fields.into()).ok().map(Self::MessageDelta)
    }

    /// Returns the events of a complete block.
    pub(crate) fn of_block(index: usize, block: ContentBlock) -> [Self; 2] {
        [Self::ContentBlockStart(ContentBlockStart::new(index, block)), Self::block_stop(index)]
    }

    /// Returns the event at the end of a block.
    pub(crate) fn block_stop(index: usize) -> Self {
        Self::ContentBlockStop(ContentBlockStop::new(index))
    }

    /// Adds to the index of the block, and returns it.
    pub(crate) fn shift(&mut self, by: usize) -> Option<usize> {
        let index = match self {
            Self::ContentBlockStart(event) => &mut event.index,
            Self::ContentBlockDelta(event) => &mut event.index,
            Self::ContentBlockStop(event) => &mut event.index,
            _ => return None,
        };
        *index = index.saturating_add(by);
        Some(*index)
    }

    /// Returns `true` if the event shows output: text, thinking, arguments, or the beginning of a block of another type.
    pub(crate) fn is_output(&self) -> bool {
        match self {
            Self::ContentBlockDelta(event) => !event.delta.is_empty() && !matches!(event.delta, Delta::Signature(_)),
            Self::ContentBlockStart(start) => match &*start.content_block {
                ContentBlock::Text(_) | ContentBlock::Thinking(_) | ContentBlock::RedactedThinking(_) => {
                    self.text().is_some() || self.thinking().is_some()
                }
                _ => true,
            },
            _ => false,
        }
    }

    /// Returns the text that the event adds, to change it.
    pub(crate) fn text_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::ContentBlockDelta(ContentBlockDelta { delta: Delta::Text(delta), .. }) => Some(&mut delta.text),
            Self::ContentBlockStart(start) => match &mut *start.content_block {
                ContentBlock::Text(text) => Some(text.text_mut()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Sets the model that could answer later, if this event is the end of a refusal.
    pub(crate) fn set_recommended_model(&mut self, model: Option<&str>) {
        if let Self::MessageDelta(delta) = self
            && delta.stop_reason() == Some(&StopReason::Refusal)
        {
            StopDetails::recommend(&mut delta.0.delta.stop_details, model);
        }
    }

    /// Returns the `type` of the event in JSON.
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

    /// Returns `true` if this event has content of the response. A stream that fails before such an event can be
    /// retried.
    pub(crate) fn is_content(&self) -> bool {
        match self {
            Self::ContentBlockDelta(_) | Self::ContentBlockStop(_) | Self::MessageDelta(_) | Self::MessageStop(_) => {
                true
            }
            Self::MessageStart(_) | Self::ContentBlockStart(_) | Self::Unknown(_) => false,
        }
    }

    /// Returns `true` if this event advances the response. Unknown events do not, because a stalled server may send
    /// heartbeats of any type.
    pub(crate) fn is_progress(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::ContentBlockDelta(event) => !event.delta.is_empty(),
            _ => true,
        }
    }

    /// Returns `true` if this event starts a call of one of the caller's tools, or adds to its arguments.
    pub(crate) fn is_input(&self) -> bool {
        match self {
            Self::ContentBlockDelta(ContentBlockDelta { delta: Delta::InputJson(_), .. }) => true,
            Self::ContentBlockStart(start) => start.content_block.as_tool_use().is_some(),
            Self::MessageStart(start) => start.message.tool_uses().next().is_some(),
            _ => false,
        }
    }

    /// Returns `true` if the response stores this event as a separate item instead of joining it with others.
    pub(crate) fn is_kept(&self) -> bool {
        match self {
            Self::MessageStart(_) | Self::ContentBlockStart(_) | Self::MessageDelta(_) => true,
            Self::ContentBlockDelta(event) => {
                matches!(event.delta, Delta::Citations(_) | Delta::Compaction(_) | Delta::Unknown(_))
            }
            Self::ContentBlockStop(_) | Self::MessageStop(_) | Self::Unknown(_) => false,
        }
    }

    /// Returns the error in a block that begins here, if it has a known type but could not be read.
    pub(crate) fn damage(&self) -> Option<String> {
        match self {
            Self::ContentBlockStart(start) => damage_of(start.index, &start.content_block),
            Self::MessageStart(start) => start.message.damage(),
            _ => None,
        }
    }

    /// Returns the text that this event adds to the response: the text of a delta, or the initial text of a block.
    ///
    /// [`MessageStream::next_text`](crate::client::MessageStream::next_text) also considers the block that a delta
    /// belongs to, and the content of a `message_start`.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::ContentBlockDelta(ContentBlockDelta { delta: Delta::Text(delta), .. }) => Some(&delta.text),
            Self::ContentBlockStart(start) => start.content_block.as_text().filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// Returns the thinking that this event adds to the response: the thinking of a delta, or the initial thinking of a
    /// block.
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
