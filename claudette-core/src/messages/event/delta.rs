//! [`Delta`]: an addition to a content block.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::display::brief;
use crate::json::{Extra, Lenient, RawJson, kind_of, piece, read, string_and_rest, tags, typed, unreadable, whole};
use crate::messages::content::{Citation, Unknown};

tags! {
    TextTag = "text_delta",
    InputJsonTag = "input_json_delta",
    ThinkingTag = "thinking_delta",
    SignatureTag = "signature_delta",
    CitationsTag = "citations_delta",
    CompactionTag = "compaction_delta",
}

brief!(TextDelta, InputJsonDelta, ThinkingDelta, SignatureDelta, CitationsDelta, CompactionDelta);

/// An addition to a content block in a stream.
///
/// ```
/// use claudette::wire::Delta;
///
/// let delta: Delta = serde_json::from_str(r#"{"type":"input_json_delta","partial_json":"{\"city\": \"Os"}"#)?;
/// assert!(matches!(delta, Delta::InputJson(delta) if delta.partial_json() == r#"{"city": "Os"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delta {
    /// Text.
    Text(TextDelta),
    /// A piece of the arguments of a tool call, cut at any position.
    InputJson(InputJsonDelta),
    /// Thinking.
    Thinking(ThinkingDelta),
    /// The signature of a thinking block.
    Signature(SignatureDelta),
    /// A citation of a text block.
    Citations(CitationsDelta),
    /// The content of a compaction block.
    Compaction(CompactionDelta),
    /// A delta of any other type, kept as JSON.
    Unknown(UnknownDelta),
}

impl Delta {
    /// Creates a text delta.
    pub(super) fn text(text: String) -> Self {
        Self::Text(TextDelta { r#type: TextTag, text, extra: Extra::default() })
    }

    /// Reads the index and the delta of an event in exactly the form that the API writes. Returns `None` for any other
    /// form. This is four times as fast as the general parser.
    #[inline]
    pub(super) fn usual(json: &str) -> Option<(usize, Self)> {
        let rest = json.strip_prefix(r#"{"type":"content_block_delta","index":"#)?;
        let (index, rest) = rest.split_at(rest.bytes().position(|byte| !byte.is_ascii_digit())?);
        let rest = rest.strip_prefix(r#","delta":{"type":""#)?;
        let extra = Extra::default;
        let (delta, rest) = if let Some(rest) = rest.strip_prefix(r#"text_delta","text":"#) {
            let (text, rest) = string_and_rest(rest)?;
            (Self::Text(TextDelta { r#type: TextTag, text, extra: extra() }), rest)
        } else if let Some(rest) = rest.strip_prefix(r#"input_json_delta","partial_json":"#) {
            let (partial_json, rest) = string_and_rest(rest)?;
            (Self::InputJson(InputJsonDelta { r#type: InputJsonTag, partial_json, extra: extra() }), rest)
        } else {
            let (thinking, rest) = string_and_rest(rest.strip_prefix(r#"thinking_delta","thinking":"#)?)?;
            (Self::Thinking(ThinkingDelta { r#type: ThinkingTag, thinking, extra: extra() }), rest)
        };
        // The API pads its events with spaces.
        if rest != "}}" {
            let end = rest.trim_start_matches(' ').strip_prefix('}')?.trim_start_matches(' ').strip_prefix('}')?;
            end.trim_start_matches(' ').is_empty().then_some(())?;
        }
        let is_number = index == "0" || !index.starts_with('0');
        Some((index.parse().ok().filter(|_| is_number)?, delta))
    }

    /// Reads a delta of any type.
    ///
    /// # Errors
    /// Returns an error for a delta of a known type that cannot be read, and for a delta without a type.
    pub(super) fn parse(json: &str) -> serde_json::Result<Self> {
        match kind_of(json).as_ref() {
            TextTag::NAME => read(json).map(Self::Text),
            InputJsonTag::NAME => InputJsonDelta::parse(json).map(Self::InputJson),
            ThinkingTag::NAME => read(json).map(Self::Thinking),
            SignatureTag::NAME => read(json).map(Self::Signature),
            CitationsTag::NAME => match read::<CitationsDelta>(json)? {
                delta if delta.citation.kind().is_empty() => Err(unreadable(json, "the citation has no `type`")),
                delta => Ok(Self::Citations(delta)),
            },
            CompactionTag::NAME => read(json).map(Self::Compaction),
            "" => Err(unreadable(json, "the delta has no `type`")),
            _ => RawJson::parse(json).map(|json| Self::Unknown(UnknownDelta(json.into()))),
        }
    }

    pub(in crate::messages) fn is_empty(&self) -> bool {
        match self {
            Self::Text(delta) => delta.text.is_empty(),
            Self::InputJson(delta) => delta.partial_json.is_empty(),
            Self::Thinking(delta) => delta.thinking.is_empty(),
            Self::Signature(_) | Self::Citations(_) | Self::Compaction(_) | Self::Unknown(_) => false,
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
            Self::Compaction(delta) => delta.serialize(serializer),
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

/// An addition to the text of a text block.
///
/// ```
/// use claudette::wire::TextDelta;
///
/// let delta: TextDelta = serde_json::from_str(r#"{"type":"text_delta","text":"Hello"}"#)?;
/// assert_eq!(delta.text(), "Hello");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TextDelta {
    r#type: TextTag,
    pub(in crate::messages) text: String,
    #[serde(flatten)]
    extra: Extra,
}

impl TextDelta {
    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// A piece of the arguments of a tool call. [`PartialJson`](crate::json::PartialJson) reads such pieces.
///
/// ```
/// use claudette::json::PartialJson;
/// use claudette::wire::InputJsonDelta;
///
/// let delta: InputJsonDelta =
///     serde_json::from_str(r#"{"type":"input_json_delta","partial_json":"{\"city\": \"Os"}"#)?;
/// let mut arguments = PartialJson::new();
/// arguments.push(delta.partial_json())?;
/// assert_eq!(arguments.value()["city"], "Os");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct InputJsonDelta {
    r#type: InputJsonTag,
    pub(in crate::messages) partial_json: String,
    #[serde(flatten)]
    extra: Extra,
}

impl InputJsonDelta {
    /// Reads the delta. The piece is JSON itself, so half of a surrogate pair stays an escape: the other half may
    /// follow.
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

    /// Returns the piece. It is not valid JSON on its own, and can end inside an escape or a number.
    pub fn partial_json(&self) -> &str {
        &self.partial_json
    }
}

/// An addition to the thinking of a thinking block.
///
/// ```
/// use claudette::wire::ThinkingDelta;
///
/// let delta: ThinkingDelta = serde_json::from_str(r#"{"type":"thinking_delta","thinking":"First, "}"#)?;
/// assert_eq!(delta.thinking(), "First, ");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ThinkingDelta {
    r#type: ThinkingTag,
    pub(in crate::messages) thinking: String,
    #[serde(flatten)]
    extra: Extra,
}

impl ThinkingDelta {
    /// Returns the thinking.
    pub fn thinking(&self) -> &str {
        &self.thinking
    }

    pub(crate) fn into_thinking(self) -> String {
        self.thinking
    }
}

/// The signature of a thinking block. It replaces an earlier signature.
///
/// ```
/// use claudette::wire::SignatureDelta;
///
/// let delta: SignatureDelta = serde_json::from_str(r#"{"type":"signature_delta","signature":"EqQB"}"#)?;
/// assert_eq!(delta.signature(), "EqQB");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SignatureDelta {
    r#type: SignatureTag,
    pub(in crate::messages) signature: String,
    #[serde(flatten)]
    extra: Extra,
}

impl SignatureDelta {
    /// Returns the signature.
    pub fn signature(&self) -> &str {
        &self.signature
    }
}

/// A citation that is added to a text block.
///
/// ```
/// use claudette::wire::CitationsDelta;
///
/// let delta: CitationsDelta = serde_json::from_str(
///     r#"{"type":"citations_delta","citation":{"type":"page_location","cited_text":"42 km",
///         "document_index":0,"start_page_number":1,"end_page_number":2}}"#,
/// )?;
/// assert_eq!(delta.citation().cited_text(), "42 km");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CitationsDelta {
    r#type: CitationsTag,
    pub(in crate::messages) citation: Box<Citation>,
    #[serde(flatten)]
    extra: Extra,
}

impl CitationsDelta {
    /// Returns the citation.
    pub fn citation(&self) -> &Citation {
        &self.citation
    }
}

/// The content of a compaction block. It replaces what the block contains.
///
/// ```
/// use claudette::wire::CompactionDelta;
///
/// let delta: CompactionDelta = serde_json::from_str(
///     r#"{"type":"compaction_delta","content":"So far: nothing.","encrypted_content":"eA=="}"#,
/// )?;
/// assert_eq!(delta.content(), Some("So far: nothing."));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CompactionDelta {
    r#type: CompactionTag,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(in crate::messages) content: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    pub(in crate::messages) encrypted_content: Lenient<String>,
    #[serde(flatten)]
    pub(in crate::messages) extra: Extra,
}

impl CompactionDelta {
    /// Returns the summary, or `None` if the API could not write one.
    pub fn content(&self) -> Option<&str> {
        self.content.known().map(String::as_str)
    }
}

/// A delta of a type that this library does not know, kept as JSON.
///
/// ```
/// use claudette::wire::Delta;
///
/// let delta: Delta = serde_json::from_str(r#"{"type":"depth_delta","depth":3}"#)?;
/// assert!(matches!(delta, Delta::Unknown(delta) if delta.kind() == "depth_delta"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownDelta(pub(in crate::messages) Unknown);

impl UnknownDelta {
    /// Returns the `type` of the delta, or an empty string if it has none.
    pub fn kind(&self) -> &str {
        self.0.kind()
    }

    /// Returns the whole delta as JSON.
    pub fn json(&self) -> &RawValue {
        self.0.json()
    }
}
