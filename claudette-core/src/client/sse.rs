//! [`Decoder`]: bytes as they arrive → server-sent events. No IO.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2};

/// One event: the fields the Messages API uses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) event: Cow<'a, str>,
    pub(crate) data: Cow<'a, str>,
}

/// Splits a byte stream into events
/// ([HTML Standard, server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html)).
///
/// Bytes may be cut anywhere, inside `\r\n` and inside a character too. An event is decoded where it lies: nothing is
/// copied unless its data has several lines. Events without a name or without data are passed over.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    buffer: Vec<u8>,
    /// Where the next unread line begins.
    line: usize,
    /// Up to where that line was searched for its end.
    searched: usize,
    /// The last line ended in `\r`: a `\n` that follows belongs to it.
    after_cr: bool,
    begun: bool,
    event: Option<Range<usize>>,
    data: Vec<Range<usize>>,
}

/// What nearly every event is: its name need not be looked at.
const USUAL: &str = "content_block_delta";

impl Decoder {
    /// Takes in the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.drop_read();
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete event, if there is one.
    pub(crate) fn next(&mut self) -> Option<Frame<'_>> {
        if let Some((event, data)) = self.usual() {
            return Some(Frame { event: self.text(event), data: self.text(data) });
        }
        loop {
            let line = self.next_line()?;
            if !line.is_empty() {
                self.read_field(line);
                continue;
            }
            // Nearly all data is one line: the list is kept, and nothing allocated for it.
            let more: Vec<_> = self.data.drain(self.data.len().min(1)..).collect();
            if let (Some(event), Some(data)) = (self.event.take(), self.data.pop()) {
                return Some(Frame { event: self.text(event), data: self.join(data, &more) });
            }
        }
    }

    /// The next event, if it is all there and written the way the API writes it: a line of its type, a line of its data, and
    /// an empty one, each ended by `\n`. Nothing is kept in mind of one that is not.
    fn usual(&mut self) -> Option<(Range<usize>, Range<usize>)> {
        let begins = self.begun && !self.after_cr && self.event.is_none() && self.data.is_empty();
        let line = |from: usize, field: &[u8]| {
            let start = from + field.len();
            let rest = self.buffer.get(from..)?.strip_prefix(field)?;
            Some(start..start + memchr2(b'\n', b'\r', rest)?)
        };
        let event = line(self.line, b"event: ").filter(|_| begins)?;
        let data = line(event.end + 1, b"data: ")?;
        let ends = |at: usize| self.buffer.get(at) == Some(&b'\n');
        (ends(event.end) && ends(data.end) && ends(data.end + 1)).then_some(())?;
        self.line = data.end + 2;
        self.searched = self.line;
        Some((event, data))
    }

    /// How many bytes are held for events that are not complete.
    pub(crate) fn pending(&self) -> usize {
        self.buffer.len() - self.oldest()
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
        // A line that begins with a colon is a comment: its field has no name.
        let colon = memchr(b':', text).unwrap_or(text.len());
        let space = usize::from(text.get(colon + 1) == Some(&b' '));
        let value = (line.start + colon + 1 + space).min(line.end)..line.end;
        match &text[..colon] {
            b"event" => self.event = Some(value),
            b"data" => self.data.push(value),
            _ => {}
        }
    }

    fn text(&self, range: Range<usize>) -> Cow<'_, str> {
        let bytes = &self.buffer[range];
        if bytes == USUAL.as_bytes() {
            return Cow::Borrowed(USUAL);
        }
        // Text that is no UTF-8 is rare, and to look for it byte by byte is slow.
        str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
    }

    fn join(&self, first: Range<usize>, more: &[Range<usize>]) -> Cow<'_, str> {
        more.iter().fold(self.text(first), |text, line| text + "\n" + self.text(line.clone()))
    }

    /// The first byte that an event still refers to.
    fn oldest(&self) -> usize {
        let fields = self.event.iter().chain(&self.data);
        fields.map(|field| field.start).min().unwrap_or(self.line).min(self.line)
    }

    /// Forgets the bytes of events that were given out.
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
        let events = [event("a", "1"), event("b", "é\u{2028}\n2"), event("c", "")];
        for end in ["\n", "\r\n", "\r"] {
            let stream =
                "event: a\ndata: 1\n\n: comment\nevent:b\nid: 7\ndata: é\u{2028}\ndata:2\n\nevent: c\ndata\n\n"
                    .replace('\n', end);
            for size in 1..=stream.len() {
                assert_eq!(decode(stream.as_bytes().chunks(size)), events, "{end:?} in chunks of {size}");
            }
        }
    }

    #[test]
    fn what_is_no_event_is_passed_over() {
        let stream = "\u{feff}event: named\n\ndata: nameless\n\nevent: a\ndata: 1\n\nevent: cut\ndata: 2\n";
        assert_eq!(decode([stream]), [event("a", "1")]);
    }

    #[test]
    fn read_bytes_are_forgotten() {
        let mut decoder = Decoder::default();
        for _ in 0..1_000 {
            decoder.push(b"event: a\ndata: 1\n\n");
            while decoder.next().is_some() {}
        }
        assert!(decoder.buffer.capacity() < 200);
    }
}
