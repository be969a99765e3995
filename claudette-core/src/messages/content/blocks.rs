//! [`Blocks`]: the content blocks of a message.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ContentBlock;
use crate::json::JsonCursor;

/// The content blocks of a message. They are shared, so that a response and the history use the same allocation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Blocks(Arc<Vec<ContentBlock>>);

impl Blocks {
    /// Reads a list of blocks.
    pub(in crate::messages) fn read(json: &mut JsonCursor<'_>) -> Option<Self> {
        let mut blocks = Vec::new();
        json.list(|json| ContentBlock::read(json).map(|block| blocks.push(block)))?;
        Some(blocks.into())
    }

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
