//! Paths to a part of a JSON value, as a model reads them: `list[1].x`.

use std::fmt::Write;

/// Goes on to the member of this name: `.x`, or `["a b"]` where the name is no word.
pub(crate) fn push_key(path: &mut String, key: &str) {
    if is_plain(key) {
        path.push('.');
        path.push_str(key);
    } else {
        // `{:?}` of a string is near enough to JSON for a reader.
        let _ = write!(path, "[{key:?}]");
    }
}

/// Goes on to the element at this place: `[0]`.
pub(crate) fn push_index(path: &mut String, index: usize) {
    let _ = write!(path, "[{index}]");
}

/// Whether a key can stand behind a dot.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_no_word_is_quoted() {
        let mut path = String::new();
        push_key(&mut path, "a b");
        push_key(&mut path, "a");
        assert_eq!(path, "[\"a b\"].a");
    }
}
