//! [`middle`]: the part of a long text to leave out.

use std::ops::Range;

/// Returns the middle of a text, without which at most `left` bytes remain; `None` if the text is not longer than
/// `left`.
pub(crate) fn middle(text: &str, left: usize) -> Option<Range<usize>> {
    if text.len() <= left {
        return None;
    }
    let start = (0..=left / 4 * 3).rfind(|at| text.is_char_boundary(*at))?;
    let end = (text.len() - left / 4..=text.len()).find(|at| text.is_char_boundary(*at))?;
    Some(start..end)
}
