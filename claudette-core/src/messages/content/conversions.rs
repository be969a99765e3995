//! Conversions into content: from text, a block, a tuple of parts, and a list of parts.

use super::{Block, ContentBlock, ResultContent, ToolChange};

impl From<String> for ContentBlock {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for ContentBlock {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<&String> for ContentBlock {
    fn from(text: &String) -> Self {
        Self::text(text)
    }
}

impl<B: Block> From<B> for ResultContent {
    fn from(block: B) -> Self {
        Self::from(vec![block])
    }
}

impl From<ContentBlock> for ResultContent {
    fn from(block: ContentBlock) -> Self {
        Self::from(vec![block])
    }
}

impl<T: Into<ContentBlock>> From<Vec<T>> for ResultContent {
    fn from(parts: Vec<T>) -> Self {
        Self::Blocks(parts.into_iter().map(Into::into).collect())
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

/// Converts tuples of parts, such as `(image, "What is this?")`, in order.
macro_rules! tuples {
    ($(($($part:ident),+);)+) => {$(
        impl<$($part: Into<ContentBlock>),+> From<($($part,)+)> for ResultContent {
            #[allow(non_snake_case, reason = "a part has the name of its type")]
            fn from(($($part,)+): ($($part,)+)) -> Self {
                Self::Blocks(vec![$($part.into()),+])
            }
        }
    )+};
}

tuples! {
    (A, B);
    (A, B, C);
    (A, B, C, D);
    (A, B, C, D, E);
    (A, B, C, D, E, F);
}

impl ToolChange {
    /// Returns the change that a block describes, or `None` if it is a block of another type.
    pub fn of(block: &ContentBlock) -> Option<Self> {
        match block {
            ContentBlock::ToolAddition(addition) => Some(Self::Added(addition.clone())),
            ContentBlock::ToolRemoval(removal) => Some(Self::Removed(removal.clone())),
            _ => None,
        }
    }
}

impl From<ToolChange> for ContentBlock {
    fn from(change: ToolChange) -> Self {
        match change {
            ToolChange::Added(addition) => addition.into(),
            ToolChange::Removed(removal) => removal.into(),
        }
    }
}
