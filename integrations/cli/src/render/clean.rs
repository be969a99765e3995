//! [`clean`]: texts of others without the characters that control a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::width::fit;

/// Removes control sequences, control characters and invisible characters; keeps `\n` and `\t`.
///
/// A text of a model or of a tool can contain sequences that write to the clipboard, that rename the window, or that
/// overwrite the text above. It can contain characters that change the order in which text is shown.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    Cleaner::default().push(text)
}

/// Cleans a text for one line: white space becomes one space, and a long text is cut with `…`.
pub(crate) fn clean_line(text: &str, max_width: usize) -> String {
    let mut line = String::new();
    // Cells beyond the limit are not shown, so the rest of a long text is not read.
    let chars = max_width.saturating_mul(8).saturating_add(64);
    let end = text.char_indices().nth(chars).map_or(text.len(), |(end, _)| end);
    let cleaned = clean(&text[..end]);
    for word in cleaned.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if end < text.len() && !text[end..].trim().is_empty() {
        line.push('…');
    }
    fit(&line, max_width)
}

/// Replaces each character that [`clean`] would remove with its escape, as JSON writes it.
///
/// This is for texts that the user decides about: a character that is removed could hide what the text says.
pub(crate) fn reveal(text: &str) -> Cow<'_, str> {
    if !text.contains(is_removed) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_removed(char) {
            for unit in char.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("a string accepts text");
            }
        } else {
            out.push(char);
        }
    }
    Cow::Owned(out)
}

/// Cleans a text that arrives in pieces. A sequence can be split over pieces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cleaner {
    state: State,
}

/// The part of a control sequence that comes next (ECMA-48).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// After `ESC`.
    Escape,
    /// After `ESC` and an intermediate character.
    Intermediate,
    /// In a control sequence, after `ESC [`.
    Csi,
    /// In a control string, such as `ESC ] …`. It ends at its terminator, and with the line: otherwise a lone
    /// introducer would hide the rest of the text.
    String,
    /// After an `ESC` in a control string.
    StringEscape,
}

impl Cleaner {
    /// Returns the clean text of the next piece.
    pub(crate) fn push<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        if self.state == State::Text && !text.contains(is_removed) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.chars().filter_map(|char| self.next(char)).collect())
    }

    fn next(&mut self, char: char) -> Option<char> {
        match (self.state, char) {
            (State::Text, _) => self.text(char),
            (State::Escape, '[') => self.enter(State::Csi),
            (State::Escape, ']' | 'P' | 'X' | '^' | '_') => self.enter(State::String),
            (State::Escape | State::Intermediate, ' '..='/') => self.enter(State::Intermediate),
            (State::Csi, ' '..='?') => None,
            // The last character of a sequence.
            (State::Escape | State::Intermediate, '0'..='~')
            | (State::Csi, '@'..='~')
            | (State::String, '\u{7}' | '\u{9c}')
            | (State::StringEscape, '\\') => self.enter(State::Text),
            (State::String, '\u{1b}') => self.enter(State::StringEscape),
            (State::StringEscape, _) => {
                self.state = State::Escape;
                self.next(char)
            }
            (State::String, '\n') | (State::Escape | State::Intermediate | State::Csi, _) => {
                self.state = State::Text;
                self.text(char)
            }
            (State::String, _) => None,
        }
    }

    fn text(&mut self, char: char) -> Option<char> {
        match char {
            '\u{1b}' => self.enter(State::Escape),
            '\u{9b}' => self.enter(State::Csi),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => self.enter(State::String),
            '\u{2028}' | '\u{2029}' => Some('\n'),
            _ => (!is_removed(char)).then_some(char),
        }
    }

    fn enter(&mut self, state: State) -> Option<char> {
        self.state = state;
        None
    }
}

/// Returns `true` for characters that a terminal acts on or does not show.
///
/// Joiners and variation selectors of emoji stay, because texts need them.
fn is_removed(char: char) -> bool {
    match char {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // direction of writing
        | '\u{2028}' | '\u{2029}' // separators of lines and paragraphs
        | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' // no width
        | '\u{fff9}'..='\u{fffb}' // annotations
        | '\u{e0000}'..='\u{e0fff}' => true, // tags, selectors of ideographs
        _ => char.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_sequences_are_removed() {
        let cases = [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]8;;https://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]52;c;ZXZpbA==\u{7}copied", "copied"),
            ("\u{1b}]0;title\u{7}a", "a"),
            ("\u{1b}P1$r0m\u{1b}\\a", "a"),
            ("\u{1b}_apc\u{1b}\\a\u{1b}^pm\u{1b}\\b\u{1b}Xsos\u{1b}\\c", "abc"),
            ("\u{9b}31mred", "red"),
            ("\u{9d}52;c;ZXZpbA==\u{9c}a", "a"),
            ("\u{1b}(Ba\u{1b}cb\u{1b}#8c", "abc"),
            ("a\rb\u{8}\u{7f}\u{0}c", "abc"),
            ("a\u{202e}b\u{2066}c\u{e0041}d", "abcd"),
            ("a\u{1b}]52;never closed\nb", "a\nb"),
            ("a\u{1b}[31\nb", "a\nb"),
            ("a\u{1b}\u{1b}[2Jb", "ab"),
            ("a\u{1b}]x\u{1b}[2Jb", "ab"),
            ("tab\tline\nend", "tab\tline\nend"),
            ("🏳\u{fe0f}\u{200d}🌈 family", "🏳\u{fe0f}\u{200d}🌈 family"),
        ];
        for (text, expected) in cases {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_is_one_line_that_fits() {
        assert_eq!(clean_line(" a\n\tb  c ", 10), "a b c");
        assert_eq!(clean_line("abcdef", 4), "abc…");
        assert_eq!(clean_line("日本語", 5), "日本…");
        assert_eq!(clean_line(&"x".repeat(10_000), 3), "xx…");
        assert_eq!(clean_line("\u{1b}[2Jok", 10), "ok");
    }

    #[test]
    fn revealed_characters_are_readable() {
        assert_eq!(reveal("a\u{202e}b\u{e0041}\n"), "a\\u202eb\\udb40\\udc41\n");
        assert_eq!(reveal("plain"), "plain");
    }

    /// Text that is full of the characters that matter.
    fn hostile() -> impl Strategy<Value = String> {
        let char = prop_oneof![
            Just('\u{1b}'),
            Just('['),
            Just(']'),
            Just('P'),
            Just('\\'),
            Just('\u{7}'),
            Just('\n'),
            Just('\u{9b}'),
            Just('\u{9d}'),
            Just('\u{9c}'),
            Just('\u{202e}'),
            proptest::char::range(' ', '~'),
            any::<char>(),
        ];
        proptest::collection::vec(char, 0..60).prop_map(String::from_iter)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_that_controls_is_left(text in hostile()) {
            let cleaned = clean(&text);
            prop_assert!(cleaned.chars().all(|char| matches!(char, '\n' | '\t') || !char.is_control()));
            prop_assert!(!cleaned.contains(is_removed));
            prop_assert_eq!(clean(&cleaned), cleaned.as_ref());
        }

        #[test]
        fn pieces_give_the_same_text(text in hostile(), at in 0usize..60) {
            let (mut cleaner, mut pieces) = (Cleaner::default(), String::new());
            for char in text.chars() {
                pieces.push_str(&cleaner.push(char.encode_utf8(&mut [0; 4])));
            }
            let whole = clean(&text);
            prop_assert_eq!(&pieces, whole.as_ref());

            let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
            let mut cleaner = Cleaner::default();
            let halves = cleaner.push(&text[..at]).into_owned() + &cleaner.push(&text[at..]);
            prop_assert_eq!(halves, pieces);
        }

        #[test]
        fn other_text_is_unchanged(text in "[\\PC\n\t]*") {
            let visible: String = text.chars().filter(|char| !is_removed(*char)).collect();
            prop_assert!(matches!(clean(&visible), Cow::Borrowed(cleaned) if cleaned == visible));
        }
    }
}
