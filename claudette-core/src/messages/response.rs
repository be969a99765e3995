//! [`Response`]: a complete response of the model.

use std::sync::{Arc, LazyLock};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::container::Container;
use super::content::{Block, Blocks, Citation, ContentBlock, ServerToolUse, Text, ToolUse};
use super::context_edit::AppliedEdit;
use super::event::StopDelta;
use super::stop_details::StopDetails;
use super::stop_reason::StopReason;
use super::usage::Usage;
use crate::display::brief;
use crate::json::Extra;
use crate::json::InternedStr;
use crate::json::{JsonCursor, whole};
use crate::json::{Lenient, typed, unreadable};

/// A complete response of the model.
///
/// A response serializes to the JSON that the server sent, including fields that this library does not know.
///
/// ```
/// use claudette::wire::StopReason;
/// use claudette::Response;
///
/// let response: Response = serde_json::from_str(
///     r#"{"id":"msg_01","type":"message","role":"assistant","model":"claude-sonnet-5-5",
///         "content":[{"type":"text","text":"Hello!"}],"stop_reason":"end_turn","mood":"sunny",
///         "usage":{"input_tokens":10,"output_tokens":18}}"#,
/// )?;
/// assert_eq!(response.text(), "Hello!");
/// assert_eq!(response.stop_reason(), Some(&StopReason::EndTurn));
/// assert_eq!(serde_json::to_value(&response)?["mood"], "sunny");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Response(Arc<Inner>);

/// Shared, because a response is part of events, steps and runs, and does not change after it is complete.
#[derive(Clone, Default, PartialEq, Serialize)]
struct Inner {
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    id: Lenient<String>,
    /// A field of its own, because reading it into `extra` would be slower.
    #[serde(rename = "type", skip_serializing_if = "Lenient::is_absent")]
    kind: Lenient<InternedStr>,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    role: Lenient<InternedStr>,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    model: Lenient<String>,
    content: Blocks,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    stop_reason: Lenient<StopReason>,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    stop_sequence: Lenient<String>,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    stop_details: Lenient<Box<StopDetails>>,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    container: Lenient<Box<Container>>,
    #[serde(skip_serializing_if = "Lenient::is_absent")]
    usage: Lenient<Usage>,
    #[serde(flatten)]
    extra: Extra,
}

impl Response {
    /// Returns the id of the response, such as `msg_01`. It is empty if the server did not send one.
    pub fn id(&self) -> &str {
        self.0.id.known().map_or("", String::as_str)
    }

    /// Returns the name of the model that wrote the response. It is empty if the server did not send one.
    pub fn model(&self) -> &str {
        self.0.model.known().map_or("", String::as_str)
    }

    /// Returns the content blocks, in order.
    pub fn content(&self) -> &[ContentBlock] {
        &self.0.content
    }

    /// Returns the concatenated text of all text blocks.
    pub fn text(&self) -> String {
        self.0.content.iter().filter_map(ContentBlock::as_text).collect()
    }

    /// Returns the concatenated thinking of all thinking blocks. It is empty if the API does not show it.
    pub fn thinking(&self) -> String {
        self.0.content.iter().filter_map(ContentBlock::as_thinking).collect()
    }

    /// Returns the calls of the caller's tools, in order. If a model declined and another one continued, the calls of the
    /// first one are not included, because they must not be answered.
    ///
    /// A call has a name, arguments and an id. It can be serialized, for example for a log:
    ///
    /// ```
    /// # let response: claudette::Response = serde_json::from_str(
    /// #     r#"{"content":[{"type":"tool_use","id":"toolu_1","name":"sums","input":{"a":1,"b":2}}]}"#,
    /// # )?;
    /// let mut log = String::new();
    /// for call in response.tool_uses() {
    ///     log += &serde_json::to_string(call)?;
    ///     log += "\n";
    /// }
    /// assert_eq!(log, "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"sums\",\"input\":{\"a\":1,\"b\":2}}\n");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn tool_uses(&self) -> impl Iterator<Item = &ToolUse> {
        let blocks = &self.0.content;
        let seam = blocks.iter().rposition(|block| matches!(block, ContentBlock::Fallback(_)));
        blocks[seam.map_or(0, |seam| seam + 1)..].iter().filter_map(ContentBlock::as_tool_use)
    }

    /// Returns the calls of server tools, in order. The API has already run them, or runs them when the turn is sent
    /// back. Calls of MCP servers are found with `find_all::<McpToolUse>()`.
    pub fn server_tool_uses(&self) -> impl Iterator<Item = &ServerToolUse> {
        self.0.content.iter().filter_map(ContentBlock::as_server_tool_use)
    }

    /// Returns the first block of a type.
    ///
    /// ```
    /// # let response: claudette::Response = serde_json::from_str(
    /// #     r#"{"content":[{"type":"text","text":"I add."},
    /// #                    {"type":"tool_use","id":"toolu_1","name":"sums","input":{"a":1,"b":2}}]}"#,
    /// # )?;
    /// use claudette::{Document, ToolUse};
    ///
    /// assert_eq!(response.find::<ToolUse>().unwrap().name(), "sums");
    /// assert!(response.find::<Document>().is_none());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn find<B: Block>(&self) -> Option<&B> {
        self.find_all().next()
    }

    /// Returns all blocks of a type, in order, as in `response.find_all::<Text>()`.
    pub fn find_all<B: Block>(&self) -> impl Iterator<Item = &B> {
        self.0.content.iter().filter_map(B::of)
    }

    /// Returns the citations of all text blocks, in order. A passage that is cited twice is returned twice.
    pub fn citations(&self) -> impl Iterator<Item = &Citation> {
        self.find_all::<Text>().flat_map(Text::citations)
    }

    /// Returns the reason for which the response ended, or `None` if the server did not send one.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.0.stop_reason.known()
    }

    /// Returns the stop sequence that ended the response, if any.
    pub fn stop_sequence(&self) -> Option<&str> {
        self.0.stop_sequence.known().map(String::as_str)
    }

    /// Returns details of the stop reason, for example of a refusal.
    pub fn stop_details(&self) -> Option<&StopDetails> {
        self.0.stop_details.known().map(|details| &**details)
    }

    /// Returns the container in which the model executed code on the server.
    pub fn container(&self) -> Option<&Container> {
        self.0.container.known().map(|container| &**container)
    }

    /// Returns the edits by which the API shortened the conversation for this response
    /// ([`ContextEdit`](crate::wire::ContextEdit)).
    pub fn applied_edits(&self) -> Vec<AppliedEdit> {
        AppliedEdit::all_in(self.get("context_management"))
    }

    /// Returns the number of tokens and server tool calls that this response used.
    pub fn usage(&self) -> &Usage {
        static NONE: LazyLock<Usage> = LazyLock::new(Usage::default);
        static UNREADABLE: LazyLock<Usage> = LazyLock::new(Usage::unreadable);
        match &self.0.usage {
            Lenient::Known(usage) => usage,
            Lenient::Absent | Lenient::Null => &NONE,
            Lenient::Other(_) => &UNREADABLE,
        }
    }

    /// Returns a field that has no method of its own, as in `response.get("diagnostics")`.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.extra.get(field)
    }

    pub(crate) fn blocks(&self) -> &Blocks {
        &self.0.content
    }

    /// Returns the texts of all text blocks.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.content_mut().iter_mut().filter_map(|block| match block {
            ContentBlock::Text(block) => Some(block.text_mut()),
            _ => None,
        })
    }

    /// Returns the text of the first text block. If there is no text block, an empty one is inserted at the beginning.
    pub(crate) fn first_text_mut(&mut self) -> &mut String {
        let blocks = self.content_mut();
        let place = blocks.iter().position(|block| matches!(block, ContentBlock::Text(_))).unwrap_or_else(|| {
            blocks.insert(0, ContentBlock::text(""));
            0
        });
        match &mut blocks[place] {
            ContentBlock::Text(block) => block.text_mut(),
            _ => unreachable!("the block at this position is a text block"),
        }
    }

    /// Reads a response from the body of an HTTP response.
    pub(crate) fn parse(body: &[u8]) -> serde_json::Result<Self> {
        let json = str::from_utf8(body).map_err(Error::custom)?;
        match whole(json, Inner::read) {
            Some((inner, true)) => Ok(Self(inner.into())),
            _ => Err(unreadable(json, "expected an object with `content`, a list of blocks")),
        }
    }

    /// Reads the response of a `message_start` event, which may omit its content.
    pub(super) fn begin(json: &mut JsonCursor<'_>) -> Option<Self> {
        Inner::read(json).map(|(inner, _)| Self(inner.into()))
    }

    /// Returns the error in the first block that has a known type but could not be read.
    pub(crate) fn damage(&self) -> Option<String> {
        self.content().iter().enumerate().find_map(|(index, block)| damage_of(index, block))
    }

    fn inner_mut(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    pub(super) fn content_mut(&mut self) -> &mut Vec<ContentBlock> {
        self.inner_mut().content.to_mut()
    }

    /// Changes the ids of tool calls, given by their index in the content.
    pub(crate) fn rename_calls(&mut self, renamed: Vec<(usize, String)>) {
        if renamed.is_empty() {
            return;
        }
        let blocks = self.content_mut();
        for (place, id) in renamed {
            if let Some(ContentBlock::ToolUse(call)) = blocks.get_mut(place) {
                call.set_id(id);
            }
        }
    }

    pub(super) fn set_usage(&mut self, usage: Usage) {
        self.inner_mut().usage = Lenient::Known(usage);
    }

    /// Sets a field that has no method of its own.
    pub(super) fn set_field(&mut self, name: &str, value: Value) {
        self.inner_mut().extra.insert(name.to_owned(), value);
    }

    /// Sets the model that could answer later than the one that declined.
    pub(crate) fn set_recommended_model(&mut self, model: Option<&str>) {
        StopDetails::recommend(&mut self.inner_mut().stop_details, model);
    }

    pub(super) fn set_model(&mut self, model: String) {
        self.inner_mut().model = Lenient::Known(model);
    }

    /// Applies the fields of a `message_delta` event.
    pub(super) fn finish(&mut self, delta: StopDelta, usage: Lenient<Usage>, siblings: Map<String, Value>) {
        let inner = self.inner_mut();
        // These three are final values, including null. In all other fields, null means no change.
        if !delta.stop_reason.is_absent() {
            inner.stop_reason = delta.stop_reason;
        }
        if !delta.stop_sequence.is_absent() {
            inner.stop_sequence = delta.stop_sequence;
        }
        if !delta.stop_details.is_absent() {
            inner.stop_details = delta.stop_details;
        }
        inner.container.overwrite(delta.container);
        let news = delta.extra.into_map().into_iter().chain(siblings);
        let news = news.filter(|(name, value)| !value.is_null() && !OWN.contains(&&**name));
        for (name, value) in news {
            inner.extra.insert(name, value);
        }
        match (inner.usage.known_mut(), usage) {
            (Some(usage), Lenient::Known(newer)) => usage.overwrite(newer),
            (_, newer) => inner.usage.overwrite(newer),
        }
    }
}

impl Inner {
    /// Reads a response, and returns whether it has content.
    fn read(json: &mut JsonCursor<'_>) -> Option<(Self, bool)> {
        let (mut response, mut has_content) = (Self::default(), false);
        json.object(|json, name| {
            match name {
                "id" => response.id = Lenient::read(json, JsonCursor::text)?,
                "type" => response.kind = Lenient::read(json, InternedStr::read)?,
                "role" => response.role = Lenient::read(json, InternedStr::read)?,
                "model" => response.model = Lenient::read(json, JsonCursor::text)?,
                "content" if json.null() => {}
                "content" => (response.content, has_content) = (Blocks::read(json)?, true),
                "stop_reason" => response.stop_reason = Lenient::read(json, |json| Some((&*json.string()?).into()))?,
                "stop_sequence" => response.stop_sequence = Lenient::read(json, JsonCursor::text)?,
                "stop_details" => response.stop_details = Lenient::read(json, typed)?,
                "container" => response.container = Lenient::read(json, typed)?,
                "usage" => response.usage = Lenient::read(json, Usage::read)?,
                _ => drop(response.extra.insert(name.to_owned(), typed(json)?)),
            }
            Some(())
        })?;
        Some((response, has_content))
    }
}

/// Returns the error in a block that has a known type but could not be read, together with its index.
pub(super) fn damage_of(index: usize, block: &ContentBlock) -> Option<String> {
    let kind = block.kind();
    block.damage().map(|why| format!("content block {index} ({kind:?}) cannot be read: {why}"))
}

/// The fields of [`Inner`]. An extra field of the same name would make the JSON ambiguous.
const OWN: [&str; 10] =
    ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details", "container", "usage"];

impl Serialize for Response {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Response {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse(raw.get().as_bytes()).map_err(Error::custom)
    }
}

brief!(Response);
