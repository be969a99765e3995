//! [`InlineStream`]: the text of a line, with its emphasis, while it arrives.

use super::marks::{Search, close_address, close_code, close_emphasis, close_link, opens, run};
use crate::render::look::{Look, Span};

/// The maximum number of bytes that wait for a closing mark. After that, the opening mark is text.
pub(super) const MAX_HELD: usize = 400;

/// The maximum depth of emphasis inside emphasis.
const MAX_DEPTH: usize = 8;

/// The text of one line, which arrives in pieces.
#[derive(Clone, Debug)]
pub(super) struct InlineStream {
    held: String,
    before: Option<char>,
    look: Look,
    is_plain: bool,
}

impl InlineStream {
    /// Creates the stream of a line whose text has a look. In a plain line, all marks are text.
    pub(super) fn new(look: Look, is_plain: bool) -> Self {
        Self { held: String::new(), before: None, look, is_plain }
    }

    /// Returns the spans that are known after the next piece.
    pub(super) fn push(&mut self, piece: &str) -> Vec<Span> {
        self.held.push_str(piece);
        self.take(false)
    }

    /// Returns the rest of the line.
    pub(super) fn finish(mut self) -> Vec<Span> {
        self.take(true)
    }

    fn take(&mut self, is_complete: bool) -> Vec<Span> {
        if self.is_plain {
            return vec![Span::new(std::mem::take(&mut self.held), self.look)];
        }
        let mut scanner = Scanner { text: &self.held, before: self.before, is_complete, depth: 0, spans: Vec::new() };
        let used = scanner.scan(self.look);
        let spans = scanner.spans;
        self.before = self.held[..used].chars().next_back().or(self.before);
        self.held.drain(..used);
        spans
    }
}

/// Returns the spans of a text that has arrived as a whole.
pub(super) fn inline(text: &str, is_plain: bool) -> Vec<Span> {
    let mut stream = InlineStream::new(Look::default(), is_plain);
    let mut spans = stream.push(text);
    spans.extend(stream.finish());
    spans
}

struct Scanner<'a> {
    text: &'a str,
    /// The character before the text.
    before: Option<char>,
    is_complete: bool,
    depth: usize,
    spans: Vec<Span>,
}

/// The result of reading a mark.
enum Step {
    /// Text, emphasis or a link was read up to this byte.
    Used(usize),
    Wait,
}

impl Scanner<'_> {
    /// Reads as much as is decided, and returns its number of bytes.
    fn scan(&mut self, look: Look) -> usize {
        let mut place = 0;
        while place < self.text.len() {
            let rest = &self.text[place..];
            let plain = rest.find(['\\', '`', '*', '_', '~', '[', '!', '<']).unwrap_or(rest.len());
            Span::add(&mut self.spans, &rest[..plain], look);
            place += plain;
            let Some(mark) = self.text[place..].chars().next() else { break };
            match self.mark(place, mark, look) {
                Step::Used(end) => place = end,
                Step::Wait => break,
            }
        }
        place
    }

    fn mark(&mut self, place: usize, mark: char, look: Look) -> Step {
        let text = self.text;
        match mark {
            '\\' => match text[place + 1..].chars().next() {
                None if !self.is_complete => Step::Wait,
                Some(char) if char.is_ascii_punctuation() => self.literal(place + 1, 1, look),
                _ => self.literal(place, 1, look),
            },
            '`' => self.code(place, look),
            '[' => self.link(place, 1, look),
            '!' if place + 1 == text.len() && !self.is_complete => Step::Wait,
            '!' if text[place + 1..].starts_with('[') => self.link(place, 2, look),
            '<' => self.address(place, look),
            '*' | '_' | '~' => self.emphasis(place, mark, look),
            _ => self.literal(place, 1, look),
        }
    }

    fn literal(&mut self, place: usize, bytes: usize, look: Look) -> Step {
        Span::add(&mut self.spans, &self.text[place..place + bytes], look);
        Step::Used(place + bytes)
    }

    /// Returns the text that can contain the closing mark, and whether no more can follow.
    fn window(&self, start: usize) -> (&str, bool) {
        let rest = &self.text[start..];
        let end = rest.floor_char_boundary(MAX_HELD);
        (&rest[..end], self.is_complete || rest.len() >= MAX_HELD + char::MAX.len_utf8())
    }

    fn code(&mut self, place: usize, look: Look) -> Step {
        let count = run(&self.text[place..], '`');
        if place + count == self.text.len() && !self.is_complete {
            return Step::Wait;
        }
        let start = place + count;
        let (window, is_final) = self.window(start);
        match close_code(window, count, is_final) {
            Search::Unknown => Step::Wait,
            Search::Missing => self.literal(place, count, look),
            Search::Found(code) => {
                let content = &window[..code.content];
                // One space inside the marks belongs to the marks, so that code can begin with a back-tick.
                let inner = content.strip_prefix(' ').and_then(|content| content.strip_suffix(' '));
                let content = inner.filter(|inner| !inner.trim().is_empty()).unwrap_or(content).to_owned();
                Span::add(&mut self.spans, &content, look.and(Look::CODE));
                Step::Used(start + code.end)
            }
        }
    }

    fn link(&mut self, place: usize, marks: usize, look: Look) -> Step {
        let start = place + marks;
        let (window, is_final) = self.window(start);
        match close_link(window, is_final) {
            Search::Unknown => Step::Wait,
            Search::Missing => self.literal(place, marks, look),
            Search::Found(link) => {
                let (text, address) = (window[..link.text].to_owned(), &window[link.address.0..link.address.1]);
                let address = address.trim_start_matches('<').trim_end_matches('>').to_owned();
                if text.trim().is_empty() || text == address {
                    Span::add(&mut self.spans, &address, look.and(Look::LINK));
                } else {
                    self.nested(&text, look.and(Look::LINK));
                    if !address.is_empty() {
                        Span::add(&mut self.spans, &format!(" ({address})"), look.and(Look::DIM));
                    }
                }
                Step::Used(start + link.end)
            }
        }
    }

    fn address(&mut self, place: usize, look: Look) -> Step {
        let (window, is_final) = self.window(place + 1);
        match close_address(window, is_final) {
            Search::Unknown => Step::Wait,
            Search::Missing => self.literal(place, 1, look),
            Search::Found(address) => {
                let text = window[..address.content].to_owned();
                Span::add(&mut self.spans, &text, look.and(Look::LINK));
                Step::Used(place + 1 + address.end)
            }
        }
    }

    fn emphasis(&mut self, place: usize, mark: char, look: Look) -> Step {
        let count = run(&self.text[place..], mark);
        let start = place + count;
        if start == self.text.len() && !self.is_complete {
            return Step::Wait;
        }
        let emphasis = match (mark, count) {
            ('~', 2) => Look::STRIKE,
            ('*' | '_', 1) => Look::EMPHASIS,
            ('*' | '_', 2) => Look::STRONG,
            ('*' | '_', 3) => Look::STRONG.and(Look::EMPHASIS),
            _ => return self.literal(place, count, look),
        };
        let before = self.text[..place].chars().next_back().or(self.before);
        if !opens(mark, before, self.text[start..].chars().next()) || self.depth >= MAX_DEPTH {
            return self.literal(place, count, look);
        }
        let (window, is_final) = self.window(start);
        match close_emphasis(window, mark, count, is_final) {
            Search::Unknown => Step::Wait,
            Search::Missing => self.literal(place, count, look),
            Search::Found(closed) => {
                let content = window[..closed.content].to_owned();
                self.nested(&content, look.and(emphasis));
                Step::Used(start + closed.end)
            }
        }
    }

    /// Reads the text inside an emphasis or a link.
    fn nested(&mut self, text: &str, look: Look) {
        let spans = std::mem::take(&mut self.spans);
        let mut inner = Scanner { text, before: None, is_complete: true, depth: self.depth + 1, spans };
        inner.scan(look);
        self.spans = inner.spans;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes each span with the first letters of its looks: `s:bold `.
    fn shown(text: &str) -> String {
        let names = [
            (Look::STRONG, "s"),
            (Look::EMPHASIS, "e"),
            (Look::STRIKE, "x"),
            (Look::CODE, "c"),
            (Look::LINK, "l"),
            (Look::DIM, "d"),
        ];
        let spans = inline(text, false);
        let span = |span: &Span| {
            let looks: String = names.iter().filter(|(look, _)| span.look.has(*look)).map(|(_, name)| *name).collect();
            if looks.is_empty() { span.text.clone() } else { format!("<{looks}:{}>", span.text) }
        };
        spans.iter().map(span).collect()
    }

    #[test]
    fn marks_become_looks() {
        let cases = [
            ("a **b** c", "a <s:b> c"),
            ("*e* _e_ __s__ ~~x~~", "<e:e> <e:e> <s:s> <x:x>"),
            ("***both***", "<se:both>"),
            ("**a *b* c**", "<s:a ><se:b><s: c>"),
            ("**a *b***", "<s:a ><se:b>"),
            ("*a **b***", "<e:a ><se:b>"),
            ("`code` ``a ` b`` `` `x` ``", "<c:code> <c:a ` b> <c:`x`>"),
            ("**`code` in bold**", "<sc:code><s: in bold>"),
            ("`**not bold**`", "<c:**not bold**>"),
            ("**a `**` b**", "<s:a ><sc:**><s: b>"),
            ("snake_case_name and 2*3*4 and a * b * c", "snake_case_name and 2*3*4 and a * b * c"),
            ("*args and **kwargs", "*args and **kwargs"),
            ("\\*text\\* C:\\dir", "*text* C:\\dir"),
            ("[docs](https://docs.rs) now", "<l:docs><d: (https://docs.rs)> now"),
            ("[**a** b](x \"title\")", "<sl:a><l: b><d: (x)>"),
            ("[https://a.b](https://a.b)", "<l:https://a.b>"),
            ("![alt](cat.png)", "<l:alt><d: (cat.png)>"),
            ("<https://a.b> <br> 1 < 2", "<l:https://a.b> <br> 1 < 2"),
            ("[1] and array[i](x) [open", "[1] and array<l:i><d: (x)> [open"),
            ("[a](b(c)d)", "<l:a><d: (b(c)d)>"),
            ("2 ** 3 and ~5 and wow!", "2 ** 3 and ~5 and wow!"),
            ("**日本語**です", "<s:日本語>です"),
            ("****", "****"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn text_is_not_held_for_long() {
        let mut stream = InlineStream::new(Look::default(), false);
        let held = stream.push(&format!("before *{}", "word ".repeat(100)));
        assert!(held.iter().map(|span| span.text.len()).sum::<usize>() > 100, "{held:?}");
        let mut stream = InlineStream::new(Look::default(), false);
        assert_eq!(stream.push("before **bo"), [Span::new("before ", Look::default())]);
        assert_eq!(stream.push("ld** "), [Span::new("bold", Look::STRONG), Span::new(" ", Look::default())]);
    }

    #[test]
    fn deep_nesting_and_long_lines_take_little_time() {
        let start = std::time::Instant::now();
        for text in ["*a **b ".repeat(5_000), "[".repeat(20_000), "`` ` ".repeat(5_000), "**_".repeat(10_000)] {
            assert!(!inline(&text, false).is_empty());
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }

    fn merged(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
        let mut out = Vec::new();
        for span in spans {
            Span::add(&mut out, &span.text, span.look);
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pieces_give_the_same_spans(text in "[ab *_`~\\[\\]()\\\\<!é]{0,40}", long in 0usize..4) {
            let text = format!("{text}{}{text}", "xy *`".repeat(long * 60));
            let mut stream = InlineStream::new(Look::default(), false);
            let mut pieces = Vec::new();
            for char in text.chars() {
                pieces.extend(stream.push(char.encode_utf8(&mut [0; 4])));
            }
            pieces.extend(stream.finish());
            prop_assert_eq!(merged(pieces), merged(inline(&text, false)));
        }
    }
}
