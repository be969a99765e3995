//! The events of one block of a response.

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

/// A block begins.
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
            None => Err(unreadable(json, "`index` or `content_block` is missing or damaged")),
        }
    }

    /// The block's place in the response's content.
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
    pub(in crate::messages) index: usize,
    pub(in crate::messages) delta: Delta,
    #[serde(flatten)]
    extra: Extra,
}

impl ContentBlockDelta {
    pub(super) fn new(index: usize, delta: Delta) -> Self {
        Self { r#type: DeltaTag, index, delta, extra: Extra::default() }
    }

    /// Reads the event that nearly all events of a stream are, without a copy of anything but the text in it.
    pub(super) fn parse(json: &str) -> serde_json::Result<Self> {
        match Delta::usual(json) {
            Some((index, delta)) => Ok(Self::new(index, delta)),
            None => Self::parse_any(json),
        }
    }

    pub(super) fn parse_any(json: &str) -> serde_json::Result<Self> {
        match of_block(json, "delta", JsonCursor::value) {
            Some((index, delta, extra)) => Ok(Self { r#type: DeltaTag, index, delta: Delta::parse(delta)?, extra }),
            None => Err(unreadable(json, "`index` or `delta` is missing or damaged")),
        }
    }

    /// The block's place in the response's content.
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

/// A block is complete.
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

    /// The block's place in the response's content.
    pub fn index(&self) -> usize {
        self.index
    }
}
