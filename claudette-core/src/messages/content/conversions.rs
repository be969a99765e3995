//! What a person writes where blocks are wanted: any block, text, a tuple of parts, a list of them.

use super::{
    ContainerUpload, ContentBlock, Document, Image, RedactedThinking, ResultContent, SearchResult, ServerToolResult,
    ServerToolUse, Text, Thinking, ToolReference, ToolResult, ToolUse, Unknown,
};
use crate::messages::Content;

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

/// A type of block, by which a reply or a message can be searched:
/// [`Response::find`](crate::Response::find), [`Message::find`](crate::Message::find).
///
/// Each variant of [`ContentBlock`] has one; no other type can be.
///
/// ```
/// use claudette::{Image, Message, Text};
///
/// let message = Message::user((Image::file_id("file_01"), "What is", "this?"));
/// assert_eq!(message.find::<Image>().unwrap().source().file_id(), Some("file_01"));
/// assert_eq!(message.find_all::<Text>().map(Text::text).collect::<Vec<_>>(), ["What is", "this?"]);
/// ```
pub trait Block: sealed::Sealed + 'static {
    /// The block, if it is of this type.
    fn of(block: &ContentBlock) -> Option<&Self>;
}

mod sealed {
    pub trait Sealed {}
}

/// Each type of block is a block, and alone it is content.
macro_rules! blocks {
    ($($block:ident),+ $(,)?) => {$(
        impl sealed::Sealed for $block {}

        impl Block for $block {
            fn of(block: &ContentBlock) -> Option<&Self> {
                match block {
                    ContentBlock::$block(block) => Some(block),
                    _ => None,
                }
            }
        }

        impl From<$block> for ContentBlock {
            fn from(block: $block) -> Self {
                Self::$block(block)
            }
        }

        impl From<$block> for Content {
            fn from(block: $block) -> Self {
                Self::from(vec![block])
            }
        }

        impl From<$block> for ResultContent {
            fn from(block: $block) -> Self {
                Self::from(vec![block])
            }
        }
    )+};
}

blocks!(
    Text,
    Image,
    Document,
    SearchResult,
    Thinking,
    RedactedThinking,
    ToolUse,
    ToolResult,
    ServerToolUse,
    ServerToolResult,
    ContainerUpload,
    ToolReference,
    Unknown,
);

impl From<ContentBlock> for Content {
    fn from(block: ContentBlock) -> Self {
        Self::from(vec![block])
    }
}

impl From<ContentBlock> for ResultContent {
    fn from(block: ContentBlock) -> Self {
        Self::from(vec![block])
    }
}

impl<T: Into<ContentBlock>> From<Vec<T>> for Content {
    fn from(parts: Vec<T>) -> Self {
        Self::from_blocks(parts.into_iter().map(Into::into).collect())
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

/// `(image, "What is this?")`: parts of any kind, in order.
macro_rules! tuples {
    ($(($($part:ident),+);)+) => {$(
        impl<$($part: Into<ContentBlock>),+> From<($($part,)+)> for Content {
            #[allow(non_snake_case, reason = "a part has the name of its type")]
            fn from(($($part,)+): ($($part,)+)) -> Self {
                Self::from_blocks(vec![$($part.into()),+])
            }
        }

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

#[cfg(test)]
mod tests {
    use crate::messages::{Content, Document, Image, Message, Prompt, ResultContent, Text, push_message};

    #[test]
    fn parts_stay_in_order() {
        let image = || Image::file_id("f");
        let content = Message::user((image(), "a", String::from("b"), Document::text("c"), Text::new("d"), image()));
        let kinds: Vec<_> = content.content().iter().map(super::ContentBlock::kind).collect();
        assert_eq!(kinds, ["image", "text", "text", "document", "text", "image"]);
        assert_eq!(content.text(), "abd");
    }

    #[test]
    fn every_form_is_a_prompt_and_a_result() {
        for prompt in [
            Prompt::from(Image::file_id("f")),
            (Image::file_id("f"), "a").into(),
            vec![Image::file_id("f")].into(),
            vec!["a", "b"].into(),
        ] {
            assert_eq!(prompt.into_messages().len(), 1);
        }
        assert_eq!(ResultContent::from((Image::file_id("f"), "a")).text(), "a");
        assert_eq!(ResultContent::from(Document::text("a")).blocks().len(), 1);
        assert_eq!(Content::from(vec![Text::new("a")]), Content::from(vec!["a"]));
    }

    #[test]
    fn parts_take_the_next_role_in_a_conversation() {
        let mut messages = Vec::new();
        push_message(&mut messages, (Image::file_id("f"), "What is this?"));
        push_message(&mut messages, vec!["A cat."]);
        assert_eq!(messages[1], Message::assistant(vec!["A cat."]));
    }
}
