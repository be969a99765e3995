//! Halves of surrogate pairs in JSON, which the JSON grammar allows and Unicode does not.
//!
//! A server that splits its text by UTF-16 code units writes an emoji as `\ud83d` in one piece and `\ude00` in the
//! next. `serde_json` does not accept such a half, and the API refuses a request that contains one.

use std::ops::Range;

use memchr::memchr;

/// Returns the JSON with each half replaced by U+FFFD, or `None` if it does not contain halves.
pub(crate) fn mended(json: &str) -> Option<String> {
    let mut found = half(json, 0)?;
    let (mut out, mut done) = (String::with_capacity(json.len()), 0);
    loop {
        out.push_str(&json[done..found.start]);
        out.push_str(r"\ufffd");
        done = found.end;
        match half(json, done) {
            Some(next) => found = next,
            None => return Some(out + &json[done..]),
        }
    }
}

/// Unescapes a string that is itself a piece of JSON. A half stays an escape in that piece, because the next piece may
/// complete the pair. Returns `None` if the JSON is not a string.
pub(crate) fn piece(json: &str) -> Option<String> {
    let json = json.strip_prefix('"')?.strip_suffix('"')?;
    let (mut out, mut done) = (String::with_capacity(json.len()), 0);
    loop {
        let found = half(json, done);
        let text = &json[done..found.as_ref().map_or(json.len(), |found| found.start)];
        out.push_str(&serde_json::from_str::<String>(&format!("\"{text}\"")).ok()?);
        let Some(found) = found else { return Some(out) };
        // After a backslash, the half would be read as text, unless the backslash ends an escape of an earlier piece.
        // The control character makes the whole invalid in both cases.
        out.push_str(if ends_in_escape(&out) { "\u{FFFD}\0" } else { &json[found.clone()] });
        done = found.end;
    }
}

/// Returns `true` if half of a pair at the start of a piece would be read as text, because the text before the piece
/// ends in a backslash. Escaped backslashes can be between the two.
pub(crate) fn hides_half(before: &str, piece: &str) -> bool {
    let backslashes = piece.len() - piece.trim_start_matches('\\').len();
    let is_half = || matches!(code_unit(piece.as_bytes(), backslashes - 1), Some(0xD800..0xE000));
    backslashes % 2 == 1 && is_half() && ends_in_escape(before)
}

/// Returns `true` if the JSON ends in an incomplete escape that is only a backslash.
fn ends_in_escape(json: &str) -> bool {
    (json.len() - json.trim_end_matches('\\').len()) % 2 == 1
}

/// Returns `true` if the JSON contains half of a surrogate pair.
pub(crate) fn has_half(json: &str) -> bool {
    half(json, 0).is_some()
}

/// Returns the first escape at or after `from` that is half of a pair. `from` must not be inside an escape.
fn half(json: &str, from: usize) -> Option<Range<usize>> {
    let bytes = json.as_bytes();
    let mut at = from;
    loop {
        at += memchr(b'\\', bytes.get(at..)?)?;
        at += match code_unit(bytes, at) {
            Some(0xD800..0xDC00) if matches!(code_unit(bytes, at + 6), Some(0xDC00..0xE000)) => 12,
            Some(0xD800..0xE000) => return Some(at..at + 6),
            _ => 2,
        };
    }
}

/// Reads the code unit of the escape `\uXXXX` at this position.
fn code_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(br"\u")?;
    let digits = str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_are_distinguished_from_pairs_and_from_text() {
        for (json, expected) in [
            (r#""\ud83d\ude00 \u00e9 \n""#, None),
            (r#""\\ud83d""#, None),
            (r#""\ud83d""#, Some(r#""\ufffd""#)),
            (r#""\ude00\ud83d""#, Some(r#""\ufffd\ufffd""#)),
            (r#""\ud83d\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
            (r#""\\\uDEAD\"""#, Some(r#""\\\ufffd\"""#)),
            (r#""a\ud83d"#, Some(r#""a\ufffd"#)),
            (r#""\ud8"#, None),
            (r#""\"#, None),
        ] {
            assert_eq!(mended(json).as_deref(), expected, "{json}");
            assert_eq!(has_half(json), expected.is_some(), "{json}");
        }
        for (json, expected) in [
            (r#""{\"a\":\"\ud83d""#, Some(r#"{"a":"\ud83d"#)),
            (r#""\\\ud83d""#, Some("\\\u{FFFD}\0")),
            (r#""\\\\\u005c\ud83d""#, Some("\\\\\\\u{FFFD}\0")),
            (r#""\\\\\ude00""#, Some(r"\\\ude00")),
            (r#""\ude00\x""#, None),
            ("7", None),
        ] {
            assert_eq!(piece(json).as_deref(), expected, "{json}");
        }
        assert!(hides_half(r"a\", r"\\\ud83d") && !hides_half(r"a\", r"\\ud83d"));
        assert!(hides_half(r"a\", r"\ud83d") && !hides_half(r"a\\", r"\ud83d") && !hides_half(r"a\", r"\u00e9"));
    }

    proptest! {
        /// Mended JSON of any escaped code units is read like lossy UTF-16 in the standard library.
        #[test]
        fn any_code_units_are_read(units in prop::collection::vec(
            prop_oneof![any::<u16>(), 0xD800..0xE000_u16, Just(0x41), Just(0x5C)], 0..12)) {
            let json = units.iter().fold(String::new(), |json, unit| json + &format!("\\u{unit:04x}"));
            let json = format!("\"{json}\"");
            let whole = mended(&json).unwrap_or_else(|| json.clone());
            let read: String = serde_json::from_str(&whole).unwrap();
            prop_assert_eq!(read, String::from_utf16_lossy(&units));
        }
    }
}
