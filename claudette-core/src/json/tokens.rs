//! [`tokens`]: finds the strings and the punctuation of JSON.

use std::ops::Range;

use super::cursor::end_of_string;

/// Returns the ranges of strings and of the characters `{}[],:`, in order. Numbers, words and white space are skipped.
///
/// Text that is not JSON is accepted too. A string without an end extends to the end of the text.
pub(crate) fn tokens(json: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at;
            match json.get(at)? {
                b'"' => at = end_of_string(json, at + 1).map_or(json.len(), |quote| quote + 1),
                b'{' | b'}' | b'[' | b']' | b',' | b':' => at += 1,
                _ => {
                    at += 1;
                    continue;
                }
            }
            return Some(start..at);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_inside_strings_is_not_a_token() {
        let found = |json: &'static str| tokens(json.as_bytes()).map(|place| &json[place]).collect::<Vec<_>>();
        assert_eq!(found(r#"{"a\"{" : [1, true]}"#), ["{", r#""a\"{""#, ":", "[", ",", "]", "}"]);
        assert_eq!(found(r#"["cut\"]"#), ["[", r#""cut\"]"#]);
        assert_eq!(found("12"), Vec::<&str>::new());
    }
}
