//! Thinking of the model: dimmed while it streams, or folded into one line.

use std::time::Duration;

use super::clean::Cleaner;
use super::look::{Look, Span, Styles};
use super::theme::{Role, Theme};
use super::usage::duration;
use super::wrap::Wrapper;

/// The indentation of thinking.
const INDENT: &str = "  ";

/// Thinking that arrives in pieces.
#[derive(Debug)]
pub(crate) struct ThinkingStream {
    styles: Styles,
    cleaner: Cleaner,
    wrapper: Wrapper,
    is_at_start: bool,
}

impl ThinkingStream {
    /// Creates a stream.
    pub(crate) fn new(theme: &Theme) -> Self {
        Self {
            styles: Styles::new(theme),
            cleaner: Cleaner::default(),
            wrapper: Wrapper::new(theme.text_width(), theme.width()),
            is_at_start: true,
        }
    }

    /// Returns the text to print for the next piece.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        let mut out = String::new();
        for line in self.cleaner.push(piece).split_inclusive('\n') {
            let text = line.trim_end_matches('\n');
            if self.is_at_start && !text.is_empty() {
                out.push_str(INDENT);
                self.wrapper.start(INDENT.len(), INDENT.to_owned(), INDENT.len());
                self.is_at_start = false;
            }
            self.wrapper.push(&Span::new(text, Look::DIM), &self.styles, &mut out);
            if line.ends_with('\n') {
                self.wrapper.flush(&self.styles, &mut out);
                out.push('\n');
                self.is_at_start = true;
            }
        }
        out
    }

    /// Returns the rest of the text to print, which ends with a line end.
    pub(crate) fn finish(&mut self) -> String {
        let mut out = String::new();
        if !self.is_at_start {
            self.wrapper.flush(&self.styles, &mut out);
            out.push('\n');
        }
        *self = Self::new(self.styles.theme());
        out
    }
}

/// Returns the line that replaces thinking that is not shown, without a line end.
pub(crate) fn thought_line(elapsed: Duration, theme: &Theme) -> String {
    theme.paint(Role::Dim, &format!("✻ thought for {}", duration(elapsed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_is_indented_and_wrapped() {
        let mut stream = ThinkingStream::new(&Theme::new(false, Some(20)));
        let mut text = String::new();
        for piece in ["The us", "er wants the weather.\n\nI", " call \u{1b}[31ma tool."] {
            text += &stream.push(piece);
        }
        text += &stream.finish();
        assert_eq!(text, "  The user wants the\n  weather.\n\n  I call a tool.\n");
    }
}
