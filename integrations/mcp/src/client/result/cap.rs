//! The limits on one result: bytes of text, and the number of blocks.

use std::ops::Range;

use claudette::wire::{ContentBlock, ResultContent};
use serde_json::Value;

use crate::client::content::Part;

/// The key with which a server asks for a larger limit, in characters.
const ASKED: &str = "anthropic/maxResultSizeChars";

/// The largest limit that a server can ask for, in bytes.
const MOST_ASKED: usize = 500_000;

/// The number of blocks from which on neighbouring texts are joined.
const MANY: usize = 100;

/// Returns the limit on text, in bytes. `_meta` of a tool or of a result may raise it, up to 500,000 bytes.
pub(crate) fn allowance(max_text: usize, meta: Option<&Value>) -> usize {
    let asked = meta.and_then(|meta| meta.get(ASKED)).and_then(Value::as_u64).unwrap_or_default();
    let asked = usize::try_from(asked).unwrap_or(usize::MAX);
    max_text.max(asked.min(MOST_ASKED))
}

/// Removes the middle of all texts together if they have more than `max` bytes. The beginning and the end usually
/// contain the most important parts. Returns `true` if anything was removed.
pub(in crate::client) fn cap(parts: &mut Vec<Part>, max: usize) -> bool {
    let total: usize = parts.iter().map(|part| part.text().len()).sum();
    if total <= max {
        return false;
    }
    let middle = max / 4 * 3..total - max / 4;
    let mut at = 0;
    // The range to remove of each part.
    let cuts: Vec<Range<usize>> = parts
        .iter()
        .map(|part| {
            let start = at;
            at += part.text().len();
            within(part.text(), middle.start.saturating_sub(start)..middle.end.saturating_sub(start))
        })
        .collect();
    let left_out: usize = cuts.iter().map(Range::len).sum();
    let mut note = Some(format!("[… {left_out} bytes are left out here, because the result is too long …]"));
    for (part, cut) in parts.iter_mut().zip(cuts) {
        if !cut.is_empty() {
            let (before, after) = (&part.text()[..cut.start], &part.text()[cut.end..]);
            let lines = [before, note.take().as_deref().unwrap_or_default(), after].map(str::to_owned);
            let lines: Vec<String> = lines.into_iter().filter(|line| !line.trim().is_empty()).collect();
            part.set_text(lines.join("\n"));
        }
    }
    parts.retain(|part| matches!(part, Part::Media(_)) || !part.text().is_empty());
    true
}

/// Returns the part of a range that lies within a text, without splitting a character.
fn within(text: &str, range: Range<usize>) -> Range<usize> {
    let start = (0..=range.start.min(text.len())).rfind(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let end = (range.end.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    start..end.max(start)
}

/// Returns the content of a result. Many texts are joined, so that a result of tiny blocks stays small.
pub(in crate::client) fn content_of(parts: Vec<Part>) -> ResultContent {
    let parts = if parts.len() > MANY { joined(parts) } else { parts };
    let blocks: Vec<ContentBlock> = parts.into_iter().map(Part::into_block).collect();
    match blocks.as_slice() {
        [] => "".into(),
        [ContentBlock::Text(text)] => text.text().into(),
        _ => blocks.into(),
    }
}

fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut all: Vec<Part> = Vec::new();
    for part in parts {
        match (all.last_mut(), part) {
            (Some(Part::Text(text) | Part::Note(text)), Part::Text(more) | Part::Note(more)) => {
                text.push('\n');
                text.push_str(&more);
            }
            (_, part) => all.push(part),
        }
    }
    all
}
