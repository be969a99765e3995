//! [`Scanner`]: a walk over JSON text, and [`path_at`]: which value stands at a place of it.

use std::borrow::Cow;
use std::fmt::Write;

/// Walks over JSON text that is known to be valid; on any other text it gets lost but never panics.
///
/// serde hides where in the text a value stands. Two things need to know: reading arguments one by one, each by its
/// own type, and telling the model which value was wrong. What the first needs is `#[inline]`: it is compiled in the
/// crate of the tool, with the types of its arguments.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    #[inline]
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What is left of the text.
    #[inline]
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes on behind a value of this length.
    #[inline]
    pub(super) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Steps into the object or array that begins with `open`, if one stands here.
    #[inline]
    pub(super) fn enter(&mut self, open: u8) -> bool {
        self.skip_whitespace();
        let entered = self.peek() == Some(open);
        self.at += usize::from(entered);
        entered
    }

    /// The key of the next member of the object, with its value up next; `None` at the object's end.
    #[inline]
    pub(super) fn next_key(&mut self) -> Option<Cow<'a, str>> {
        self.skip_separators();
        if self.peek() != Some(b'"') {
            return None;
        }
        let key = self.string();
        self.skip_separators();
        Some(key)
    }

    /// Whether another element of the array is up next.
    fn next_element(&mut self) -> bool {
        self.skip_separators();
        !matches!(self.peek(), None | Some(b']'))
    }

    /// Skips the value that is up next.
    pub(super) fn skip_value(&mut self) {
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

/// The path to the innermost value that reaches over `offset`, from the value that begins `text`: `[1].x`.
///
/// No two neighbours meet in one offset, for something stands between them, so an offset at either edge of a value
/// belongs to it.
pub(super) fn path_at(text: &str, offset: usize) -> String {
    let mut path = String::new();
    let mut scanner = Scanner::new(text);
    loop {
        let found = if scanner.enter(b'{') {
            member_at(&mut scanner, offset, &mut path)
        } else if scanner.enter(b'[') {
            element_at(&mut scanner, offset, &mut path)
        } else {
            false
        };
        if !found {
            return path;
        }
    }
}

fn member_at(scanner: &mut Scanner<'_>, offset: usize, path: &mut String) -> bool {
    while let Some(key) = scanner.next_key() {
        if scanner.is_over(offset) {
            push_key(path, &key);
            return true;
        }
        scanner.skip_value();
    }
    false
}

fn element_at(scanner: &mut Scanner<'_>, offset: usize, path: &mut String) -> bool {
    let mut index = 0_usize;
    while scanner.next_element() {
        if scanner.is_over(offset) {
            let _ = write!(path, "[{index}]");
            return true;
        }
        scanner.skip_value();
        index += 1;
    }
    false
}

impl Scanner<'_> {
    /// Whether the value that is up next reaches over `offset`.
    fn is_over(&self, offset: usize) -> bool {
        let mut end = Scanner { text: self.text, at: self.at };
        end.skip_value();
        (self.at..=end.at).contains(&offset)
    }
}

/// Goes on to the member of this name: `.x`, or `["a b"]` where the name is no word.
pub(super) fn push_key(path: &mut String, key: &str) {
    if is_plain(key) {
        path.push('.');
        path.push_str(key);
    } else {
        // `{:?}` of a string is near enough to JSON for a reader.
        let _ = write!(path, "[{key:?}]");
    }
}

/// Whether a key can stand behind a dot.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path to the place that `^` marks in a second line.
    fn path(marked: &str) -> String {
        let (text, below) = marked.split_once('\n').expect("two lines");
        path_at(text, below.find('^').expect("a marker"))
    }

    #[test]
    fn the_innermost_value_wins() {
        assert_eq!(path("{\"a\": [1, {\"x\": 7}]}\n                ^"), ".a[1].x");
        assert_eq!(path("{\"a\": [1, {\"x\": 7}]}\n                 ^"), ".a[1].x");
        assert_eq!(path("{\"a\": [1, {\"x\": 7}]}\n                  ^"), ".a[1]");
        assert_eq!(path("{\"a\": [1, {\"x\": 7}]}\n        ^"), ".a[0]");
        assert_eq!(path("{\"a\": [1, {\"x\": 7}]}\n                    ^"), "");
        assert_eq!(path("{\"a\": [[], {}]}\n       ^"), ".a[0]");
    }

    #[test]
    fn a_value_ends_where_its_text_does() {
        assert_eq!(path("[\"],\", true , null]\n         ^"), "[1]");
        assert_eq!(path("[\"\\\"\", 1]\n       ^"), "[1]");
        assert_eq!(path("7, 8\n^"), "");
    }

    #[test]
    fn a_key_that_is_no_word_is_quoted() {
        assert_eq!(path("{\"a b\": {\"\\u0061\": 1}}\n                   ^"), "[\"a b\"].a");
    }

    #[test]
    fn text_that_is_no_json_is_survived() {
        for text in ["", "{", "{\"", "{\"a", "{\"a\\", "[1", "]", "{]}", "\"é\\", "{\"a\":,}", "[,,]", "::"] {
            for offset in 0..=text.len() {
                path_at(text, offset);
            }
        }
    }
}
