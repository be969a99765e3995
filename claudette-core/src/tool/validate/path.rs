//! [`Scanner`]: a walk over JSON text.

use std::borrow::Cow;
use std::fmt::Write;

/// Walks over JSON text that is known to be valid; on any other text it gets lost but never panics.
///
/// serde hides where in the text a value is. Reading arguments one by one, each by its own type, needs to know. It is
/// `#[inline]`: it is compiled in the crate of the tool, with the types of its arguments.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    #[inline]
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What is left of the text.
    #[inline]
    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes on behind a value of this length.
    #[inline]
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Whether a value of an object has ended here.
    #[inline]
    pub(crate) fn is_past_value(&mut self) -> bool {
        self.skip_whitespace();
        matches!(self.peek(), Some(b',' | b'}'))
    }

    /// Steps into the object or array that begins with `open`, if one stands here.
    #[inline]
    pub(crate) fn enter(&mut self, open: u8) -> bool {
        self.skip_whitespace();
        let entered = self.peek() == Some(open);
        self.at += usize::from(entered);
        entered
    }

    /// The key of the next member of the object, with its value up next; `None` at the object's end.
    #[inline]
    pub(crate) fn next_key(&mut self) -> Option<Cow<'a, str>> {
        self.skip_separators();
        if self.peek() != Some(b'"') {
            return None;
        }
        let key = self.string();
        self.skip_separators();
        Some(key)
    }

    /// Skips the value that is up next.
    pub(crate) fn skip_value(&mut self) {
        let mut depth = 0_usize;
        loop {
            self.skip_whitespace();
            match self.peek() {
                None => return,
                Some(b'"') => self.skip_string(),
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                Some(b',' | b':') => self.at += 1,
                Some(_) => self.skip_word(),
            }
            if depth == 0 {
                return;
            }
        }
    }

    #[inline]
    fn string(&mut self) -> Cow<'a, str> {
        let inside = self.text.get(self.at + 1..).unwrap_or_default();
        match inside.bytes().position(|byte| matches!(byte, b'"' | b'\\')) {
            Some(end) if inside.as_bytes()[end] == b'"' => {
                self.at += end + 2;
                Cow::Borrowed(&inside[..end])
            }
            _ => self.escaped_string(),
        }
    }

    #[cold]
    fn escaped_string(&mut self) -> Cow<'a, str> {
        let start = self.at;
        self.skip_string();
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        Cow::Owned(serde_json::from_str(quoted).unwrap_or_default())
    }

    fn skip_string(&mut self) {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'\\') => self.at += 2,
                Some(b'"') => break self.at += 1,
                Some(_) => self.at += 1,
                None => break,
            }
        }
    }

    /// Skips a number, `true`, `false` or `null`.
    fn skip_word(&mut self) {
        self.skip_while(|byte| !matches!(byte, b',' | b':' | b'}' | b']') && !byte.is_ascii_whitespace());
    }

    #[inline]
    fn skip_separators(&mut self) {
        self.skip_while(|byte| matches!(byte, b',' | b':') || byte.is_ascii_whitespace());
    }

    #[inline]
    fn skip_whitespace(&mut self) {
        self.skip_while(|byte| byte.is_ascii_whitespace());
    }

    #[inline]
    fn skip_while(&mut self, skip: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skip) {
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// Goes on to the member of this name: `.x`, or `["a b"]` where the name is no word.
pub(crate) fn push_key(path: &mut String, key: &str) {
    if is_plain(key) {
        path.push('.');
        path.push_str(key);
    } else {
        // `{:?}` of a string is near enough to JSON for a reader.
        let _ = write!(path, "[{key:?}]");
    }
}

/// Goes on to the element at this place: `[0]`.
pub(crate) fn push_index(path: &mut String, index: usize) {
    let _ = write!(path, "[{index}]");
}

/// Whether a key can stand behind a dot.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_its_text_does() {
        for (value, rest) in
            [("\"],\"", ",1"), ("{\"a\\\"\":[{}]}", "]"), ("-1e7", "}"), ("true", " "), ("[\"\\\\\"]", ",")]
        {
            let text = format!("{value}{rest}");
            let mut scanner = Scanner::new(&text);
            scanner.skip_value();
            assert_eq!(scanner.rest(), rest);
        }
    }

    #[test]
    fn a_key_that_is_no_word_is_quoted() {
        let mut path = String::new();
        push_key(&mut path, "a b");
        push_key(&mut path, "a");
        assert_eq!(path, "[\"a b\"].a");
    }

    #[test]
    fn text_that_is_no_json_is_survived() {
        for text in ["", "{", "{\"", "{\"a", "{\"a\\", "[1", "]", "{]}", "\"é\\", "{\"a\":,}", "[,,]", "::"] {
            let mut scanner = Scanner::new(text);
            scanner.enter(b'{');
            while scanner.next_key().is_some() {
                scanner.skip_value();
            }
            scanner.skip_value();
        }
    }
}
