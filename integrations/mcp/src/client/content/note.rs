//! The notes that the model reads in place of a block that it cannot read.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::text::clean_line;

/// The longest label in a note, in characters: a name, a URI or a MIME type.
const LONGEST_LABEL: usize = 300;

/// Returns a label that a server gave, in one line and without hidden characters.
pub(super) fn label(text: &str) -> String {
    clean_line(text, LONGEST_LABEL).trim().to_owned()
}

/// Returns the label in a field, if the field is a string that is not blank.
pub(super) fn field(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name)?.as_str().map(label).filter(|label| !label.is_empty())
}

/// Returns a number of bytes in a readable form.
pub(in crate::client) fn size(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// Writes a note: the kind of the block, its facts, and the reason that it is not shown.
pub(super) fn note(kind: &str, facts: &[Option<String>], why: &str, is_kept: bool) -> String {
    let facts: Vec<&str> = facts.iter().flatten().map(String::as_str).collect();
    let facts = if facts.is_empty() { Cow::Borrowed("") } else { format!(" ({})", facts.join(", ")).into() };
    let kept = if is_kept { "; it is kept for the program" } else { "" };
    format!("[{kind}{facts} is not shown: {why}{kept}]")
}
