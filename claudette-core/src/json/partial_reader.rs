//! [`Reader`]: reads pieces of JSON text into a value that grows, without IO.

use std::mem;

use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use super::escape::unescape;
use super::malformed::MalformedJson;

type Result<T> = std::result::Result<T, MalformedJson>;

/// The maximum depth of nested lists and objects, the same as in `serde_json`.
const DEPTH: usize = 127;

/// Reads JSON text into a value, in several steps.
///
/// The value is also the stack: the open values are the value itself, its last element, and so on. Each piece is read
/// by descending to the innermost open value, so closing a list or object is a return. An incomplete token is not
/// consumed, except for strings, which grow. The text of an error is not consumed either, so the next call finds the
/// same error.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reader {
    text: String,
    /// The number of bytes that were read into the value.
    at: usize,
    /// The number of bytes after `at` that belong to an incomplete number.
    searched: usize,
    /// The number of nested open values.
    open: usize,
    next: Next,
    /// The current key.
    key: String,
}

/// The expected syntax in the innermost open list or object, or in the text if there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Next {
    /// The first item or key of a list or object, or its end.
    First,
    /// An item or a key after a comma, or the outermost value.
    #[default]
    Item,
    /// The rest of a key.
    Key,
    Colon,
    /// The value of a member.
    Member,
    /// A comma or the end.
    Rest,
}

impl Reader {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.open == 0 && self.next == Next::Rest
    }

    /// Returns the number of nested values that may still change. Before the outermost value begins, this is one.
    pub(crate) fn unfinished(&self) -> usize {
        if self.is_complete() { 0 } else { self.open.max(1) }
    }

    /// Reads the next piece of the text into the value.
    pub(crate) fn push(&mut self, text: &str, value: &mut Value) -> Result<()> {
        self.text.push_str(text);
        if self.open > 0 {
            self.grow(value, self.open - 1)?;
        } else if self.next == Next::Item
            && let Some(begun) = self.begin()?
        {
            *value = begun;
            self.grow(value, 0)?;
        }
        if self.is_complete() && self.peek().is_some() {
            return Err(self.fail("unexpected text after the value"));
        }
        Ok(())
    }

    /// Ends the text.
    pub(crate) fn end(&mut self, value: &mut Value) -> Result<()> {
        // White space ends a number outside a list or object.
        self.push(if self.searched > 0 { " " } else { "" }, value)?;
        if self.is_complete() {
            return Ok(());
        }
        Err(MalformedJson { offset: self.text.len(), problem: "unexpected end of the text" })
    }

    /// Continues an open value that contains `inner` nested open values. Returns `true` if the value is now complete.
    fn grow(&mut self, value: &mut Value, inner: usize) -> Result<bool> {
        if inner > 0
            && let Some(last) = last_mut(value)
            && !self.grow(last, inner - 1)?
        {
            return Ok(false);
        }
        let finished = match value {
            Value::String(text) => self.string(text)?,
            Value::Array(list) => self.list(list)?,
            Value::Object(members) => self.object(members)?,
            Value::Null | Value::Bool(_) | Value::Number(_) => return Ok(true),
        };
        if finished {
            self.open -= 1;
            self.next = Next::Rest;
        }
        Ok(finished)
    }

    fn list(&mut self, list: &mut Vec<Value>) -> Result<bool> {
        while let Some(byte) = self.peek() {
            match (self.next, byte) {
                (Next::First | Next::Rest, b']') => {
                    self.at += 1;
                    return Ok(true);
                }
                (Next::Rest, b',') => self.step(Next::Item),
                (Next::Rest, _) => return Err(self.fail("expected `,` or `]`")),
                _ => {
                    let Some(item) = self.begin()? else { break };
                    list.push(item);
                    if let Some(item) = list.last_mut()
                        && !self.grow(item, 0)?
                    {
                        break;
                    }
                }
            }
        }
        Ok(false)
    }

    fn object(&mut self, members: &mut Map<String, Value>) -> Result<bool> {
        loop {
            // Before `peek`, which would skip white space inside the key.
            if self.next == Next::Key {
                let mut key = mem::take(&mut self.key);
                let read = self.string(&mut key);
                self.key = key;
                if !read? {
                    break;
                }
                self.next = Next::Colon;
            }
            let Some(byte) = self.peek() else { break };
            match (self.next, byte) {
                (Next::First | Next::Rest, b'}') => {
                    self.at += 1;
                    return Ok(true);
                }
                (Next::Rest, b',') => self.step(Next::Item),
                (Next::Rest, _) => return Err(self.fail("expected `,` or `}`")),
                (Next::First | Next::Item, b'"') => self.step(Next::Key),
                (Next::First | Next::Item, _) => return Err(self.fail("expected a key")),
                (Next::Colon, b':') => self.step(Next::Member),
                (Next::Colon, _) => return Err(self.fail("expected `:`")),
                _ => {
                    let Some(value) = self.begin()? else { break };
                    insert_last(members, mem::take(&mut self.key), value);
                    if let Some(value) = members.values_mut().next_back()
                        && !self.grow(value, 0)?
                    {
                        break;
                    }
                }
            }
        }
        Ok(false)
    }

    /// Begins a value: a string, list or object is still empty, any other value is complete. Returns `None` if the
    /// value is incomplete.
    fn begin(&mut self) -> Result<Option<Value>> {
        let Some(byte) = self.peek() else { return Ok(None) };
        let value = match byte {
            b'"' => Value::String(String::new()),
            b'[' | b'{' if self.open == DEPTH => return Err(self.fail("more than 127 nested lists and objects")),
            b'[' => Value::Array(Vec::new()),
            b'{' => Value::Object(Map::new()),
            b'-' | b'0'..=b'9' => return self.number(),
            _ => return self.word(),
        };
        self.open += 1;
        self.step(Next::First);
        Ok(Some(value))
    }

    fn number(&mut self) -> Result<Option<Value>> {
        let ends = |byte: &u8| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let Some(length) = self.text.as_bytes()[self.at + self.searched..].iter().position(ends) else {
            self.searched = self.text.len() - self.at;
            return Ok(None);
        };
        let end = self.at + self.searched + length;
        let number: Number = serde_json::from_str(&self.text[self.at..end])
            .map_err(|_| self.fail("invalid number, or number out of range"))?;
        self.at = end;
        self.searched = 0;
        self.next = Next::Rest;
        Ok(Some(Value::Number(number)))
    }

    fn word(&mut self) -> Result<Option<Value>> {
        let rest = &self.text[self.at..];
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if rest.starts_with(word) {
                self.at += word.len();
                self.next = Next::Rest;
                return Ok(Some(value));
            }
            if word.starts_with(rest) {
                return Ok(None);
            }
        }
        Err(self.fail("expected a value"))
    }

    /// Continues a string. Returns `true` if it is now complete.
    fn string(&mut self, string: &mut String) -> Result<bool> {
        loop {
            let rest = &self.text[self.at..];
            let length = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')).unwrap_or(rest.len());
            string.push_str(&rest[..length]);
            self.at += length;
            match rest.as_bytes()[length..] {
                [] => return Ok(false),
                [b'"', ..] => {
                    self.at += 1;
                    return Ok(true);
                }
                [b'\\', ref escape @ ..] => {
                    let Some((char, length)) = unescape(escape).map_err(|problem| self.fail(problem))? else {
                        return Ok(false);
                    };
                    string.push(char);
                    self.at += 1 + length;
                }
                _ => return Err(self.fail("control character in a string")),
            }
        }
    }

    /// Skips white space and returns the next byte.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let space = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).unwrap_or(rest.len());
        self.at += space;
        rest.get(space).copied()
    }

    /// Consumes one byte.
    fn step(&mut self, next: Next) {
        self.at += 1;
        self.next = next;
    }

    fn fail(&self, problem: &'static str) -> MalformedJson {
        MalformedJson { offset: self.at, problem }
    }
}

/// Returns the last element of a list or object.
pub(crate) fn last(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(list) => list.last(),
        Value::Object(members) => members.values().next_back(),
        _ => None,
    }
}

fn last_mut(value: &mut Value) -> Option<&mut Value> {
    match value {
        Value::Array(list) => list.last_mut(),
        Value::Object(members) => members.values_mut().next_back(),
        _ => None,
    }
}

/// Adds a member after all others, because the open member must be the last one.
fn insert_last(members: &mut Map<String, Value>, key: String, value: Value) {
    let key = match members.entry(key) {
        Entry::Vacant(entry) => {
            entry.insert(value);
            return;
        }
        // Swapping avoids a quadratic cost for a text of equal keys.
        Entry::Occupied(entry) => entry.swap_remove_entry().0,
    };
    members.insert(key, value);
}
