//! Checks of texts for the model that do not depend on the wording.

/// Returns `true` if the text contains all these parts, such as the names and values that any wording must contain.
pub fn says(text: &str, parts: &[&str]) -> bool {
    parts.iter().all(|part| text.contains(part))
}
