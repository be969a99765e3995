//! The stream events of one content block.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::delta::Delta;
use super::parsed;
use crate::display::brief;
use crate::json::{Extra, JsonCursor, tags, typed, unreadable, whole};
use crate::messages::content::ContentBlock;

tags! {
    BlockStartTag = "content_block_start",
    DeltaTag = "content_block_delta",
    BlockStopTag = "content_block_stop",
}

brief!(ContentBlockStart, ContentBlockDelta, ContentBlockStop);
parsed!(ContentBlockStart, ContentBlockDelta);

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

/// The stream event at the beginning of a content block.
///
/// ```
/// use claudette::wire::ContentBlockStart;
///
/// let event: ContentBlockStart = serde_json::from_str(
///     r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
/// )?;
/// assert_eq!(event.index(), 0);
/// assert_eq!(event.content_block().kind(), "text");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize)]
pub struct ContentBlockStart {
    r#type: BlockStartTag,
    pub(in crate::messages) index: usize,
    pub(in crate::messages) content_block: Box<ContentBlock>,
    #[serde(flatten)]
    extra: Extra,
}

impl ContentBlockStart {
    pub(super) fn new(index: usize, block: ContentBlock) -> Self {
        Self { r#type: BlockStartTag, index, content_block: block.into(), extra: Extra::default() }
    }

    pub(super) fn parse(json: &str) -> serde_json::Result<Self> {
        match of_block(json, "content_block", ContentBlock::begin) {
            Some((index, block, extra)) => {
                Ok(Self { r#type: BlockStartTag, index, content_block: block.into(), extra })
            }
            None => Err(unreadable(json, "`index` or `content_block` is missing or invalid")),
        }
    }

    /// Returns the index of the block in the content of the response.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the block, which is empty if deltas follow and complete otherwise.
    pub fn content_block(&self) -> &ContentBlock {
        &self.content_block
    }
}

/// The stream event that adds to a content block.
///
/// ```
/// use claudette::wire::{ContentBlockDelta, Delta};
///
/// let event: ContentBlockDelta = serde_json::from_str(
///     r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
/// )?;
/// assert!(matches!(event.delta(), Delta::Text(delta) if delta.text() == "Hi"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize)]
pub struct ContentBlockDelta {
    r#type: DeltaTag,
    pub(in crate::messages) index: usize,
    pub(in crate::messages) delta: Delta,
    #[serde(flatten)]
    extra: Extra,
}

impl ContentBlockDelta {
    pub(super) fn new(index: usize, delta: Delta) -> Self {
        Self { r#type: DeltaTag, index, delta, extra: Extra::default() }
    }

    /// Reads the event. Nearly all events of a stream are deltas, so the usual form has a fast path.
    pub(super) fn parse(json: &str) -> serde_json::Result<Self> {
        match Delta::usual(json) {
            Some((index, delta)) => Ok(Self::new(index, delta)),
            None => Self::parse_any(json),
        }
    }

    pub(super) fn parse_any(json: &str) -> serde_json::Result<Self> {
        match of_block(json, "delta", JsonCursor::value) {
            Some((index, delta, extra)) => Ok(Self { r#type: DeltaTag, index, delta: Delta::parse(delta)?, extra }),
            None => Err(unreadable(json, "`index` or `delta` is missing or invalid")),
        }
    }

    /// Returns the index of the block in the content of the response.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the addition to the block.
    pub fn delta(&self) -> &Delta {
        &self.delta
    }

    pub(crate) fn into_delta(self) -> Delta {
        self.delta
    }
}

/// The stream event at the end of a content block.
///
/// ```
/// use claudette::wire::ContentBlockStop;
///
/// let event: ContentBlockStop = serde_json::from_str(r#"{"type":"content_block_stop","index":2}"#)?;
/// assert_eq!(event.index(), 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ContentBlockStop {
    #[serde(default)]
    r#type: BlockStopTag,
    pub(in crate::messages) index: usize,
    #[serde(flatten)]
    extra: Extra,
}

impl ContentBlockStop {
    pub(super) fn new(index: usize) -> Self {
        Self { r#type: BlockStopTag, index, extra: Extra::default() }
    }

    /// Returns the index of the block in the content of the response.
    pub fn index(&self) -> usize {
        self.index
    }
}
