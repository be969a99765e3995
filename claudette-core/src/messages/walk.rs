//! [`Walk`]: JSON, taken apart where it stands.

use std::borrow::Cow;

use memchr::memchr2;

/// A walk through a JSON object or list: each name, and the text of each value.
///
/// Replies are read with it. Whatever they hold, that is the same few instructions, which nothing else of a request can
/// push out of the processor's cache; nothing is copied, and what has no name here is at hand as the text it came in.
///
/// How far a value goes is told by its quotes and brackets alone. Whether it is JSON finds out who reads it, and everything
/// must be read. Nothing (`None`) is what is no JSON.
///
/// ```text
/// let mut members = Walk::object(json)?;
/// while members.goes_on()? {
///     match (&*members.name()?, members.value()?) { .. }
/// }
/// ```
pub(super) struct Walk<'a> {
    rest: &'a str,
    close: u8,
    begun: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn object(json: &'a str) -> Option<Self> {
        Some(Self { rest: json.strip_prefix('{')?, close: b'}', begun: false })
    }

    pub(super) fn list(json: &'a str) -> Option<Self> {
        Some(Self { rest: json.strip_prefix('[')?, close: b']', begun: false })
    }

    /// Whether there is one more. Behind the last there is nothing but white space.
    pub(super) fn goes_on(&mut self) -> Option<bool> {
        self.skip_space();
        let first = *self.rest.as_bytes().first()?;
        let begun = std::mem::replace(&mut self.begun, true);
        if first == self.close {
            self.rest = &self.rest[1..];
            self.skip_space();
            return self.rest.is_empty().then_some(false);
        }
        if begun {
            self.rest = self.rest.strip_prefix(',')?;
        }
        Some(true)
    }

    /// The name of a member.
    pub(super) fn name(&mut self) -> Option<Cow<'a, str>> {
        self.skip_space();
        let (name, rest) = quoted(self.rest.strip_prefix('"')?)?;
        self.rest = rest;
        self.skip_space();
        self.rest = self.rest.strip_prefix(':')?;
        Some(name)
    }

    /// The text of a value.
    pub(super) fn value(&mut self) -> Option<&'a str> {
        self.skip_space();
        let (value, rest) = self.rest.split_at_checked(end_of_value(self.rest.as_bytes())?)?;
        self.rest = rest;
        Some(value)
    }

    fn skip_space(&mut self) {
        // Nearly always there is none.
        if self.rest.as_bytes().first().is_some_and(|byte| *byte <= b' ') {
            self.rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
        }
    }
}

/// Where the value at the beginning ends.
fn end_of_value(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        match bytes.get(at)? {
            b'"' => at = end_of_string(bytes, at + 1)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => {
                // A number, or one of three words.
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
                return Some(bytes.iter().position(ends).unwrap_or(bytes.len()));
            }
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Where the quote is that ends a string, of which this is a place behind the first one.
fn end_of_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// What is written in a string, behind its opening quote; and what follows the string.
pub(super) fn quoted(json: &str) -> Option<(Cow<'_, str>, &str)> {
    let bytes = json.as_bytes();
    let first = memchr2(b'"', b'\\', bytes)?;
    let is_plain = bytes[first] == b'"';
    let end = if is_plain { first } else { end_of_string(bytes, first)? };
    // The quotes are ASCII: these are whole characters.
    let (inside, rest) = (&json[..end], &json[end + 1..]);
    let text = match is_plain {
        // JSON has no control characters in its strings.
        true if inside.bytes().any(|byte| byte < b' ') => return None,
        true => Cow::Borrowed(inside),
        false => Cow::Owned(serde_json::from_str(&["\"", inside, "\""].concat()).ok()?),
    };
    Some((text, rest))
}

/// The text of a value that is a string.
pub(super) fn text(value: &str) -> Option<Cow<'_, str>> {
    let (text, rest) = quoted(value.strip_prefix('"')?)?;
    rest.is_empty().then_some(text)
}

/// A value that is a count.
pub(super) fn count(value: &str) -> Option<u64> {
    let is_number = value == "0" || value.bytes().all(|byte| byte.is_ascii_digit()) && !value.starts_with('0');
    value.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Reads all of it, each value by `serde_json`.
    fn read(json: &str) -> Option<Value> {
        let json = json.trim_matches([' ', '\n', '\r', '\t']);
        if let Some(mut list) = Walk::list(json) {
            let mut values = Vec::new();
            while list.goes_on()? {
                values.push(read(list.value()?)?);
            }
            return Some(values.into());
        }
        if let Some(mut object) = Walk::object(json) {
            let mut members = Map::new();
            while object.goes_on()? {
                let name = object.name()?.into_owned();
                members.insert(name, read(object.value()?)?);
            }
            return Some(members.into());
        }
        if json.starts_with('"') {
            return text(json).map(|text| text.into());
        }
        count(json).map(Value::from).or_else(|| serde_json::from_str(json).ok())
    }

    proptest! {
        #[test]
        fn all_json_is_read(value in value(), pretty in any::<bool>()) {
            let json = if pretty { format!("{value:#}") } else { value.to_string() };
            prop_assert_eq!(read(&json), Some(value));
        }

        /// What is read is JSON, whatever was done to it, and means the same.
        #[test]
        fn nothing_else_is_read(value in value(), at in any::<prop::sample::Index>(), with in "[\\x00-\\x7f]{0,3}", cut in 0..4_usize) {
            let mut bytes = value.to_string().into_bytes();
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with.into_bytes());
            let Ok(json) = String::from_utf8(bytes) else { return Ok(()) };
            if let Some(read) = read(&json) {
                prop_assert_eq!(serde_json::from_str::<Value>(&json).ok(), Some(read), "{}", json);
            }
        }
    }

    #[test]
    fn numbers_are_as_json_has_them() {
        for (value, expected) in [("0", Some(0)), ("17", Some(17)), ("+1", None), ("-0", None), ("01", None), ("1.0", None)] {
            assert_eq!(count(value), expected, "{value}");
        }
        assert_eq!(count(""), None);
        assert_eq!(count("99999999999999999999"), None);
        assert_eq!(json!(read("[ 1 , {\"a\\u0062\" : 2 } ]")), json!([1, {"ab": 2}]));
    }
}
