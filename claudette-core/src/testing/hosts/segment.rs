//! Segments of a path: percent-decoding, and the segments that a server would resolve or refuse.

use percent_encoding::percent_decode_str;

/// Decodes a segment of a path.
///
/// Returns `None` if the segment is not valid: a `%` without two hexadecimal digits, bytes that are not UTF-8, or a part
/// before the first `;` that is empty or a dot segment. Servers treat the part after a `;` as a parameter.
pub(super) fn decode(raw: &str) -> Option<String> {
    let is_hex = |rest: &str| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    if !raw.split('%').skip(1).all(is_hex) {
        return None;
    }
    let decoded = |text| percent_decode_str(text).decode_utf8().ok();
    let name = decoded(raw.split(';').next().unwrap_or_default())?;
    if matches!(name.as_ref(), "" | "." | "..") {
        return None;
    }
    Some(decoded(raw)?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn segments_are_decoded() {
        for (raw, expected) in [
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
            ("application-inference-profile%2Fjf2sje1c0jnb", "application-inference-profile/jf2sje1c0jnb"),
            ("a;b%2Fc%20d", "a;b/c d"),
            ("..%253Bx", "..%3Bx"),
            ("we:ird%2Fmodel%3Fx=1%23frag%20ment", "we:ird/model?x=1#frag ment"),
            ("a%3Bb", "a;b"),
            ("..%2F..%2Fx", "../../x"),
            ("...;x", "...;x"),
            ("..x;y", "..x;y"),
            ("x;..", "x;.."),
            ("claude%20%C3%A9", "claude é"),
        ] {
            assert_eq!(decode(raw).as_deref(), Some(expected), "{raw}");
        }
    }

    #[test]
    fn segments_that_are_not_valid_are_refused() {
        for raw in ["", ".", "..", "%2e%2e", ";x", ".;x", "..;x", "a%2", "a%", "a%zz", "%ff"] {
            assert_eq!(decode(raw), None, "{raw}");
        }
    }
}
