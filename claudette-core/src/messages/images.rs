//! [`Images`]: number and size of the images in a part of a request.

use super::content::{ContentBlock, ResultContent};

/// The number and size of the images in a part of a request, which the API limits together
/// ([Vision](https://platform.claude.com/docs/en/build-with-claude/vision)).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Images {
    count: usize,
    /// The longest side of all images that are base64 text, in pixels.
    longest: usize,
}

/// The number of images in a request above which the API accepts only smaller images.
const FEW: usize = 20;

/// The longest side that the API accepts in a request with more than [`FEW`] images, in pixels.
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

    /// Returns the reason for which the API would refuse all images together.
    pub(crate) fn refusal(self) -> Option<String> {
        (self.count > FEW && self.longest > LONGEST_OF_MANY).then(|| {
            format!(
                "there are {} images with it and the longest side has {} px: with more than {FEW} images, the API \
                 accepts only sides of at most {LONGEST_OF_MANY} px; scale them down",
                self.count, self.longest,
            )
        })
    }
}

impl ContentBlock {
    /// Returns `true` if this is, or contains, an image that is too large for a request with many images.
    pub(crate) fn has_large_image(&self) -> bool {
        Images::of_block(self).longest > LONGEST_OF_MANY
    }
}
