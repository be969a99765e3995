//! [`JsonCursor`]: reads JSON in place.

use std::borrow::Cow;

use super::surrogates::mended;

/// A position in JSON text that can step through objects, lists, strings, counts and values of any kind.
///
/// Responses are read with it. The few instructions for all responses stay in the processor's cache, each byte is read
/// once, and unknown values are available as their original text.
///
/// A step returns `None` if the text is not JSON or has a value of another type; the position is then unspecified.
/// [`value`](Self::value) finds the end of a value only by its quotes and brackets. The caller validates the JSON.
///
/// ```text
/// let mut json = JsonCursor::of(text);
/// json.object(|json, name| match name {
///     "id" => json.string().map(|value| id = value),
///     _ => json.value().map(|_| ()),
/// })?;
/// json.end()?;
/// ```
#[derive(Clone, Copy)]
pub(crate) struct JsonCursor<'a> {
    rest: &'a str,
}

impl<'a> JsonCursor<'a> {
    /// Creates a cursor at the beginning of the text.
    #[inline]
    pub(crate) fn of(json: &'a str) -> Self {
        Self { rest: json }
    }

    /// Returns `None` if more text follows.
    pub(crate) fn end(mut self) -> Option<()> {
        self.skip_space();
        self.rest.is_empty().then_some(())
    }

    /// Returns the text that has not been read.
    #[inline]
    pub(crate) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Skips a number of bytes, after a value that another parser has read.
    #[inline]
    pub(crate) fn advance(&mut self, bytes: usize) -> Option<()> {
        self.rest = self.rest.get(bytes..)?;
        Some(())
    }

    /// Returns the first byte of the next value.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        self.skip_space();
        self.rest.as_bytes().first().copied()
    }

    /// Reads an object. `member` is called with each name and must read the value.
    #[inline]
    pub(crate) fn object(&mut self, mut member: impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        self.members(|json, name| member(json, &name))
    }

    /// Reads an object like [`object`](Self::object), with names that borrow from the text.
    #[inline]
    pub(crate) fn members(&mut self, mut member: impl FnMut(&mut Self, Cow<'a, str>) -> Option<()>) -> Option<()> {
        self.enter(b'{')?;
        let mut is_first = true;
        while self.goes_on(b'}', is_first)? {
            is_first = false;
            let name = self.string()?;
            self.enter(b':')?;
            member(self, name)?;
        }
        Some(())
    }

    /// Reads a list. `element` must read each value.
    pub(crate) fn list(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.enter(b'[')?;
        let mut is_first = true;
        while self.goes_on(b']', is_first)? {
            is_first = false;
            element(self)?;
        }
        Some(())
    }

    /// Reads a string. Half of a surrogate pair is read as U+FFFD.
    #[inline]
    pub(crate) fn string(&mut self) -> Option<Cow<'a, str>> {
        self.skip_space();
        if let Some((text, rest)) = unescaped(self.rest) {
            self.rest = rest;
            return Some(Cow::Borrowed(text));
        }
        let (text, rest) = escaped(self.rest).or_else(|| escaped_with_halves(self.rest))?;
        self.rest = rest;
        Some(text)
    }

    /// Reads a string into a `String`.
    pub(crate) fn text(&mut self) -> Option<String> {
        self.string().map(Cow::into_owned)
    }

    /// Reads a number without a sign, point or exponent.
    pub(crate) fn count(&mut self) -> Option<u64> {
        self.skip_space();
        let bytes = self.rest.as_bytes();
        let length = bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
        let is_whole =
            !matches!(bytes.get(length), Some(b'.' | b'e' | b'E')) && (length == 1 || !bytes.starts_with(b"0"));
        let count = self.rest[..length].parse().ok().filter(|_| is_whole)?;
        self.rest = &self.rest[length..];
        Some(count)
    }

    /// Reads `null`. Returns `false`, and reads nothing, for any other value.
    pub(crate) fn null(&mut self) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix("null");
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads a value of any kind and returns its text.
    pub(crate) fn value(&mut self) -> Option<&'a str> {
        self.skip_space();
        let (value, rest) = self.rest.split_at_checked(end_of_value(self.rest.as_bytes())?)?;
        self.rest = rest;
        Some(value)
    }

    /// Reads an expected byte.
    #[inline]
    fn enter(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        let is_here = self.rest.as_bytes().first() == Some(&byte);
        self.rest = self.rest.get(1..).filter(|_| is_here)?;
        Some(())
    }

    /// Reads the separator or the end of an object or list. Returns `true` if another member or element follows.
    #[inline]
    fn goes_on(&mut self, end: u8, is_first: bool) -> Option<bool> {
        if self.enter(end).is_some() {
            return Some(false);
        }
        if !is_first {
            self.enter(b',')?;
        }
        Some(true)
    }

    #[inline]
    fn skip_space(&mut self) {
        // There is nearly always no white space.
        if self.rest.as_bytes().first().is_some_and(|byte| *byte <= b' ') {
            self.rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
        }
    }
}

/// Reads a whole text. Returns `None` if more text follows the value.
pub(crate) fn whole<'a, T>(json: &'a str, read: impl FnOnce(&mut JsonCursor<'a>) -> Option<T>) -> Option<T> {
    let mut json = JsonCursor::of(json);
    let value = read(&mut json)?;
    json.end().map(|()| value)
}

/// Returns the end of the value at the beginning.
fn end_of_value(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        match bytes.get(at)? {
            b'"' => at = end_of_string(bytes, at + 1)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => {
                // A number, `true`, `false` or `null`.
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

/// Returns the position of the quote that ends a string. `at` is a position inside the string.
pub(super) fn end_of_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = special(bytes, at);
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            // A control character, which the parser of the string rejects.
            _ => at += 1,
        }
    }
}

/// Returns the content of the JSON string at the beginning, and the text after it.
#[inline]
pub(crate) fn string_and_rest(json: &str) -> Option<(String, &str)> {
    if let Some((text, rest)) = unescaped(json) {
        return Some((text.to_owned(), rest));
    }
    let (text, rest) = escaped(json)?;
    Some((text.into_owned(), rest))
}

/// Reads a string without escapes.
#[inline]
fn unescaped(json: &str) -> Option<(&str, &str)> {
    let text = json.strip_prefix('"')?;
    let end = special(text.as_bytes(), 0);
    // JSON strings cannot contain control characters.
    (text.as_bytes().get(end) == Some(&b'"')).then(|| (&text[..end], &text[end + 1..]))
}

/// Reads a string with escapes.
#[inline(never)]
fn escaped(json: &str) -> Option<(Cow<'_, str>, &str)> {
    let (string, rest) = string(json)?;
    Some((Cow::Owned(serde_json::from_str(string).ok()?), rest))
}

/// Reads a string with halves of surrogate pairs, which become U+FFFD.
#[cold]
fn escaped_with_halves(json: &str) -> Option<(Cow<'_, str>, &str)> {
    let (string, rest) = string(json)?;
    Some((Cow::Owned(serde_json::from_str(&mended(string)?).ok()?), rest))
}

/// Splits the text after the string at its beginning. The string keeps its quotes.
fn string(json: &str) -> Option<(&str, &str)> {
    let text = json.strip_prefix('"')?;
    // The quotes are ASCII, so this is a character boundary.
    Some(json.split_at(end_of_string(text.as_bytes(), 0)? + 2))
}

/// Returns the position of the next quote, backslash or control character at or after `from`, or the length if there is
/// none.
fn special(bytes: &[u8], from: usize) -> usize {
    const EACH: u64 = u64::MAX / 255;
    // Eight bytes at a time, as in https://graphics.stanford.edu/~seander/bithacks.html (HasLess, HasZero): the lowest
    // bit that is set belongs to the first such byte.
    let less_than = |word: u64, than: u8| word.wrapping_sub(EACH * u64::from(than)) & !word;
    let is = |word: u64, byte: u8| less_than(word ^ (EACH * u64::from(byte)), 1);
    let mut at = from.min(bytes.len());
    while let Some(eight) = bytes[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*eight);
        let found = (less_than(word, b' ') | is(word, b'"') | is(word, b'\\')) & (EACH << 7);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '));
    rest.map_or(bytes.len(), |place| at + place)
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

    fn read(json: &str) -> Option<Value> {
        let mut json = JsonCursor::of(json);
        let value = read_one(&mut json)?;
        json.end().map(|()| value)
    }

    fn read_one(json: &mut JsonCursor<'_>) -> Option<Value> {
        let start = *json;
        json.skip_space();
        match json.rest.as_bytes().first()? {
            b'[' => {
                let mut values = Vec::new();
                json.list(|json| read_one(json).map(|value| values.push(value)))?;
                Some(values.into())
            }
            b'{' => {
                let mut members = Map::new();
                json.object(|json, name| read_one(json).map(|value| drop(members.insert(name.to_owned(), value))))?;
                Some(members.into())
            }
            b'"' => json.string().map(Value::from),
            _ if json.null() => Some(Value::Null),
            _ => json.count().map(Value::from).or_else(|| {
                *json = start;
                serde_json::from_str(json.value()?).ok()
            }),
        }
    }

    proptest! {
        #[test]
        fn all_json_is_read(value in value(), pretty in any::<bool>()) {
            let json = if pretty { format!("{value:#}") } else { value.to_string() };
            prop_assert_eq!(read(&json), Some(value));
        }

        /// Damaged JSON is read only if it is still valid, and then as `serde_json` reads it.
        #[test]
        fn nothing_else_is_read(value in value(), at in any::<prop::sample::Index>(), with in "[\\x00-\\x7f]{0,3}", cut in 0..4_usize) {
            let mut bytes = value.to_string().into_bytes();
            let at = at.index(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with.into_bytes());
            let Ok(json) = String::from_utf8(bytes) else { return Ok(()) };
            if let Some(read) = read(&json) {
                let whole = mended(&json).unwrap_or_else(|| json.clone());
                prop_assert_eq!(serde_json::from_str::<Value>(&whole).ok(), Some(read), "{}", json);
            }
        }
    }

    #[test]
    fn counts_follow_the_json_grammar() {
        for (value, expected) in [
            ("0", Some(0)),
            ("17 ", Some(17)),
            ("+1", None),
            ("-0", None),
            ("01", None),
            ("1.0", None),
            ("1e3", None),
            ("", None),
        ] {
            assert_eq!(JsonCursor::of(value).count(), expected, "{value}");
        }
        assert_eq!(JsonCursor::of("99999999999999999999").count(), None);
        assert_eq!(read("[ 1 , {\"a\\u0062\" : 2 } ]"), Some(json!([1, {"ab": 2}])));
    }

    #[test]
    fn the_first_special_byte_is_found() {
        for length in 0..20 {
            for byte in 0..=255 {
                let mut bytes = vec![b'x'; length];
                bytes.extend([byte, b'"']);
                let is_special = byte < b' ' || byte == b'"' || byte == b'\\';
                assert_eq!(special(&bytes, 0), length + usize::from(!is_special), "{bytes:?}");
            }
        }
    }
}
