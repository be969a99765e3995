//! What a text for the model says, in whatever words.

/// Whether the text has these parts: the names and values that it must have however it is worded.
pub fn says(text: &str, parts: &[&str]) -> bool {
    parts.iter().all(|part| text.contains(part))
}
