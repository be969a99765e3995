//! [`redact`]: JSON without unreadable data.

use std::ops::Range;

use crate::json::tokens;

/// Replaces files, signatures and encrypted data in JSON text with their sizes.
///
/// The rest of the text is unchanged, including every digit of numbers.
pub(crate) fn redact(json: &str) -> String {
    let mut hidden = hidden(json);
    hidden.sort_unstable_by_key(|place| place.start);
    let (mut out, mut done) = (String::with_capacity(json.len()), 0);
    for place in hidden {
        let size = place.len().saturating_sub(2);
        if size > 0 {
            out.push_str(&json[done..place.start]);
            out.extend([r#""["#, &size.to_string(), r#" bytes]""#]);
            done = place.end;
        }
    }
    out + &json[done..]
}

/// Returns the ranges of the strings to hide, in no particular order.
fn hidden(json: &str) -> Vec<Range<usize>> {
    let (mut hidden, mut objects): (Vec<Range<usize>>, Vec<Object<'_>>) = (Vec::new(), Vec::new());
    for place in tokens(json.as_bytes()) {
        let (token, after) = (&json[place.clone()], &json[place.end..]);
        match (token, objects.last_mut()) {
            ("{", _) => objects.push(Object::default()),
            ("}", _) => objects.pop().unwrap_or_default().close(&mut hidden),
            (":" | "," | "[" | "]", _) => {}
            (_, Some(object)) if after.trim_start().starts_with(':') => object.name = token,
            _ if is_long_base64(token) => hidden.push(place),
            (_, Some(object)) => object.value(token, place),
            _ => {}
        }
    }
    hidden
}

/// An object that is being read. Names and values are JSON strings, with their quotes.
#[derive(Default)]
struct Object<'a> {
    /// The name of the current field.
    name: &'a str,
    kind: &'a str,
    /// Values that are hidden depending on the `type` of the object, which can come after them.
    open: Vec<(&'a str, Range<usize>)>,
}

impl<'a> Object<'a> {
    fn value(&mut self, value: &'a str, place: Range<usize>) {
        match self.name {
            r#""type""# => self.kind = value,
            name if name == r#""data""# || name == r#""signature""# || name.starts_with(r#""encrypted_"#) => {
                self.open.push((name, place));
            }
            _ => {}
        }
    }

    fn close(self, hidden: &mut Vec<Range<usize>>) {
        let open = self.open.into_iter().filter(|(name, _)| match *name {
            r#""data""# => [r#""base64""#, r#""redacted_thinking""#].contains(&self.kind),
            r#""signature""# => [r#""thinking""#, r#""compaction""#].contains(&self.kind),
            _ => true,
        });
        hidden.extend(open.map(|(_, place)| place));
    }
}

/// Returns `true` for base64 data that is longer than a word or a name.
fn is_long_base64(string: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=\"".contains(&byte);
    string.len() > 256 && string.bytes().all(is_base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreadable_data_is_replaced_with_its_size() {
        let long = "A".repeat(300);
        for (json, expected) in [
            (r#"{"data":"QUJD","type":"base64"}"#.into(), r#"{"data":"[4 bytes]","type":"base64"}"#),
            (r#"{"type":"text","data":"QUJD"}"#.into(), r#"{"type":"text","data":"QUJD"}"#),
            (r#"[{"data":{"data":"b"},"type" : "base64"}]"#.into(), r#"[{"data":{"data":"b"},"type" : "base64"}]"#),
            (
                r#"{"signature":"eA==","type":"thinking","thinking":"\"}"}"#.into(),
                r#"{"signature":"[4 bytes]","type":"thinking","thinking":"\"}"}"#,
            ),
            (
                r#"{"encrypted_content":"eA==","encrypted_index":"","n":1e999}"#.into(),
                r#"{"encrypted_content":"[4 bytes]","encrypted_index":"","n":1e999}"#,
            ),
            (format!(r#"["{long}","{long} "]"#), &format!(r#"["[300 bytes]","{long} "]"#)),
        ] {
            assert_eq!(redact(&json), expected);
        }
    }
}
