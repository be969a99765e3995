//! How many values JSON has and how deep it is, before anything is read.

use super::tokens::tokens;

/// Whether no more than `most` lists and objects stand in each other; never if they do, even if it is no JSON at all.
pub(crate) fn is_shallow(json: &[u8], most: usize) -> bool {
    // Each level takes two bytes, and a bracket that is quickly counted: what is deep enough to be looked at is rare.
    let brackets = || json.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    json.len() / 2 <= most || brackets() <= most || depth(json) <= most
}

/// How many values are in the JSON, names of fields not counted; never too few, even if it is no JSON at all.
pub(crate) fn count_values(json: &[u8]) -> usize {
    1 + tokens(json).filter(|place| matches!(json[place.start], b',' | b'[' | b'{')).count()
}

/// How deep lists and objects stand in each other; never too little, even if it is no JSON at all.
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
    fn depth_counts_no_brackets_in_texts() {
        for (text, expected) in [("1", 0), ("[]", 1), (r#"{"a":[{}],"b":{}}"#, 3), (r#"["[[\"[\\","]"]"#, 1)] {
            assert_eq!(depth(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn values_are_counted_outside_of_texts() {
        for (text, expected) in [("1", 1), ("[1,2]", 3), (r#"{"a":[{},"[,{"],"b":null}"#, 6), (r#"[",\",["]"#, 2)] {
            assert_eq!(count_values(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(count_values(br#"[1,"cut"#), 3);
    }
}
