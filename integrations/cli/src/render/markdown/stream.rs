//! [`MarkdownStream`]: Markdown that is printed while it arrives.

use crate::render::clean::Cleaner;
use crate::render::theme::Theme;

/// Markdown that arrives in pieces and is printed once, from top to bottom.
#[derive(Clone, Debug)]
pub(crate) struct MarkdownStream {
    cleaner: Cleaner,
    is_at_start: bool,
}

impl MarkdownStream {
    /// Creates a stream for a terminal.
    pub(crate) fn new(_theme: &Theme) -> Self {
        Self { cleaner: Cleaner::default(), is_at_start: true }
    }

    /// Returns the text to print for the next piece.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        let text = self.cleaner.push(piece).into_owned();
        if let Some(last) = text.chars().last() {
            self.is_at_start = last == '\n';
        }
        text
    }

    /// Returns the rest of the text to print. The last line then has a line end.
    pub(crate) fn finish(&mut self) -> String {
        let end = if self.is_at_start { "" } else { "\n" };
        self.is_at_start = true;
        end.to_owned()
    }
}
