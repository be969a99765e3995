//! Searches for the marks that close an emphasis, a link or inline code.
//!
//! Each search reads a window of text that begins after the opening mark. If the window is final, no more text belongs
//! to it; otherwise the answer can be that more text is needed.

/// The result of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search<T> {
    Found(T),
    Missing,
    /// The answer depends on text that has not arrived.
    Unknown,
}

impl<T> Search<T> {
    fn missing(is_final: bool) -> Self {
        if is_final { Self::Missing } else { Self::Unknown }
    }
}

/// The content between two marks, and the end of the closing mark; in bytes of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) content: usize,
    pub(super) end: usize,
}

/// Returns the number of times that a text begins with a mark.
pub(super) fn run(text: &str, mark: char) -> usize {
    text.len() - text.trim_start_matches(mark).len()
}

/// Finds the back-ticks that close inline code.
pub(super) fn close_code(window: &str, count: usize, is_final: bool) -> Search<Closed> {
    let mut place = 0;
    while let Some(found) = window[place..].find('`') {
        place += found;
        let marks = run(&window[place..], '`');
        if place + marks == window.len() && !is_final {
            return Search::Unknown;
        }
        if marks == count {
            return Search::Found(Closed { content: place, end: place + marks });
        }
        place += marks;
    }
    Search::missing(is_final)
}

/// Returns the number of bytes of an escape or of inline code that a text begins with; these hide marks.
fn hidden(text: &str, is_final: bool) -> Search<usize> {
    if let Some(escaped) = text.strip_prefix('\\') {
        return match escaped.chars().next() {
            Some(char) => Search::Found(1 + char.len_utf8()),
            None => Search::missing(is_final),
        };
    }
    let marks = run(text, '`');
    match close_code(&text[marks..], marks, is_final) {
        Search::Found(code) => Search::Found(marks + code.end),
        Search::Unknown => Search::Unknown,
        Search::Missing => Search::Found(marks),
    }
}

/// Finds the next character from a place on that is neither an escape nor inline code, and returns it with its place.
fn visible(window: &str, mut place: usize, is_final: bool) -> Search<(usize, char)> {
    while let Some(char) = window[place..].chars().next() {
        if !matches!(char, '\\' | '`') {
            return Search::Found((place, char));
        }
        match hidden(&window[place..], is_final) {
            Search::Found(bytes) => place += bytes,
            Search::Missing => return Search::Missing,
            Search::Unknown => return Search::Unknown,
        }
    }
    Search::Missing
}

/// Finds the marks that close an emphasis.
pub(super) fn close_emphasis(window: &str, mark: char, count: usize, is_final: bool) -> Search<Closed> {
    let mut place = 0;
    // The number of marks of an emphasis that began inside this one.
    let mut inner = None;
    loop {
        let char = match visible(window, place, is_final) {
            Search::Found((found, char)) => {
                place = found;
                char
            }
            Search::Missing => return Search::missing(is_final),
            Search::Unknown => return Search::Unknown,
        };
        if char != mark {
            place += char.len_utf8();
            continue;
        }
        let marks = run(&window[place..], mark);
        let end = place + marks;
        if end == window.len() && !is_final {
            return Search::Unknown;
        }
        let before = window[..place].chars().next_back();
        let after = window[end..].chars().next();
        let closes = before.is_some_and(|char| !char.is_whitespace())
            && (mark != '_' || !after.is_some_and(char::is_alphanumeric));
        let opens = opens(mark, before, after);
        match inner {
            None if closes && marks == count => return Search::Found(Closed { content: place, end }),
            None if opens && marks != count => inner = Some(marks),
            Some(inside) if closes && marks == inside + count => {
                return Search::Found(Closed { content: place + inside, end });
            }
            Some(inside) if closes && marks == inside => inner = None,
            _ => {}
        }
        place = end;
    }
}

/// Returns `true` if marks between two characters can open an emphasis.
///
/// Between two letters or digits they stay as they are: `2*3*4` and `snake_case_name` are not emphasised.
pub(super) fn opens(mark: char, before: Option<char>, after: Option<char>) -> bool {
    let is_inside_a_word = before.is_some_and(char::is_alphanumeric);
    let is_part_of_mark = before == Some(mark);
    after.is_some_and(|char| !char.is_whitespace()) && !is_inside_a_word && !is_part_of_mark
}

/// A link: its text, its address and its end, in bytes of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) text: usize,
    pub(super) address: (usize, usize),
    pub(super) end: usize,
}

/// Finds the rest of a link, after its `[`.
pub(super) fn close_link(window: &str, is_final: bool) -> Search<Link> {
    let text = match close_bracket(window, 0, ('[', ']'), is_final) {
        Search::Found(text) => text,
        Search::Missing => return Search::Missing,
        Search::Unknown => return Search::Unknown,
    };
    match window[text + 1..].chars().next() {
        None => return Search::missing(is_final),
        Some('(') => {}
        Some(_) => return Search::Missing,
    }
    match close_bracket(window, text + 2, ('(', ')'), is_final) {
        Search::Found(close) => {
            let inside = &window[text + 2..close];
            let start = text + 2 + (inside.len() - inside.trim_start().len());
            let address = window[start..close].split_whitespace().next().unwrap_or_default();
            Search::Found(Link { text, address: (start, start + address.len()), end: close + 1 })
        }
        Search::Missing => Search::Missing,
        Search::Unknown => Search::Unknown,
    }
}

/// Finds the bracket that closes the text from a place on.
fn close_bracket(window: &str, from: usize, (open, close): (char, char), is_final: bool) -> Search<usize> {
    let (mut place, mut depth) = (from, 0_usize);
    loop {
        let char = match visible(window, place, is_final) {
            Search::Found((found, char)) => {
                place = found;
                char
            }
            Search::Missing => return Search::missing(is_final),
            Search::Unknown => return Search::Unknown,
        };
        if char == close {
            if depth == 0 {
                return Search::Found(place);
            }
            depth -= 1;
        } else if char == open {
            depth += 1;
        }
        place += char.len_utf8();
    }
}

/// Finds the end of an address in angle brackets, after its `<`.
pub(super) fn close_address(window: &str, is_final: bool) -> Search<Closed> {
    let schemes = ["https://", "http://", "mailto:"];
    if !schemes.iter().any(|scheme| window.starts_with(scheme)) {
        let is_open = !is_final && schemes.iter().any(|scheme| scheme.starts_with(window));
        return if is_open { Search::Unknown } else { Search::Missing };
    }
    match window.find(|char: char| char == '>' || char == '<' || char.is_whitespace()) {
        Some(content) if window[content..].starts_with('>') => Search::Found(Closed { content, end: content + 1 }),
        Some(_) => Search::Missing,
        None => Search::missing(is_final),
    }
}
