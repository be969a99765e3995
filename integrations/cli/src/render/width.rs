//! The cells that a text takes in a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns the number of cells of a text without line ends.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Returns the number of cells of a character.
pub(crate) fn char_width(char: char) -> usize {
    char.width().unwrap_or(0)
}

/// Cuts a text to at most `max` cells; a text that is cut ends with `…`.
pub(crate) fn fit(text: &str, max: usize) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let mut out = head(text, max.saturating_sub(1)).to_owned();
    if max > 0 {
        out.push('…');
    }
    out
}

/// Returns the longest beginning of a text that takes at most `max` cells.
pub(crate) fn head(text: &str, max: usize) -> &str {
    let mut cells = 0;
    for (place, char) in text.char_indices() {
        cells += char_width(char);
        if cells > max {
            return &text[..place];
        }
    }
    text
}
