//! [`Text`]: the lines of a file, and edits of them.

use std::borrow::Cow;
use std::fmt::Write;

use crate::tool::run::{ToolError, shorten};
use crate::tool::texts::editor as texts;

/// A text in lines. The line ending is `\r\n` if all lines end with it, and `\n` otherwise.
#[derive(Debug)]
pub(in crate::tool) struct Text {
    content: String,
    end: &'static str,
}

/// A text after an edit, and the range of its new lines.
#[derive(Debug)]
pub(in crate::tool) struct Edited {
    pub(in crate::tool) text: Text,
    pub(in crate::tool) from: usize,
    pub(in crate::tool) to: usize,
}

impl Text {
    pub(in crate::tool) fn new(content: String) -> Self {
        let mut ends = content.match_indices('\n').map(|(at, _)| content[..at].ends_with('\r')).peekable();
        let end = if ends.peek().is_some() && ends.all(|is_crlf| is_crlf) { "\r\n" } else { "\n" };
        Self { content, end }
    }

    pub(in crate::tool) fn content(&self) -> &str {
        &self.content
    }

    /// Returns the number of lines.
    pub(in crate::tool) fn len(&self) -> usize {
        count_lines(&self.content)
    }

    /// Replaces `old`, which must occur exactly once, by `new`.
    ///
    /// # Errors
    ///
    /// `old` does not occur, or occurs more than once. `path` is named in the error.
    pub(in crate::tool) fn replace(&self, old: &str, new: &str, path: &str) -> Result<Edited, ToolError> {
        let (old, new) = (self.with_line_endings(old), self.with_line_endings(new));
        if old.is_empty() {
            return Err(ToolError::new(texts::OLD_STR_EMPTY));
        }
        match *self.find(&old) {
            [] => Err(ToolError::new(texts::old_str_missing(&shorten(&old), path))),
            [at] => {
                let content = [&self.content[..at], &new, &self.content[at + old.len()..]].concat();
                Ok(Edited::new(content, at, new.len()))
            }
            ref several => {
                let mut lines: Vec<_> = several.iter().map(|at| line_at(&self.content, *at).to_string()).collect();
                lines.dedup();
                Err(ToolError::new(texts::old_str_repeated(&shorten(&old), &lines.join(", "))))
            }
        }
    }

    /// Inserts lines after a line; 0 is the beginning.
    ///
    /// The rest of the text does not change, except that a last line without a line ending gets one before new lines
    /// follow it. The new lines get a line ending too, unless they are at the end of a text that had none.
    ///
    /// # Errors
    ///
    /// The line does not exist.
    pub(in crate::tool) fn insert(&self, line: i64, lines: &str) -> Result<Edited, ToolError> {
        let count = self.len();
        let Some(behind) = usize::try_from(line).ok().filter(|line| *line <= count) else {
            return Err(ToolError::new(texts::insert_line(line, count)));
        };
        let at = self.content.split_inclusive('\n').take(behind).map(str::len).sum();
        let (before, after) = self.content.split_at(at);
        let lines = self.with_line_endings(lines);
        let needs_end = !lines.ends_with('\n') && (before.ends_with('\n') || !after.is_empty());
        let first = if before.is_empty() || before.ends_with('\n') { "" } else { self.end };
        let last = if needs_end { self.end } else { "" };
        let content = [before, first, &lines, last, after].concat();
        Ok(Edited::new(content, at + first.len(), lines.len() + last.len()))
    }

    /// Returns the first and the last line of a range, counted from 1; -1 is the last line.
    ///
    /// # Errors
    ///
    /// The range is not within the text.
    pub(in crate::tool) fn range(&self, [from, to]: [i64; 2]) -> Result<(usize, usize), ToolError> {
        let count = self.len();
        let first = usize::try_from(from).ok().filter(|first| (1..=count).contains(first));
        let last = if to == -1 { Some(count) } else { usize::try_from(to).ok().map(|last| last.min(count)) };
        match (first, last) {
            (Some(first), Some(last)) if first <= last => Ok((first, last)),
            _ => Err(ToolError::new(texts::view_range(from, to, count))),
        }
    }

    /// Formats lines with their numbers, counted from 1. A note follows if they are cut off after `most` characters.
    pub(in crate::tool) fn numbered(&self, from: usize, to: usize, most: usize) -> String {
        let (mut rows, mut left) = (String::new(), most);
        let lines = self.content.split_terminator('\n').enumerate().skip(from - 1).take((to + 1).saturating_sub(from));
        for (index, line) in lines {
            let line = if self.end == "\r\n" { line.strip_suffix('\r').unwrap_or(line) } else { line };
            let cut = line.char_indices().nth(left).map(|(at, _)| &line[..at]);
            // Writing to a `String` does not fail.
            let _ = write!(rows, "{}{:>6}\t{}", if index < from { "" } else { "\n" }, index + 1, cut.unwrap_or(line));
            // The line ending counts as one character.
            left = left.saturating_sub(line.chars().count() + 1);
            if cut.is_some() || left == 0 && index + 1 < to {
                let _ = write!(rows, "\n{}", texts::cut_off(most, index + 1, self.len()));
                break;
            }
        }
        rows
    }

    /// Gives a text of the model the line endings of this text, because the model does not see them.
    fn with_line_endings<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.end {
            "\r\n" if text.contains('\n') => text.replace("\r\n", "\n").replace('\n', "\r\n").into(),
            _ => text.into(),
        }
    }

    /// Returns the positions at which `part` begins: at most 20.
    fn find(&self, part: &str) -> Vec<usize> {
        const MANY: usize = 20;
        let step = part.chars().next().map_or(1, char::len_utf8);
        let mut found = Vec::new();
        let mut from = 0;
        // Occurrences may overlap.
        while let Some(at) = self.content[from..].find(part).filter(|_| found.len() < MANY) {
            found.push(from + at);
            from += at + step;
        }
        found
    }
}

impl Edited {
    /// Creates the result of an edit; `length` bytes at `at` are new.
    fn new(content: String, at: usize, length: usize) -> Self {
        // The line ending of the last new line does not count as a line.
        let end = at + content[at..at + length].trim_end_matches(['\r', '\n']).len();
        let (from, to) = (line_at(&content, at), line_at(&content, end));
        Self { text: Text::new(content), from, to }
    }

    /// Formats the new lines and `around` lines before and after them.
    pub(in crate::tool) fn snippet(&self, around: usize) -> String {
        const MOST: usize = 4_000;
        let from = self.from.saturating_sub(around).max(1);
        self.text.numbered(from, (self.to + around).min(self.text.len()), MOST)
    }
}

/// Counts the lines of a text. The text after the last line ending is a line if it is not empty.
pub(in crate::tool) fn count_lines(content: &str) -> usize {
    content.split_terminator('\n').count()
}

/// Returns the number of the line that contains a position, counted from 1.
fn line_at(content: &str, at: usize) -> usize {
    content[..at].matches('\n').count() + 1
}
