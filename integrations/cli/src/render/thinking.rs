//! Thinking of the model: dimmed while it streams, or folded into one line.

use std::time::Duration;

use super::clean::Cleaner;
use super::theme::{Role, Theme};
use super::usage::duration;

/// Thinking that arrives in pieces.
#[derive(Clone, Debug)]
pub(crate) struct ThinkingStream {
    theme: Theme,
    cleaner: Cleaner,
    is_at_start: bool,
}

impl ThinkingStream {
    /// Creates a stream.
    pub(crate) fn new(theme: &Theme) -> Self {
        Self { theme: *theme, cleaner: Cleaner::default(), is_at_start: true }
    }

    /// Returns the text to print for the next piece.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        let text = self.cleaner.push(piece);
        if let Some(last) = text.chars().last() {
            self.is_at_start = last == '\n';
        }
        text.split_inclusive('\n').map(|line| self.theme.paint(Role::Dim, line)).collect()
    }

    /// Returns the text to print at the end.
    pub(crate) fn finish(&mut self) -> String {
        let end = if self.is_at_start { "" } else { "\n" };
        self.is_at_start = true;
        end.to_owned()
    }
}

/// Returns the line that stands for thinking that is not shown, without a line end.
pub(crate) fn thought_line(elapsed: Duration, theme: &Theme) -> String {
    theme.paint(Role::Dim, &format!("✻ thought for {}", duration(elapsed)))
}
