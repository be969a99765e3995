//! [`classify`]: the kind of a line, from its first characters.

use super::code::Fence;

/// The maximum length of a rule in bytes. A longer line of marks is text, so that it is not read again and again.
const MAX_RULE: usize = 200;

/// The beginning of a line: what it is, and where its text begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineStart {
    /// The number of quotes that the line is in.
    pub(super) quotes: usize,
    /// The columns before the line's first mark or word.
    pub(super) indent: usize,
    pub(super) kind: Kind,
    /// The byte at which the text of the line begins.
    pub(super) text: usize,
}

/// The kind of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Blank,
    Text,
    /// A heading, with its level.
    Heading(usize),
    /// An item of a list, with its mark.
    Item(Mark),
    Rule,
    /// The beginning of a code block.
    Fence(Fence),
    /// A row of a table. It can turn out to be a text that begins with a bar.
    Row,
}

/// The mark of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Bullet,
    Task { is_done: bool },
    Number(String),
}

/// Returns the beginning of a line, or `None` if its kind depends on characters that have not arrived.
///
/// The answer for a part of a line is also the answer for the whole line.
pub(super) fn classify(line: &str, is_complete: bool) -> Option<LineStart> {
    let mut start = 0;
    let mut quotes = 0;
    loop {
        let (indent, spaces) = indentation(&line[start..]);
        let place = start + spaces;
        let rest = &line[place..];
        if let Some(quoted) = rest.strip_prefix('>') {
            quotes += 1;
            // The space after the mark belongs to the mark.
            start = line.len() - quoted.strip_prefix(' ').unwrap_or(quoted).len();
            if quoted.is_empty() && !is_complete {
                return None;
            }
            continue;
        }
        if rest.is_empty() {
            return is_complete.then_some(LineStart { quotes, indent, kind: Kind::Blank, text: line.len() });
        }
        let (kind, text) = kind(rest, indent, is_complete)?;
        return Some(LineStart { quotes, indent, kind, text: place + text });
    }
}

/// Returns the columns and the bytes of the white space that a text begins with.
fn indentation(text: &str) -> (usize, usize) {
    let rest = text.trim_start_matches([' ', '\t']);
    let spaces = &text[..text.len() - rest.len()];
    let columns = spaces.chars().fold(0, |column, space| if space == '\t' { column / 4 * 4 + 4 } else { column + 1 });
    (columns, spaces.len())
}

/// Returns the kind of a line that does not begin with white space, and where its text begins.
fn kind(line: &str, indent: usize, is_complete: bool) -> Option<(Kind, usize)> {
    const TEXT: Option<(Kind, usize)> = Some((Kind::Text, 0));
    let first = line.chars().next()?;
    let marks = line.len() - line.trim_start_matches(first).len();
    let after = &line[marks..];
    match first {
        '#' if marks > 6 => TEXT,
        '#' | '`' | '~' if after.is_empty() && !is_complete => None,
        '#' if after.is_empty() || after.starts_with([' ', '\t']) => {
            text_after(line, marks, is_complete).map(|text| (Kind::Heading(marks), text))
        }
        '`' | '~' if marks < 3 || (first == '`' && after.contains('`')) => TEXT,
        '`' | '~' => {
            is_complete.then(|| (Kind::Fence(Fence::new(first, marks, indent, after.trim().to_owned())), line.len()))
        }
        '-' | '*' | '_' | '+' => {
            let is_short = line.len() <= MAX_RULE && first != '+';
            if is_short && line.chars().all(|char| char == first || char.is_whitespace()) {
                if !is_complete {
                    return None;
                }
                if line.matches(first).count() >= 3 {
                    return Some((Kind::Rule, line.len()));
                }
            }
            if first == '_' || marks > 1 { TEXT } else { item(line, marks, is_complete, |_| Mark::Bullet) }
        }
        '0'..='9' => {
            let digits = line.len() - line.trim_start_matches(|char: char| char.is_ascii_digit()).len();
            match line[digits..].chars().next() {
                _ if digits > 9 => TEXT,
                None if !is_complete => None,
                Some('.' | ')') => item(line, digits + 1, is_complete, |mark| Mark::Number(mark.to_owned())),
                _ => TEXT,
            }
        }
        '|' => is_complete.then_some((Kind::Row, 0)),
        _ => TEXT,
    }
}

/// Returns an item whose mark has a number of bytes, or text if no space follows the mark.
fn item(line: &str, mark: usize, is_complete: bool, kind: impl Fn(&str) -> Mark) -> Option<(Kind, usize)> {
    let after = &line[mark..];
    if after.is_empty() && !is_complete {
        return None;
    }
    if !after.is_empty() && !after.starts_with([' ', '\t']) {
        return Some((Kind::Text, 0));
    }
    let text = text_after(line, mark, is_complete)?;
    let rest = &line[text..];
    for (task, is_done) in [("[ ] ", false), ("[x] ", true), ("[X] ", true)] {
        if rest.starts_with(task) {
            return Some((Kind::Item(Mark::Task { is_done }), text + task.len()));
        }
        if task.starts_with(rest) && !is_complete {
            return None;
        }
    }
    Some((Kind::Item(kind(&line[..mark])), text))
}

/// Returns where the text after a mark begins, or `None` if only white space has arrived.
fn text_after(line: &str, mark: usize, is_complete: bool) -> Option<usize> {
    let text = line.len() - line[mark..].trim_start_matches([' ', '\t']).len();
    (text < line.len() || is_complete).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kind_of(line: &str) -> Kind {
        classify(line, true).unwrap().kind
    }

    #[test]
    fn lines_have_the_kinds_of_markdown() {
        let number = |mark: &str| Kind::Item(Mark::Number(mark.to_owned()));
        let cases = [
            ("", Kind::Blank),
            ("  \t", Kind::Blank),
            ("Text", Kind::Text),
            ("# Title", Kind::Heading(1)),
            ("###### Small", Kind::Heading(6)),
            ("####### Text", Kind::Text),
            ("#hashtag", Kind::Text),
            ("- item", Kind::Item(Mark::Bullet)),
            ("* item", Kind::Item(Mark::Bullet)),
            ("+ item", Kind::Item(Mark::Bullet)),
            ("-5 degrees", Kind::Text),
            ("**bold**", Kind::Text),
            ("- [ ] task", Kind::Item(Mark::Task { is_done: false })),
            ("- [x] task", Kind::Item(Mark::Task { is_done: true })),
            ("- [link](url)", Kind::Item(Mark::Bullet)),
            ("1. first", number("1.")),
            ("23) item", number("23)")),
            ("1.5 times", Kind::Text),
            ("2024 was a year", Kind::Text),
            ("---", Kind::Rule),
            ("* * *", Kind::Rule),
            ("--", Kind::Text),
            ("```rust", Kind::Fence(Fence::new('`', 3, 0, "rust".into()))),
            ("~~~~", Kind::Fence(Fence::new('~', 4, 0, String::new()))),
            ("``code`` text", Kind::Text),
            ("```code``` text", Kind::Text),
            ("| a | b |", Kind::Row),
        ];
        for (line, kind) in cases {
            assert_eq!(kind_of(line), kind, "{line:?}");
        }
    }

    #[test]
    fn the_place_of_the_text_is_known() {
        let start = classify("> >   - quoted item", true).unwrap();
        assert_eq!((start.quotes, start.indent, start.text), (2, 2, 8));
        assert_eq!(start.kind, Kind::Item(Mark::Bullet));
        assert_eq!(classify("##  Title", true).unwrap().text, 4);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_part_of_a_line_decides_like_the_whole(line in "[ >#`~*_+|0-9.)xa\\[\\]-]{0,12}") {
            let whole = classify(&line, true).unwrap();
            for end in 0..=line.len() {
                if let Some(part) = classify(&line[..end], false) {
                    prop_assert_eq!(&part, &whole);
                }
            }
        }
    }
}
