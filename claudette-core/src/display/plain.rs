//! [`Plain`]: an untrusted text in a form that is safe for terminals and logs.

use std::fmt::{self, Write};

use super::brief::write_shown;

/// Displays a text shortened, with control characters escaped. Otherwise they could move the cursor, change colours, or
/// forge a line of a log.
pub(crate) struct Plain<'a> {
    text: &'a str,
    most: usize,
    keeps_lines: bool,
}

impl<'a> Plain<'a> {
    /// Displays an external text in one line.
    pub(crate) fn line(text: &'a str) -> Self {
        Self { text, most: 1_000, keeps_lines: false }
    }

    /// Displays a text of this library, which can have several lines and contain external text.
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
