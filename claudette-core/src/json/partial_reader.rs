//! [`Reader`]: pieces of JSON text → a value that grows. No IO.

use std::mem;

use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use super::escape::unescape;
use super::malformed::MalformedJson;

type Result<T> = std::result::Result<T, MalformedJson>;

/// As many lists and objects within each other as `serde_json` reads.
const DEPTH: usize = 127;

/// Reads JSON text into a value, and goes on where it stopped.
///
/// The value is the stack: what is open is the value itself, the last of what is in it, and so on. A piece is read by
/// descending there, so that closing a container is a return. A token that is cut stays unread, but for strings, which
/// grow. What an error is about stays unread too; whoever goes on meets it again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reader {
    text: String,
    /// Up to where the text is in the value.
    at: usize,
    /// How much of the number that begins there was searched for its end.
    searched: usize,
    /// How many values are open, within each other.
    open: usize,
    next: Next,
    /// The key that is being read, or whose value is.
    key: String,
}

/// What comes next in the innermost list or object, or, where none is open, in the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Next {
    /// What a list or object begins with, or its end.
    First,
    /// An item or a key, after a comma; or the value itself, which has none before it.
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

    /// How many values may still change, within each other; before the outermost begins, it is the one.
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
            return Err(self.fail("more follows the value"));
        }
        Ok(())
    }

    /// Reads the value to its end: no text follows.
    pub(crate) fn end(&mut self, value: &mut Value) -> Result<()> {
        // White space ends a number that stands alone.
        self.push(if self.searched > 0 { " " } else { "" }, value)?;
        if self.is_complete() {
            return Ok(());
        }
        Err(MalformedJson { offset: self.text.len(), problem: "the text ends early" })
    }

    /// Reads on in an open value which has so many open ones inside; whether it is finished now. One that came as a whole
    /// is.
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
                (Next::Rest, _) => return Err(self.fail("`,` or `]` is expected")),
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
            // First, for white space is a part of a key.
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
                (Next::Rest, _) => return Err(self.fail("`,` or `}` is expected")),
                (Next::First | Next::Item, b'"') => self.step(Next::Key),
                (Next::First | Next::Item, _) => return Err(self.fail("a key is expected")),
                (Next::Colon, b':') => self.step(Next::Member),
                (Next::Colon, _) => return Err(self.fail("`:` is expected")),
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

    /// The value that begins here: a string, list or object as yet empty, anything else whole; none if it is cut.
    fn begin(&mut self) -> Result<Option<Value>> {
        let Some(byte) = self.peek() else { return Ok(None) };
        let value = match byte {
            b'"' => Value::String(String::new()),
            b'[' | b'{' if self.open == DEPTH => return Err(self.fail("more than 127 lists and objects are nested")),
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
            .map_err(|_| self.fail("this is no number, or one out of range"))?;
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
        Err(self.fail("a value is expected"))
    }

    /// Reads on in a string; whether it is finished now.
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
                _ => return Err(self.fail("a control character stands in a string")),
            }
        }
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let space = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).unwrap_or(rest.len());
        self.at += space;
        rest.get(space).copied()
    }

    /// Steps over a byte.
    fn step(&mut self, next: Next) {
        self.at += 1;
        self.next = next;
    }

    fn fail(&self, problem: &'static str) -> MalformedJson {
        MalformedJson { offset: self.at, problem }
    }
}

/// The last of what is in a list or object.
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

/// Adds a member behind all others, for that is where an open one is looked for.
fn insert_last(members: &mut Map<String, Value>, key: String, value: Value) {
    let key = match members.entry(key) {
        Entry::Vacant(entry) => {
            entry.insert(value);
            return;
        }
        // By swapping: shifting all others would make a text of equal keys quadratic.
        Entry::Occupied(entry) => entry.swap_remove_entry().0,
    };
    members.insert(key, value);
}
