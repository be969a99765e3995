//! [`Blocks`]: a message's blocks.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ContentBlock;
use crate::messages::walk::Walk;

/// A message's blocks: shared, so that a reply and the history hold them once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Blocks(Arc<Vec<ContentBlock>>);

impl Blocks {
    /// Reads them from the text of a list, where that is JSON.
    pub(in crate::messages) fn read(json: &str) -> Option<Self> {
        let (mut blocks, mut list) = (Vec::new(), Walk::list(json)?);
        while list.goes_on()? {
            blocks.push(ContentBlock::read(list.value()?)?);
        }
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
