//! [`StreamEvent`]: one event of a streamed reply.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::container::Container;
use super::content::{Citation, ContentBlock, Unknown};
use super::response::{Response, StopReason, damage_of};
use super::stop_details::StopDetails;
use super::usage::Usage;
use crate::display::brief;
use crate::json::Extra;
use crate::json::piece;
use crate::json::{JsonCursor, whole};
use crate::json::{Lenient, read, typed, unreadable};
use crate::json::{RawJson, string};
use crate::json::{kind_of, tags};

/// One event of a streamed reply
/// ([Streaming messages](https://docs.claude.com/en/docs/build-with-claude/streaming)).
///
/// An event of a type that has no name here is kept whole, and one that has a name keeps its unnamed fields.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StreamEvent {
    /// The reply begins: everything but its content.
    MessageStart(MessageStart),
    /// A block begins, empty or complete.
    ContentBlockStart(ContentBlockStart),
    /// A block grows.
    ContentBlockDelta(ContentBlockDelta),
    /// A block is complete.
    ContentBlockStop(ContentBlockStop),
    /// What is known only at the end: the stop reason and the final usage.
    MessageDelta(MessageDelta),
    /// The reply is complete.
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
            _ => RawJson::parse(json).map(|json| Self::Unknown(UnknownEvent { kind: kind.into(), json })),
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
        Some(Self::ContentBlockDelta(ContentBlockDelta { r#type: DeltaTag, index, delta, extra: Extra::default() }))
    }

    /// An event whatever its data is. What is not JSON is kept as a JSON string.
    pub(crate) fn unknown(kind: &str, data: &str) -> Self {
        let json = RawJson::parse(data).unwrap_or_else(|_| RawJson::of(data));
        Self::Unknown(UnknownEvent { kind: kind.into(), json })
    }

    /// The events of a stream that would have brought this reply: all text of a block in one piece.
    pub(crate) fn of_whole(reply: &Response) -> Vec<Self> {
        let extra = Extra::default;
        let mut message = reply.clone();
        message.content_mut().clear();
        let mut events = vec![Self::MessageStart(MessageStart { r#type: MessageStartTag, message, extra: extra() })];
        for (index, block) in reply.content().iter().enumerate() {
            let mut content_block = block.clone();
            let text = content_block.take_text();
            events.push(Self::ContentBlockStart(ContentBlockStart {
                r#type: BlockStartTag,
                index,
                content_block: content_block.into(),
                extra: extra(),
            }));
            events.extend(text.map(|text| {
                let delta = Delta::Text(TextDelta { r#type: TextTag, text, extra: extra() });
                Self::ContentBlockDelta(ContentBlockDelta { r#type: DeltaTag, index, delta, extra: extra() })
            }));
            events.push(Self::ContentBlockStop(ContentBlockStop { r#type: BlockStopTag, index, extra: extra() }));
        }
        events.push(Self::MessageStop(MessageStop { r#type: MessageStopTag, extra: extra() }));
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
            Self::Unknown(event) => &event.kind,
        }
    }

    /// Whether this event brings something of the reply itself: a stream that fails before one has brought nothing.
    pub(crate) fn is_content(&self) -> bool {
        match self {
            Self::ContentBlockDelta(_) | Self::ContentBlockStop(_) | Self::MessageDelta(_) | Self::MessageStop(_) => {
                true
            }
            Self::MessageStart(_) | Self::ContentBlockStart(_) | Self::Unknown(_) => false,
        }
    }

    /// Whether this event brings the reply forward. Events without a name here do not: a server that has stalled sends
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

    /// Whether this event is kept in the reply for good, piece by piece and not joined with others.
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
    /// [`MessageStream::next_text`](crate::MessageStream::next_text) also knows which block a delta belongs to, and what
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
            Self::Unknown(event) => event.json.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for StreamEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse(&kind_of(raw.get()), raw.get()).map_err(D::Error::custom)
    }
}

tags! {
    MessageStartTag = "message_start",
    BlockStartTag = "content_block_start",
    DeltaTag = "content_block_delta",
    BlockStopTag = "content_block_stop",
    MessageDeltaTag = "message_delta",
    MessageStopTag = "message_stop",
    TextTag = "text_delta",
    InputJsonTag = "input_json_delta",
    ThinkingTag = "thinking_delta",
    SignatureTag = "signature_delta",
    CitationsTag = "citations_delta",
}

/// The events that hold blocks or deltas are read where they stand: what is in them decides how half a surrogate pair is
/// read.
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

parsed!(MessageStart, ContentBlockStart, ContentBlockDelta);

brief!(
    MessageStart,
    ContentBlockStart,
    ContentBlockDelta,
    ContentBlockStop,
    MessageDelta,
    MessageStop,
    TextDelta,
    InputJsonDelta,
    ThinkingDelta,
    SignatureDelta,
    CitationsDelta,
);

/// The reply begins.
#[derive(Clone, PartialEq, Serialize)]
pub struct MessageStart {
    r#type: MessageStartTag,
    pub(super) message: Response,
    #[serde(flatten)]
    extra: Extra,
}

impl MessageStart {
    fn parse(json: &str) -> serde_json::Result<Self> {
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

    /// The reply so far: no content, no stop reason, a placeholder for the output tokens.
    pub fn message(&self) -> &Response {
        &self.message
    }
}

/// Reads an event about one block: the index of the block, the field of this name, and all other fields.
fn of_block<'a, T>(
    json: &'a str,
    field: &str,
    read: impl Fn(&mut JsonCursor<'a>) -> Option<T>,
) -> Option<(usize, T, Extra)> {
    let (mut index, mut value, mut extra) = (None, None, Extra::default());
    whole(json, |json| {
        json.object(|json, name| {
            match name {
                "type" => drop(json.value()?),
                "index" => index = Some(json.count()?),
                name if name == field => value = Some(read(json)?),
                _ => drop(extra.insert(name.to_owned(), typed(json)?)),
            }
            Some(())
        })
    })?;
    Some((usize::try_from(index?).ok()?, value?, extra))
}

/// A block begins.
#[derive(Clone, PartialEq, Serialize)]
pub struct ContentBlockStart {
    r#type: BlockStartTag,
    pub(super) index: usize,
    pub(super) content_block: Box<ContentBlock>,
    #[serde(flatten)]
    extra: Extra,
}

impl ContentBlockStart {
    fn parse(json: &str) -> serde_json::Result<Self> {
        match of_block(json, "content_block", ContentBlock::begin) {
            Some((index, block, extra)) => {
                Ok(Self { r#type: BlockStartTag, index, content_block: block.into(), extra })
            }
            None => Err(unreadable(json, "`index` or `content_block` is missing or damaged")),
        }
    }

    /// The block's place in the reply's content.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The block in its empty form, or complete where no deltas follow.
    pub fn content_block(&self) -> &ContentBlock {
        &self.content_block
    }
}

/// A block grows.
#[derive(Clone, PartialEq, Serialize)]
pub struct ContentBlockDelta {
    r#type: DeltaTag,
    pub(super) index: usize,
    pub(super) delta: Delta,
    #[serde(flatten)]
    extra: Extra,
}

impl ContentBlockDelta {
    /// Reads the event that nearly all events of a stream are, without a copy of anything but the text in it.
    fn parse(json: &str) -> serde_json::Result<Self> {
        match Delta::usual(json) {
            Some((index, delta)) => Ok(Self { r#type: DeltaTag, index, delta, extra: Extra::default() }),
            None => Self::parse_any(json),
        }
    }

    fn parse_any(json: &str) -> serde_json::Result<Self> {
        match of_block(json, "delta", JsonCursor::value) {
            Some((index, delta, extra)) => Ok(Self { r#type: DeltaTag, index, delta: Delta::parse(delta)?, extra }),
            None => Err(unreadable(json, "`index` or `delta` is missing or damaged")),
        }
    }

    /// The block's place in the reply's content.
    pub fn index(&self) -> usize {
        self.index
    }

    /// What is added to the block.
    pub fn delta(&self) -> &Delta {
        &self.delta
    }

    pub(crate) fn into_delta(self) -> Delta {
        self.delta
    }
}

/// What is added to a block.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delta {
    /// Text.
    Text(TextDelta),
    /// A piece of a tool call's arguments, cut anywhere.
    InputJson(InputJsonDelta),
    /// Thinking.
    Thinking(ThinkingDelta),
    /// The signature of a thinking block.
    Signature(SignatureDelta),
    /// One more citation of a text block.
    Citations(CitationsDelta),
    /// A delta of any other type.
    Unknown(UnknownDelta),
}

impl Delta {
    /// The index and the delta of an event that is written the way the API writes it, as a pattern: the general way costs
    /// four times as much. What is written in any other way is none.
    fn usual(json: &str) -> Option<(usize, Self)> {
        let rest = json.strip_prefix(r#"{"type":"content_block_delta","index":"#)?;
        let (index, rest) = rest.split_once(',')?;
        let rest = rest.strip_prefix(r#""delta":{"type":""#)?;
        let extra = Extra::default;
        let (delta, rest) = if let Some(rest) = rest.strip_prefix(r#"text_delta","text":"#) {
            let (text, rest) = string(rest)?;
            (Self::Text(TextDelta { r#type: TextTag, text, extra: extra() }), rest)
        } else if let Some(rest) = rest.strip_prefix(r#"input_json_delta","partial_json":"#) {
            let (partial_json, rest) = string(rest)?;
            (Self::InputJson(InputJsonDelta { r#type: InputJsonTag, partial_json, extra: extra() }), rest)
        } else {
            let (thinking, rest) = string(rest.strip_prefix(r#"thinking_delta","thinking":"#)?)?;
            (Self::Thinking(ThinkingDelta { r#type: ThinkingTag, thinking, extra: extra() }), rest)
        };
        // The API pads its events with spaces.
        if rest != "}}" {
            let end = rest.trim_start_matches(' ').strip_prefix('}')?.trim_start_matches(' ').strip_prefix('}')?;
            end.trim_start_matches(' ').is_empty().then_some(())?;
        }
        let is_number = !index.starts_with('+') && (index == "0" || !index.starts_with('0'));
        Some((index.parse().ok().filter(|_| is_number)?, delta))
    }

    /// Reads a delta of any type.
    ///
    /// # Errors
    /// One of a known type that cannot be read, or one without a type. Something would be missing without it.
    fn parse(json: &str) -> serde_json::Result<Self> {
        match kind_of(json).as_ref() {
            TextTag::NAME => read(json).map(Self::Text),
            InputJsonTag::NAME => InputJsonDelta::parse(json).map(Self::InputJson),
            ThinkingTag::NAME => read(json).map(Self::Thinking),
            SignatureTag::NAME => read(json).map(Self::Signature),
            CitationsTag::NAME => match read::<CitationsDelta>(json)? {
                delta if delta.citation.kind().is_empty() => Err(unreadable(json, "the citation has no `type`")),
                delta => Ok(Self::Citations(delta)),
            },
            "" => Err(unreadable(json, "the delta has no `type`")),
            _ => RawJson::parse(json).map(|json| Self::Unknown(UnknownDelta(json.into()))),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Text(delta) => delta.text.is_empty(),
            Self::InputJson(delta) => delta.partial_json.is_empty(),
            Self::Thinking(delta) => delta.thinking.is_empty(),
            Self::Signature(_) | Self::Citations(_) | Self::Unknown(_) => false,
        }
    }
}

impl Serialize for Delta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(delta) => delta.serialize(serializer),
            Self::InputJson(delta) => delta.serialize(serializer),
            Self::Thinking(delta) => delta.serialize(serializer),
            Self::Signature(delta) => delta.serialize(serializer),
            Self::Citations(delta) => delta.serialize(serializer),
            Self::Unknown(delta) => delta.0.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Delta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self::parse(raw.get()).unwrap_or_else(|_| Self::Unknown(UnknownDelta(raw.into()))))
    }
}

/// Text for a text block.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TextDelta {
    r#type: TextTag,
    pub(super) text: String,
    #[serde(flatten)]
    extra: Extra,
}

impl TextDelta {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// A piece of a tool call's arguments.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct InputJsonDelta {
    r#type: InputJsonTag,
    pub(super) partial_json: String,
    #[serde(flatten)]
    extra: Extra,
}

impl InputJsonDelta {
    /// The piece is JSON itself: half a surrogate pair stays the escape that it is, because the other half may follow.
    fn parse(json: &str) -> serde_json::Result<Self> {
        serde_json::from_str(json).or_else(|error| {
            let (mut text, mut extra) = (None, Extra::default());
            let read = whole(json, |json| {
                json.object(|json, name| {
                    match name {
                        "type" => drop(json.value()?),
                        "partial_json" => text = Some(piece(json.value()?)?),
                        _ => drop(extra.insert(name.to_owned(), typed(json)?)),
                    }
                    Some(())
                })
            });
            let partial_json = read.and(text).ok_or(error)?;
            Ok(Self { r#type: InputJsonTag, partial_json, extra })
        })
    }

    /// The piece: no JSON in itself, it may end inside an escape or a number.
    pub fn partial_json(&self) -> &str {
        &self.partial_json
    }
}

/// Thinking for a thinking block.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ThinkingDelta {
    r#type: ThinkingTag,
    pub(super) thinking: String,
    #[serde(flatten)]
    extra: Extra,
}

impl ThinkingDelta {
    /// The thinking.
    pub fn thinking(&self) -> &str {
        &self.thinking
    }

    pub(crate) fn into_thinking(self) -> String {
        self.thinking
    }
}

/// The signature of a thinking block; it replaces what was there.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SignatureDelta {
    r#type: SignatureTag,
    pub(super) signature: String,
    #[serde(flatten)]
    extra: Extra,
}

impl SignatureDelta {
    /// The signature.
    pub fn signature(&self) -> &str {
        &self.signature
    }
}

/// One more citation of a text block.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CitationsDelta {
    r#type: CitationsTag,
    pub(super) citation: Box<Citation>,
    #[serde(flatten)]
    extra: Extra,
}

impl CitationsDelta {
    /// The citation.
    pub fn citation(&self) -> &Citation {
        &self.citation
    }
}

/// A delta of a type that has no name here, kept as its JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownDelta(pub(super) Unknown);

impl UnknownDelta {
    /// The delta's `type`; empty if it has none.
    pub fn kind(&self) -> &str {
        self.0.kind()
    }

    /// The whole delta.
    pub fn json(&self) -> &RawValue {
        self.0.json()
    }
}

/// A block is complete.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ContentBlockStop {
    #[serde(default)]
    r#type: BlockStopTag,
    pub(super) index: usize,
    #[serde(flatten)]
    extra: Extra,
}

impl ContentBlockStop {
    /// The block's place in the reply's content.
    pub fn index(&self) -> usize {
        self.index
    }
}

/// What is known of the whole message only at its end.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageDelta(pub(super) Box<End>);

/// In a box, for there is one of it among hundreds of small events.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct End {
    #[serde(default)]
    r#type: MessageDeltaTag,
    pub(super) delta: StopDelta,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(super) usage: Lenient<Usage>,
    #[serde(flatten)]
    pub(super) extra: Extra,
}

impl MessageDelta {
    /// Why the reply ended, if this event says so.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.0.delta.stop_reason.known()
    }

    /// What more there is to say of the reason, as for a refusal.
    pub fn stop_details(&self) -> Option<&StopDetails> {
        self.0.delta.stop_details.known().map(|details| &**details)
    }

    /// What the reply consumed so far: totals, not differences.
    pub fn usage(&self) -> Option<&Usage> {
        self.0.usage.known()
    }
}

/// The `delta` of a [`MessageDelta`].
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StopDelta {
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(super) stop_reason: Lenient<StopReason>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(super) stop_sequence: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(super) stop_details: Lenient<Box<StopDetails>>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(super) container: Lenient<Box<Container>>,
    #[serde(flatten)]
    pub(super) extra: Extra,
}

/// The reply is complete.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageStop {
    #[serde(default)]
    r#type: MessageStopTag,
    #[serde(flatten)]
    extra: Extra,
}

/// An event of a type that has no name here, kept as its JSON; `ping` is one of them.
#[derive(Clone, PartialEq)]
pub struct UnknownEvent {
    kind: Box<str>,
    json: RawJson,
}

impl fmt::Debug for UnknownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.json.fmt(f)
    }
}

impl UnknownEvent {
    /// The event's `type`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The whole event.
    pub fn json(&self) -> &RawValue {
        self.json.raw()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// The text of a delta as the API writes it, with its padding.
    fn delta() -> impl Strategy<Value = String> {
        let kinds = [("text_delta", "text"), ("input_json_delta", "partial_json"), ("thinking_delta", "thinking")];
        (prop::sample::select(kinds.to_vec()), 0..99_usize, any::<String>(), 0..3_usize, 0..3_usize).prop_map(
            |((kind, field), index, text, inner, outer)| {
                let (text, inner, outer) = (json!(text), " ".repeat(inner), " ".repeat(outer));
                format!(
                    r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"{kind}","{field}":{text}{inner}}}{outer}}}"#
                )
            },
        )
    }

    proptest! {
        #[test]
        fn a_usual_delta_is_read_as_any_other(json in delta()) {
            let usual = Delta::usual(&json).expect("what the API writes is usual");
            let any = ContentBlockDelta::parse_any(&json).unwrap();
            prop_assert_eq!(usual, (any.index, any.delta));
        }

        /// What is taken as a usual delta is one, whatever was done to it.
        #[test]
        fn nothing_else_is_taken_for_one(json in delta(), at in any::<prop::sample::Index>(), with in "[\\x00-\\x7f]{0,3}", cut in 0..4_usize) {
            let mut bytes = json.into_bytes();
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with.into_bytes());
            let Ok(json) = String::from_utf8(bytes) else { return Ok(()) };
            if let Some(usual) = Delta::usual(&json) {
                let any = ContentBlockDelta::parse_any(&json);
                prop_assert!(any.is_ok(), "{} is no JSON", json);
                let any = any.unwrap();
                prop_assert_eq!(usual, (any.index, any.delta));
            }
        }
    }

    #[test]
    fn what_is_written_otherwise_is_read_all_the_same() {
        for json in [
            r#"{"index":1,"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a","new":1}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a"},"new":1}"#,
            r#"{"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "a"}}"#,
        ] {
            assert!(Delta::usual(json).is_none(), "{json}");
            let event = StreamEvent::parse("content_block_delta", json).unwrap();
            assert_eq!(event.text(), Some("a"));
            assert_eq!(json!(event), serde_json::from_str::<Value>(json).unwrap());
        }
    }
}
