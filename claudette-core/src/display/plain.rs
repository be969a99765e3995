//! [`Plain`]: a text that may be shown on a terminal and in a log, whoever wrote it.

use std::fmt::{self, Write};

use super::brief::write_shown;

/// Shows a text shortened, with its control characters escaped: they would move the cursor, recolour the terminal, or
/// begin a line of a log that nobody wrote.
pub(crate) struct Plain<'a> {
    text: &'a str,
    most: usize,
    keeps_lines: bool,
}

impl<'a> Plain<'a> {
    /// A text from elsewhere, in one line.
    pub(crate) fn line(text: &'a str) -> Self {
        Self { text, most: 1_000, keeps_lines: false }
    }

    /// A text of our own, which may have several lines and quote others.
    pub(crate) fn lines(text: &'a str) -> Self {
        Self { text, most: 8_000, keeps_lines: true }
    }
}

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, char) in self.text.chars().enumerate() {
            match char {
                _ if place == self.most => return f.write_char('…'),
                '\n' if self.keeps_lines => f.write_char(char)?,
                '\n' | '\r' | '\t' => write!(f, "{}", char.escape_default())?,
                _ => write_shown(f, char)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_short_and_without_control_characters() {
        let text = "a\u{1b}[31m\r\n\u{202E}é\u{9b}";
        assert_eq!(Plain::line(text).to_string(), "a\\u{1b}[31m\\r\\n\\u{202e}é\\u{9b}");
        assert_eq!(Plain::lines(text).to_string(), "a\\u{1b}[31m\\r\n\\u{202e}é\\u{9b}");
        assert_eq!(Plain::line(&"é".repeat(2_000)).to_string(), "é".repeat(1_000) + "…");
        assert_eq!(Plain::line(&"é".repeat(1_000)).to_string(), "é".repeat(1_000));
    }
}
