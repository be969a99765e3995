//! The number of values in JSON and its depth, without parsing it.

use super::tokens::tokens;

/// Returns `true` if lists and objects are nested at most `most` levels deep. Never returns `true` for deeper JSON,
/// even if it is invalid.
pub(crate) fn is_shallow(json: &[u8], most: usize) -> bool {
    // Each level takes two bytes and an opening bracket. These quick checks suffice for nearly all JSON.
    let brackets = || json.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    json.len() / 2 <= most || brackets() <= most || depth(json) <= most
}

/// Returns the number of values, without names of fields. The result is never too small, even if the JSON is invalid.
pub(crate) fn count_values(json: &[u8]) -> usize {
    1 + tokens(json).filter(|place| matches!(json[place.start], b',' | b'[' | b'{')).count()
}

/// Returns the depth of nested lists and objects. The result is never too small, even if the JSON is invalid.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for place in tokens(json) {
        match json[place.start] {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count_as_depth() {
        for (text, expected) in [("1", 0), ("[]", 1), (r#"{"a":[{}],"b":{}}"#, 3), (r#"["[[\"[\\","]"]"#, 1)] {
            assert_eq!(depth(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn values_are_counted_outside_strings() {
        for (text, expected) in [("1", 1), ("[1,2]", 3), (r#"{"a":[{},"[,{"],"b":null}"#, 6), (r#"[",\",["]"#, 2)] {
            assert_eq!(count_values(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(count_values(br#"[1,"cut"#), 3);
    }
}
