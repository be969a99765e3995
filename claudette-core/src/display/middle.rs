//! Long texts without their middle.

use std::ops::Range;

/// The middle of a text, so that no more than `left` bytes remain without it; none if it has no more.
pub(crate) fn middle(text: &str, left: usize) -> Option<Range<usize>> {
    if text.len() <= left {
        return None;
    }
    let start = (0..=left / 4 * 3).rfind(|at| text.is_char_boundary(*at))?;
    let end = (text.len() - left / 4..=text.len()).find(|at| text.is_char_boundary(*at))?;
    Some(start..end)
}
