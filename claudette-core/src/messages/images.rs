//! [`Images`]: the images in a part of a request.

use super::content::{ContentBlock, ResultContent};

/// The images in a part of a request: what the API limits together ([Vision](https://docs.claude.com/en/docs/build-with-claude/vision)).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Images {
    count: usize,
    /// The longest side of all whose bytes are here, in pixels.
    longest: usize,
}

/// With more images than this in a request, the API takes only smaller ones.
const FEW: usize = 20;

/// The longest side of one among many, in pixels.
const LONGEST_OF_MANY: usize = 2_000;

impl Images {
    pub(crate) fn of_blocks(blocks: &[ContentBlock]) -> Self {
        blocks.iter().map(Self::of_block).fold(Self::default(), Self::and)
    }

    fn of_block(block: &ContentBlock) -> Self {
        match block {
            ContentBlock::Image(image) => Self { count: 1, longest: image.longest_side().unwrap_or_default() },
            ContentBlock::ToolResult(result) => Self::of_content(result.content()),
            ContentBlock::Document(document) => Self::of_content(document.source().content()),
            _ => Self::default(),
        }
    }

    fn of_content(content: Option<&ResultContent>) -> Self {
        Self::of_blocks(content.map_or(&[], ResultContent::blocks))
    }

    pub(crate) fn and(self, more: Self) -> Self {
        Self { count: self.count + more.count, longest: self.longest.max(more.longest) }
    }

    pub(crate) fn is_none(self) -> bool {
        self.count == 0
    }

    /// What the API would refuse all of them together for.
    pub(crate) fn refusal(self) -> Option<String> {
        (self.count > FEW && self.longest > LONGEST_OF_MANY).then(|| {
            format!(
                "there are {} images with it, the longest side has {} px, and the API takes no more than {FEW} images if one \
                 has a side of more than {LONGEST_OF_MANY} px; scale them down",
                self.count, self.longest,
            )
        })
    }
}

impl ContentBlock {
    /// Whether this is, or contains, an image that is too large among many.
    pub(crate) fn has_large_image(&self) -> bool {
        Images::of_block(self).longest > LONGEST_OF_MANY
    }
}
