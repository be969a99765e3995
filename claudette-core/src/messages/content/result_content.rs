//! [`ResultContent`]: text or blocks inside another block.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::ContentBlock;
use crate::display::{brief, middle};
use crate::json::is_shallow;
use crate::json::read;

/// The content of a tool result, or of a document that is made of blocks.
///
/// It is created from text, a block, a tuple of parts, or a list of parts.
///
/// ```
/// use claudette::Image;
/// use claudette::wire::ResultContent;
///
/// let content = ResultContent::from((Image::file_id("file_01"), "A map of Oslo."));
/// assert_eq!(content.text(), "A map of Oslo.");
/// assert_eq!(content.blocks().len(), 2);
/// ```
#[derive(Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ResultContent {
    /// Plain text.
    Text(String),
    /// Blocks: text, images, documents.
    Blocks(Vec<ContentBlock>),
}

brief!(ResultContent);

impl ResultContent {
    /// Returns the text. Blocks of other types are skipped.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Blocks(blocks) => match blocks.as_slice() {
                [one] => Cow::Borrowed(one.as_text().unwrap_or_default()),
                many => Cow::Owned(many.iter().filter_map(ContentBlock::as_text).collect()),
            },
        }
    }

    /// Returns the blocks. The list is empty for [`Text`](Self::Text).
    pub fn blocks(&self) -> &[ContentBlock] {
        match self {
            Self::Text(_) => &[],
            Self::Blocks(blocks) => blocks,
        }
    }
}

impl ResultContent {
    pub(super) fn blocks_mut(&mut self) -> &mut [ContentBlock] {
        match self {
            Self::Text(_) => &mut [],
            Self::Blocks(blocks) => blocks,
        }
    }

    pub(super) fn shorten(&mut self, most: usize, note: &dyn Fn(usize, usize) -> String) -> bool {
        let note = |bytes| note(bytes, most);
        match self {
            Self::Text(text) => match shortened(text, most, &note) {
                Some(shorter) => {
                    *text = shorter;
                    true
                }
                None => false,
            },
            Self::Blocks(blocks) => {
                let (mut left, mut cut) = (most, false);
                for block in blocks {
                    let Some(text) = block.as_text() else { continue };
                    match shortened(text, left, &note) {
                        Some(shorter) => {
                            (left, cut) = (0, true);
                            *block = ContentBlock::text(shorter);
                        }
                        None => left -= text.len(),
                    }
                }
                cut
            }
        }
    }

    pub(super) fn prepend(&mut self, note: &str) {
        match self {
            Self::Text(text) => text.insert_str(0, note),
            Self::Blocks(blocks) => blocks.insert(0, ContentBlock::text(note)),
        }
    }
}

/// Removes the middle of a text that is longer than `left` bytes. The beginning and the end usually contain the most
/// important parts. `note` returns the text that replaces a number of bytes.
fn shortened(text: &str, left: usize, note: &dyn Fn(usize) -> String) -> Option<String> {
    let out = middle(text, left)?;
    Some(format!("{}\n{}\n{}", &text[..out.start], note(out.len()), &text[out.end..]))
}

impl<'de> Deserialize<'de> for ResultContent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = shallow(deserializer)?;
        text_or_blocks(&raw, Self::Text, Self::Blocks).map_err(serde::de::Error::custom)
    }
}

/// Reads content, which is a string or a list of blocks in JSON.
///
/// `#[serde(untagged)]` does not work here: it buffers its input and loses the raw text.
pub(in crate::messages) fn text_or_blocks<T>(
    raw: &RawValue,
    text: fn(String) -> T,
    blocks: fn(Vec<ContentBlock>) -> T,
) -> serde_json::Result<T> {
    let json = raw.get();
    if json.starts_with('"') { read(json).map(text) } else { read(json).map(blocks) }
}

/// Reads the blocks inside a block.
pub(super) fn nested_blocks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ContentBlock>, D::Error> {
    let raw = shallow(deserializer)?;
    read(raw.get()).map_err(serde::de::Error::custom)
}

/// The maximum depth of JSON that is read as blocks inside a block. Real content stays below ten.
const DEEPEST: usize = 64;

/// Reads JSON of limited depth. Each block is read from its own text, which resets the depth limit of `serde_json`, so
/// deeply nested blocks could overflow the stack. Deeper content is kept as JSON, like an unknown type.
fn shallow<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<RawValue>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    if is_shallow(raw.get().as_bytes(), DEEPEST) {
        Ok(raw)
    } else {
        Err(serde::de::Error::custom("blocks are nested too deeply"))
    }
}
