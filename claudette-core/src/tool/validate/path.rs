//! Paths to a part of a JSON value, in the form that a model reads: `list[1].x`.

use std::fmt::Write;

/// Appends the member of this name: `.x`, or `["a b"]` if the name is not a word.
pub(crate) fn push_key(path: &mut String, key: &str) {
    if is_plain(key) {
        path.push('.');
        path.push_str(key);
    } else {
        // `{:?}` of a string is close enough to JSON here.
        let _ = write!(path, "[{key:?}]");
    }
}

/// Appends the element at this index: `[0]`.
pub(crate) fn push_index(path: &mut String, index: usize) {
    let _ = write!(path, "[{index}]");
}

/// Returns `true` if a key can follow a dot.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_not_a_word_is_quoted() {
        let mut path = String::new();
        push_key(&mut path, "a b");
        push_key(&mut path, "a");
        assert_eq!(path, "[\"a b\"].a");
    }
}
