//! [`ContentBlock`]: one block of a message, and the list of them.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::field::Field;
use super::json::Json;
use super::tag::{kind_of, tags};

/// One block of a message's content.
///
/// A block that came from the API goes back to it unchanged: fields that have no name here stay in the block, and a
/// block of a type that has none is kept whole as [`ContentBlock::Unknown`]
/// ([Messages API](https://docs.claude.com/en/api/messages), versioning policy: new variants may appear at any time).
///
/// ```
/// use claudette::ContentBlock;
///
/// let block: ContentBlock = serde_json::from_str(r#"{"type":"hologram","depth":3}"#)?;
/// assert_eq!(block.kind(), "hologram");
/// assert_eq!(serde_json::to_string(&block)?, r#"{"type":"hologram","depth":3}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ContentBlock {
    /// Text that the model or the user wrote.
    Text(Text),
    /// The model's thinking, signed by the API.
    Thinking(Thinking),
    /// Thinking that the API keeps encrypted.
    RedactedThinking(RedactedThinking),
    /// A call of one of the caller's tools.
    ToolUse(ToolUse),
    /// The answer to a [`ToolUse`].
    ToolResult(ToolResult),
    /// A block of any other type, as it came.
    Unknown(Unknown),
}

impl ContentBlock {
    /// A text block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Text::new(text))
    }

    /// The block's `type` on the wire; empty if it has none.
    pub fn kind(&self) -> &str {
        match self {
            Self::Text(_) => TextTag::NAME,
            Self::Thinking(_) => ThinkingTag::NAME,
            Self::RedactedThinking(_) => RedactedThinkingTag::NAME,
            Self::ToolUse(_) => ToolUseTag::NAME,
            Self::ToolResult(_) => ToolResultTag::NAME,
            Self::Unknown(block) => block.kind(),
        }
    }

    /// The tool call in this block, if it is one.
    pub fn as_tool_use(&self) -> Option<&ToolUse> {
        match self {
            Self::ToolUse(call) => Some(call),
            _ => None,
        }
    }

    /// The text in this block, if it is a text block.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(block) => Some(block.text()),
            _ => None,
        }
    }

    /// Takes the text out of a text block: the block as it is when a stream begins it.
    pub(super) fn take_text(&mut self) -> Option<String> {
        match self {
            Self::Text(block) => Some(std::mem::take(&mut block.text)),
            _ => None,
        }
    }

    /// Sets a call's arguments from text that was streamed in pieces.
    pub(super) fn set_input(&mut self, text: &str) {
        match self {
            Self::ToolUse(call) => call.set_input(text),
            Self::Unknown(block) => block.set_input(text),
            _ => {}
        }
    }

    /// Makes a call's arguments an object, for the API takes nothing else back.
    pub(crate) fn mend_input(&mut self) {
        if let Self::ToolUse(call) = self
            && !call.input.is_object()
        {
            call.set_input(call.input.clone().text());
        }
    }

    /// A text field of a block that has no type here.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        let Self::Unknown(block) = self else { return None };
        let fields: Map<String, Value> = serde_json::from_str(block.0.text()).ok()?;
        fields.get(name)?.as_str().map(str::to_owned)
    }

    /// Whether this is a text block that shows nothing: the API refuses a turn of nothing else.
    pub(crate) fn is_blank(&self) -> bool {
        self.as_text().is_some_and(|text| text.trim().is_empty())
    }
}

impl Serialize for ContentBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(block) => block.serialize(serializer),
            Self::Thinking(block) => block.serialize(serializer),
            Self::RedactedThinking(block) => block.serialize(serializer),
            Self::ToolUse(block) => block.serialize(serializer),
            Self::ToolResult(block) => block.serialize(serializer),
            Self::Unknown(block) => block.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ContentBlock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        // A known type in a shape we do not know is as unknown as a new type: kept, not refused.
        let known = match kind_of(text).as_ref() {
            TextTag::NAME => serde_json::from_str(text).map(Self::Text),
            ThinkingTag::NAME => serde_json::from_str(text).map(Self::Thinking),
            RedactedThinkingTag::NAME => serde_json::from_str(text).map(Self::RedactedThinking),
            ToolUseTag::NAME => serde_json::from_str(text).map(Self::ToolUse),
            ToolResultTag::NAME => serde_json::from_str(text).map(Self::ToolResult),
            _ => return Ok(Self::Unknown(Unknown(raw.into()))),
        };
        Ok(known.unwrap_or_else(|_| Self::Unknown(Unknown(raw.into()))))
    }
}

tags! {
    TextTag = "text",
    ThinkingTag = "thinking",
    RedactedThinkingTag = "redacted_thinking",
    ToolUseTag = "tool_use",
    ToolResultTag = "tool_result",
}

/// A text block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Text {
    r#type: TextTag,
    text: String,
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    citations: Field<Vec<Json>>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl Text {
    /// A text block without citations.
    pub fn new(text: impl Into<String>) -> Self {
        Self { r#type: TextTag, text: text.into(), citations: Field::Absent, extra: Map::new() }
    }

    /// The text itself.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn text_mut(&mut self) -> &mut String {
        &mut self.text
    }

    pub(super) fn push_text(&mut self, more: &str) {
        self.text.push_str(more);
    }

    pub(super) fn push_citation(&mut self, citation: Json) {
        match self.citations.known_mut() {
            Some(citations) => citations.push(citation),
            None => self.citations = Field::Known(vec![citation]),
        }
    }
}

/// The model's thinking. Its signature ties it to the conversation: it goes back as it came or not at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thinking {
    r#type: ThinkingTag,
    thinking: String,
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    signature: Field<String>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl Thinking {
    /// The thinking as text; empty where the API does not show it.
    pub fn thinking(&self) -> &str {
        &self.thinking
    }

    /// The API's signature over this block, if it sent one.
    pub fn signature(&self) -> Option<&str> {
        self.signature.known().map(String::as_str)
    }

    pub(super) fn push_thinking(&mut self, more: &str) {
        self.thinking.push_str(more);
    }

    pub(super) fn set_signature(&mut self, signature: String) {
        self.signature = Field::Known(signature);
    }
}

/// Thinking that only the API can read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RedactedThinking {
    r#type: RedactedThinkingTag,
    data: String,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl RedactedThinking {
    /// The encrypted thinking.
    pub fn data(&self) -> &str {
        &self.data
    }
}

/// The model's call of one of the caller's tools.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolUse {
    r#type: ToolUseTag,
    id: String,
    name: String,
    input: Json,
    #[serde(flatten)]
    extra: Map<String, Value>,
    /// Argument text that is no JSON object. Then `input` is `{}`, for the API takes nothing else.
    #[serde(skip)]
    invalid: Option<Arc<str>>,
}

impl ToolUse {
    /// A call with these arguments, as a test or a conversation from elsewhere may need it.
    ///
    /// Arguments are an object. What is none, or has no JSON form, makes a call with
    /// [`invalid_input`](Self::invalid_input).
    ///
    /// ```
    /// use claudette::ToolUse;
    /// use serde_json::json;
    ///
    /// let call = ToolUse::new("toolu_1", "sums", json!({"a": 1, "b": 2}));
    /// assert_eq!(call.input().get(), r#"{"a":1,"b":2}"#);
    /// ```
    pub fn new(id: impl Into<String>, name: impl Into<String>, input: impl Serialize) -> Self {
        Self::from_text(id, name, &serde_json::to_string(&input).unwrap_or_default())
    }

    /// A call whose arguments are still text.
    pub(crate) fn from_text(id: impl Into<String>, name: impl Into<String>, input: &str) -> Self {
        let mut call = Self {
            r#type: ToolUseTag,
            id: id.into(),
            name: name.into(),
            input: Json::empty_object(),
            extra: Map::new(),
            invalid: None,
        };
        call.set_input(input);
        call
    }

    /// The call's id, which its result must name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name of the tool that the model asks for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The arguments: a JSON object, as text with every digit the model wrote.
    pub fn input(&self) -> &RawValue {
        self.input.raw()
    }

    /// The argument text as it came, where it was no JSON object. Such a call is answered with an error, never run.
    pub fn invalid_input(&self) -> Option<&str> {
        self.invalid.as_deref().or_else(|| (!self.input.is_object()).then(|| self.input.text()))
    }

    fn set_input(&mut self, text: &str) {
        match Json::parse(text) {
            Ok(json) if json.is_object() => self.input = json,
            _ => {
                self.input = Json::empty_object();
                self.invalid = Some(text.into());
            }
        }
    }
}

/// The answer to a tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    r#type: ToolResultTag,
    tool_use_id: String,
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    content: Field<ResultContent>,
    #[serde(default, skip_serializing_if = "Field::is_absent")]
    is_error: Field<bool>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

impl ToolResult {
    /// The answer to the call with this id.
    ///
    /// A failed call must say why in text: the API refuses an empty error (and any error block but text).
    pub fn new(call: &ToolUse, content: impl Into<ResultContent>, is_error: bool) -> Self {
        let mut extra = Map::new();
        // A result of a toolset's member must name the toolset again.
        if let Some(toolset) = call.extra.get("toolset_name").filter(|name| !name.is_null()) {
            extra.insert("toolset_name".into(), toolset.clone());
        }
        Self {
            r#type: ToolResultTag,
            tool_use_id: call.id.clone(),
            content: Field::Known(content.into()),
            is_error: if is_error { Field::Known(true) } else { Field::Absent },
            extra,
        }
    }

    /// The id of the call that this answers.
    pub fn tool_use_id(&self) -> &str {
        &self.tool_use_id
    }

    /// Whether the call failed.
    pub fn is_error(&self) -> bool {
        self.is_error.known().is_some_and(|failed| *failed)
    }

    /// The result's text; blocks that are no text are left out.
    pub fn text(&self) -> Cow<'_, str> {
        self.content.known().map_or(Cow::Borrowed(""), ResultContent::text)
    }
}

/// What a tool result holds: a text, or blocks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ResultContent {
    /// Plain text.
    Text(String),
    /// Blocks: text, images, documents.
    Blocks(Vec<ContentBlock>),
}

impl<'de> Deserialize<'de> for ResultContent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_blocks(deserializer, Self::Text, Self::Blocks)
    }
}

/// Content on the wire is a string or a list of blocks.
///
/// Not `#[serde(untagged)]`: that buffers its input, and buffered input has no raw text left to keep.
pub(super) fn text_or_blocks<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    text: fn(String) -> T,
    blocks: fn(Vec<ContentBlock>) -> T,
) -> Result<T, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let json = raw.get();
    if json.starts_with('"') { serde_json::from_str(json).map(text) } else { serde_json::from_str(json).map(blocks) }
        .map_err(serde::de::Error::custom)
}

impl ResultContent {
    /// The text, with blocks that are no text left out.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Blocks(blocks) => match blocks.as_slice() {
                [one] => Cow::Borrowed(one.as_text().unwrap_or_default()),
                many => Cow::Owned(many.iter().filter_map(ContentBlock::as_text).collect()),
            },
        }
    }
}

impl From<String> for ResultContent {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for ResultContent {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<ContentBlock>> for ResultContent {
    fn from(blocks: Vec<ContentBlock>) -> Self {
        Self::Blocks(blocks)
    }
}

/// A block of a type that has no name here, kept as its JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown(Json);

impl Unknown {
    /// The block's `type`; empty if it has none.
    pub fn kind(&self) -> &str {
        // Borrowed unless the name is written with escapes, which no API name is.
        match kind_of(self.0.text()) {
            Cow::Borrowed(kind) => kind,
            Cow::Owned(_) => "",
        }
    }

    /// The whole block.
    pub fn json(&self) -> &RawValue {
        self.0.raw()
    }

    /// Server and MCP calls stream their arguments like any other. What cannot be read leaves the block as it began.
    fn set_input(&mut self, text: &str) {
        if let (Ok(mut block), Ok(input)) =
            (serde_json::from_str::<Map<String, Value>>(self.0.text()), serde_json::from_str::<Value>(text))
        {
            block.insert("input".into(), input);
            self.0 = Json::from(&block);
        }
    }
}

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A message's blocks: shared, so that a reply and the history hold them once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Blocks(Arc<Vec<ContentBlock>>);

impl Blocks {
    pub(crate) fn to_mut(&mut self) -> &mut Vec<ContentBlock> {
        Arc::make_mut(&mut self.0)
    }
}

impl Deref for Blocks {
    type Target = [ContentBlock];

    fn deref(&self) -> &[ContentBlock] {
        &self.0
    }
}

impl From<Vec<ContentBlock>> for Blocks {
    fn from(blocks: Vec<ContentBlock>) -> Self {
        Self(Arc::new(blocks))
    }
}

impl Serialize for Blocks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_slice().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Blocks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}
