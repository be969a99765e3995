//! [`Wrapper`]: text in lines of a width, word by word.

use super::look::{Look, Span, Styles};
use crate::render::width::width;

/// Text that is broken into lines between words, while it arrives.
///
/// A word that is longer than a line is not broken: the terminal does that, and then an address in it can still be
/// selected as a whole.
#[derive(Clone, Debug)]
pub(super) struct Wrapper {
    width: Option<usize>,
    /// The width at which the terminal itself breaks lines.
    terminal_width: usize,
    /// The beginning of the lines after the first one, and its width.
    indent: String,
    indent_width: usize,
    column: usize,
    /// The spaces before the word.
    spaces: String,
    word: Vec<Span>,
    word_text: String,
    /// `true` if the word continues a printed part, so that no line can end before it.
    is_glued: bool,
    /// The look of the text that was printed last.
    look: Look,
}

impl Wrapper {
    pub(super) fn new(width: Option<usize>, terminal_width: Option<usize>) -> Self {
        Self {
            width,
            terminal_width: terminal_width.unwrap_or(usize::MAX),
            indent: String::new(),
            indent_width: 0,
            column: 0,
            spaces: String::new(),
            word: Vec::new(),
            word_text: String::new(),
            is_glued: false,
            look: Look::default(),
        }
    }

    /// Begins a line. `column` is the width that is already printed; `indent` begins the following lines.
    pub(super) fn start(&mut self, column: usize, indent: String, indent_width: usize) {
        *self = Self::new(self.width, Some(self.terminal_width));
        (self.column, self.indent, self.indent_width) = (column, indent, indent_width);
    }

    /// Adds text to the line, and prints the words that are complete.
    pub(super) fn push(&mut self, span: &Span, styles: &Styles, out: &mut String) {
        for char in span.text.chars() {
            if char == ' ' || char == '\t' {
                self.flush(styles, out);
                self.is_glued = false;
                self.spaces.push(' ');
                continue;
            }
            if self.word_text.chars().next_back().is_some_and(|before| can_break(before, char)) {
                self.flush(styles, out);
                self.is_glued = false;
            }
            Span::add(&mut self.word, char.encode_utf8(&mut [0; 4]), span.look);
            self.word_text.push(char);
            // The width of a character is at most its number of bytes.
            if self.width.is_some_and(|max| self.word_text.len() > max && width(&self.word_text) > max) {
                self.flush(styles, out);
                self.is_glued = true;
            }
        }
    }

    /// Prints the word that is not printed yet.
    pub(super) fn flush(&mut self, styles: &Styles, out: &mut String) {
        let Some(first) = self.word.first().map(|span| span.look) else { return };
        let cells = width(&self.word_text);
        let is_too_long = self.width.is_some_and(|max| self.column + self.spaces.len() + cells > max);
        if is_too_long && !self.is_glued && self.column > self.indent_width {
            out.push('\n');
            out.push_str(&self.indent);
            self.column = self.indent_width;
        } else if !self.spaces.is_empty() {
            let look = if self.look == first && first.shows_on_spaces() { first } else { Look::default() };
            out.push_str(&styles.paint(&Span::new(self.spaces.as_str(), look)));
            self.column += self.spaces.len();
        }
        for span in self.word.drain(..) {
            out.push_str(&styles.paint(&span));
            self.look = span.look;
        }
        self.column += cells;
        if self.column > self.terminal_width {
            self.column %= self.terminal_width;
        }
        self.spaces.clear();
        self.word_text.clear();
    }
}

/// Returns `true` if a line can end between two characters that no space separates, as in Chinese and Japanese.
fn can_break(before: char, after: char) -> bool {
    (is_ideographic(before) || is_ideographic(after)) && !is_opening(before) && !is_closing(after)
}

fn is_ideographic(char: char) -> bool {
    matches!(char,
        '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}'
        | '\u{20000}'..='\u{3ffff}')
}

fn is_opening(char: char) -> bool {
    matches!(char, '(' | '[' | '{' | '"' | '「' | '『' | '（' | '【' | '《' | '〈' | '［' | '｛')
}

/// Returns `true` for characters that do not begin a line.
fn is_closing(char: char) -> bool {
    char.is_ascii_punctuation() && !is_opening(char)
        || matches!(
            char,
            '、' | '。' | '，' | '．' | '！' | '？' | '：' | '；' | '」' | '』' | '）' | '】' | '》' | '〉'
        )
        || matches!(
            char,
            '］' | '｝' | '…' | 'ー' | '々' | 'っ' | 'ゃ' | 'ゅ' | 'ょ' | 'ッ' | 'ャ' | 'ュ' | 'ョ' | '゛' | '゜'
        )
        || matches!(char, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{3099}' | '\u{309a}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::theme::Theme;

    fn wrapped(text: &str, width: usize) -> String {
        let styles = Styles::new(&Theme::new(false, None));
        let (mut wrapper, mut out) = (Wrapper::new(Some(width), Some(width)), String::new());
        wrapper.start(0, "  ".into(), 2);
        wrapper.push(&Span::new(text, Look::default()), &styles, &mut out);
        wrapper.flush(&styles, &mut out);
        out
    }

    #[test]
    fn lines_end_between_words() {
        assert_eq!(wrapped("one two three", 8), "one two\n  three");
        assert_eq!(wrapped("a  b   ", 8), "a  b");
        assert_eq!(wrapped("12345678 next", 8), "12345678\n  next");
    }

    #[test]
    fn a_long_word_is_not_broken() {
        assert_eq!(
            wrapped("see https://example.org/a/long/path now", 10),
            "see\n  https://example.org/a/long/path now"
        );
    }

    #[test]
    fn ideographs_are_words() {
        assert_eq!(wrapped("日本語の文章です。終", 10), "日本語の文\n  章です。\n  終");
        assert_eq!(wrapped("한국어", 4), "한국\n  어");
    }

    #[test]
    fn joined_emoji_take_two_cells() {
        assert_eq!(wrapped("👩‍👩‍👧‍👦 👍🏽 ab", 8), "👩‍👩‍👧‍👦 👍🏽 ab");
    }
}
