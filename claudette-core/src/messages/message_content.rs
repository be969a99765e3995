//! [`Content`]: the content of a message, and the conversions into it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::cache_control::CacheControl;
use super::content::{Block, Blocks, ContentBlock, Text, text_or_blocks};
use crate::display::brief;

/// The content of a message.
///
/// It is created from text, a block, a tuple of parts such as `(image, "What is this?")`, or a list of parts.
///
/// ```
/// use claudette::wire::Content;
/// use claudette::{Image, Message};
///
/// let content: Content = (Image::file_id("file_01"), "What is this?").into();
/// assert_eq!(Message::user(content).content().len(), 2);
/// ```
#[derive(Clone, PartialEq)]
pub struct Content {
    blocks: Blocks,
    form: Form,
}

/// The form of the content in JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A list of blocks.
    List,
    /// A plain string instead of a list with one text block.
    Bare,
    /// No field at all, as in a system message that only changes a setting.
    Absent,
}

brief!(Content);

impl Content {
    pub(super) fn blocks(&self) -> &[ContentBlock] {
        &self.blocks
    }

    pub(super) fn blocks_mut(&mut self) -> &mut Vec<ContentBlock> {
        self.form = Form::List;
        self.blocks.to_mut()
    }

    /// Sets a cache breakpoint on the last block that can have one.
    pub(super) fn set_mark(&mut self, control: &CacheControl) {
        self.blocks_mut().iter_mut().rev().any(|block| block.set_mark(control));
    }

    /// Returns the content of a message without this field.
    pub(super) fn absent() -> Self {
        Self { blocks: Vec::new().into(), form: Form::Absent }
    }

    pub(super) fn is_absent(&self) -> bool {
        self.form == Form::Absent
    }

    pub(super) fn from_blocks(blocks: Vec<ContentBlock>) -> Self {
        Self { blocks: blocks.into(), form: Form::List }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &*self.blocks {
            [ContentBlock::Text(text)] if self.form == Form::Bare => serializer.serialize_str(text.text()),
            _ => self.blocks.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        text_or_blocks(&raw, Self::from, Self::from_blocks).map_err(serde::de::Error::custom)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self { blocks: vec![ContentBlock::Text(Text::new(text))].into(), form: Form::Bare }
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<&String> for Content {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

/// Shares the blocks of a response.
impl From<Blocks> for Content {
    fn from(blocks: Blocks) -> Self {
        Self { blocks, form: Form::List }
    }
}

impl<B: Block> From<B> for Content {
    fn from(block: B) -> Self {
        Self::from(block.into())
    }
}

impl From<ContentBlock> for Content {
    fn from(block: ContentBlock) -> Self {
        Self::from_blocks(vec![block])
    }
}

impl<T: Into<ContentBlock>> From<Vec<T>> for Content {
    fn from(parts: Vec<T>) -> Self {
        Self::from_blocks(parts.into_iter().map(Into::into).collect())
    }
}

/// Converts tuples of parts, such as `(image, "What is this?")`, in order.
macro_rules! tuples {
    ($(($($part:ident),+);)+) => {$(
        impl<$($part: Into<ContentBlock>),+> From<($($part,)+)> for Content {
            #[allow(non_snake_case, reason = "a part has the name of its type")]
            fn from(($($part,)+): ($($part,)+)) -> Self {
                Self::from_blocks(vec![$($part.into()),+])
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
    use super::Content;
    use crate::messages::{ContentBlock, Document, Image, Message, Prompt, ResultContent, Text, push_message};

    #[test]
    fn parts_stay_in_order() {
        let image = || Image::file_id("f");
        let content = Message::user((image(), "a", String::from("b"), Document::text("c"), Text::new("d"), image()));
        let kinds: Vec<_> = content.content().iter().map(ContentBlock::kind).collect();
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
    fn parts_take_the_next_role() {
        let mut messages = Vec::new();
        push_message(&mut messages, (Image::file_id("f"), "What is this?"));
        push_message(&mut messages, vec!["A cat."]);
        assert_eq!(messages[1], Message::assistant(vec!["A cat."]));
    }
}
