//! [`Decoder`]: splits bytes into server-sent events. No IO.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2};

/// The fields of an event that the Messages API uses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// The name; empty if the event does not have one.
    pub(crate) event: Cow<'a, str>,
    /// The data; never empty.
    pub(crate) data: Cow<'a, str>,
    /// `true` if the data is not UTF-8. U+FFFD replaces the bytes that could not be read.
    pub(crate) is_lossy: bool,
}

/// Splits a byte stream into events
/// ([HTML Standard, server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html)).
///
/// The bytes may be split anywhere, even inside `\r\n` or a character. An event is decoded in the buffer without a
/// copy, unless its data has several lines. Events without data, comments, `id:` and `retry:` are ignored. Each byte is
/// examined once, regardless of how the stream is split.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    buffer: Vec<u8>,
    /// The start of the next unread line.
    line: usize,
    /// The position up to which that line was searched for its end.
    searched: usize,
    /// `true` if the last line ended in `\r`, so that a `\n` that follows belongs to it.
    after_cr: bool,
    begun: bool,
    event: Option<Range<usize>>,
    /// The data of the event, if it has one line so far.
    data: Option<Range<usize>>,
    /// The joined data of the event, if it has several lines so far.
    lines: Vec<u8>,
    /// `true` if `lines` belong to the event that was returned last.
    is_returned: bool,
}

/// The name of nearly every event, which is not decoded.
const USUAL: &str = "content_block_delta";

impl Decoder {
    /// Adds the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.drop_read();
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next complete event, if there is one.
    pub(crate) fn next(&mut self) -> Option<Frame<'_>> {
        if std::mem::take(&mut self.is_returned) {
            self.lines = Vec::new();
        }
        if let Some((event, data)) = self.usual() {
            return Some(frame(&self.buffer[event], &self.buffer[data]));
        }
        loop {
            let line = self.next_line()?;
            if !line.is_empty() {
                self.read_field(line);
                continue;
            }
            let event = self.event.take().unwrap_or_default();
            if !self.lines.is_empty() {
                self.is_returned = true;
                return Some(frame(&self.buffer[event], &self.lines));
            }
            if let Some(data) = self.data.take().filter(|data| !data.is_empty()) {
                return Some(frame(&self.buffer[event], &self.buffer[data]));
            }
        }
    }

    /// Returns the next event, if it is complete and in the form that the API uses: a line with the type, a line with
    /// the data, and an empty line, each ended by `\n`. Otherwise the state does not change.
    fn usual(&mut self) -> Option<(Range<usize>, Range<usize>)> {
        // A line that was already searched would be searched again from its start.
        let is_new = self.begun && !self.after_cr && self.searched <= self.line;
        if !is_new || self.event.is_some() || self.data.is_some() || !self.lines.is_empty() {
            return None;
        }
        let line = |from: usize, field: &[u8]| {
            let start = from + field.len();
            let rest = self.buffer.get(from..)?.strip_prefix(field)?;
            Some(start..start + memchr2(b'\n', b'\r', rest)?)
        };
        let event = line(self.line, b"event: ")?;
        let data = line(event.end + 1, b"data: ").filter(|data| !data.is_empty())?;
        let ends = |at: usize| self.buffer.get(at) == Some(&b'\n');
        (ends(event.end) && ends(data.end) && ends(data.end + 1)).then_some(())?;
        self.line = data.end + 2;
        self.searched = self.line;
        Some((event, data))
    }

    /// Returns the number of bytes that are kept for incomplete events.
    pub(crate) fn pending(&self) -> usize {
        self.buffer.len() - self.oldest() + self.lines.len()
    }

    fn next_line(&mut self) -> Option<Range<usize>> {
        if !self.begun {
            const BOM: &[u8] = b"\xEF\xBB\xBF";
            let head = &self.buffer[..self.buffer.len().min(BOM.len())];
            if head.len() < BOM.len() && BOM.starts_with(head) {
                return None;
            }
            self.begun = true;
            if head == BOM {
                self.line = BOM.len();
            }
        }
        if self.after_cr && self.line < self.buffer.len() {
            self.after_cr = false;
            if self.buffer[self.line] == b'\n' {
                self.line += 1;
            }
        }
        let from = self.searched.max(self.line);
        let Some(found) = memchr2(b'\n', b'\r', &self.buffer[from..]) else {
            self.searched = self.buffer.len();
            return None;
        };
        let end = from + found;
        self.after_cr = self.buffer[end] == b'\r';
        let line = self.line..end;
        self.line = end + 1;
        self.searched = self.line;
        Some(line)
    }

    fn read_field(&mut self, line: Range<usize>) {
        let text = &self.buffer[line.clone()];
        // A line that begins with a colon is a comment. Its field name is empty.
        let colon = memchr(b':', text).unwrap_or(text.len());
        let space = usize::from(text.get(colon + 1) == Some(&b' '));
        let value = (line.start + colon + 1 + space).min(line.end)..line.end;
        match &text[..colon] {
            b"event" => self.event = Some(value),
            b"data" => self.add_data(value),
            _ => {}
        }
    }

    fn add_data(&mut self, line: Range<usize>) {
        if let Some(first) = self.data.take() {
            self.lines.extend_from_slice(&self.buffer[first]);
        } else if self.lines.is_empty() {
            self.data = Some(line);
            return;
        }
        self.lines.push(b'\n');
        self.lines.extend_from_slice(&self.buffer[line]);
    }

    /// Returns the position of the first byte that is still needed.
    fn oldest(&self) -> usize {
        let fields = self.event.iter().chain(&self.data);
        fields.map(|field| field.start).min().unwrap_or(self.line).min(self.line)
    }

    /// Removes the bytes of events that were returned.
    fn drop_read(&mut self) {
        let read = self.oldest();
        if read == 0 {
            return;
        }
        self.buffer.drain(..read);
        self.line -= read;
        self.searched = self.searched.saturating_sub(read);
        for field in self.event.iter_mut().chain(&mut self.data) {
            *field = field.start - read..field.end - read;
        }
    }
}

fn frame<'a>(event: &'a [u8], data: &'a [u8]) -> Frame<'a> {
    let event = if event == USUAL.as_bytes() { Cow::Borrowed(USUAL) } else { String::from_utf8_lossy(event) };
    // `from_utf8` is faster, and text that is not UTF-8 is rare.
    match str::from_utf8(data) {
        Ok(data) => Frame { event, data: Cow::Borrowed(data), is_lossy: false },
        Err(_) => Frame { event, data: String::from_utf8_lossy(data), is_lossy: true },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<(String, String)> {
        let mut decoder = Decoder::default();
        let mut events = Vec::new();
        for chunk in chunks {
            decoder.push(chunk.as_ref());
            while let Some(frame) = decoder.next() {
                events.push((frame.event.into_owned(), frame.data.into_owned()));
            }
        }
        events
    }

    fn event(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn every_line_ending_in_every_chunking() {
        let events = [event("a", "1"), event("b", "é\u{2028}\n2\n"), event("", "{}")];
        for end in ["\n", "\r\n", "\r"] {
            let stream =
                "event: a\ndata: 1\n\n: comment\nevent:b\nid: 7\ndata: é\u{2028}\ndata:2\ndata\n\nevent: c\ndata\n\ndata:{}\n\n"
                    .replace('\n', end);
            for size in 1..=stream.len() {
                assert_eq!(decode(stream.as_bytes().chunks(size)), events, "{end:?} in chunks of {size}");
            }
        }
    }

    #[test]
    fn an_event_without_data_is_not_dispatched() {
        let stream = "\u{feff}event: named\n\ndata: nameless\n\nevent: empty\ndata:\n\nevent: empty\ndata: \n\nid: 1\nretry: 5\n\n\
            event: a\nevent: b\ndata: 1\n\nevent: two\ndata:\ndata:\n\nevent: cut\ndata: 2\n";
        let expected = [event("", "nameless"), event("b", "1"), event("two", "\n")];
        assert_eq!(decode([stream]), expected);
        for size in 1..=stream.len() {
            assert_eq!(decode(stream.as_bytes().chunks(size)), expected, "in chunks of {size}");
        }
    }

    #[test]
    fn invalid_utf8_is_reported() {
        let mut decoder = Decoder::default();
        decoder.push(b"data: a\xffb\n\ndata: c\n\n");
        let frame = decoder.next().unwrap();
        assert_eq!((&*frame.data, frame.is_lossy), ("a\u{fffd}b", true));
        assert!(!decoder.next().unwrap().is_lossy);
    }

    /// The lines of an event are neither moved nor examined again when more bytes arrive.
    #[test]
    fn many_lines_take_only_the_memory_of_their_text() {
        let mut decoder = Decoder::default();
        for _ in 0..10_000 {
            decoder.push(b"data: 1\n");
            assert!(decoder.next().is_none());
            assert!(decoder.data.is_none() || decoder.lines.is_empty());
        }
        assert_eq!(decoder.pending(), 2 * 10_000 - 1);
        assert!(decoder.buffer.capacity() < 200);
        decoder.push(b"\n");
        assert_eq!(decoder.next().unwrap().data.len(), 2 * 10_000 - 1);
        assert!(decoder.next().is_none() && decoder.pending() == 0);
    }

    #[test]
    fn returned_bytes_are_removed() {
        let mut decoder = Decoder::default();
        for _ in 0..1_000 {
            decoder.push(b"event: a\ndata: 1\n\n");
            while decoder.next().is_some() {}
        }
        assert!(decoder.buffer.capacity() < 200);
    }
}
