//! [`tokens`]: the strings and the punctuation of JSON, where they are.

use std::ops::Range;

use super::cursor::end_of_string;

/// Where each string and each of `{}[],:` is, in order. Numbers, words and white space are passed over.
///
/// Text that is not JSON is read as far as it looks like it: a string without an end goes to the end of the text.
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
    fn punctuation_inside_of_strings_is_part_of_them() {
        let found = |json: &'static str| tokens(json.as_bytes()).map(|place| &json[place]).collect::<Vec<_>>();
        assert_eq!(found(r#"{"a\"{" : [1, true]}"#), ["{", r#""a\"{""#, ":", "[", ",", "]", "}"]);
        assert_eq!(found(r#"["cut\"]"#), ["[", r#""cut\"]"#]);
        assert_eq!(found("12"), Vec::<&str>::new());
    }
}
