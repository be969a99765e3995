//! [`CodeBlock`]: code between two fences, printed line by line.

use super::highlight::Highlighter;
use crate::render::theme::{Role, Theme};

/// The line that begins a code block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fence {
    mark: char,
    count: usize,
    indent: usize,
    info: String,
}

impl Fence {
    pub(super) fn new(mark: char, count: usize, indent: usize, info: String) -> Self {
        Self { mark, count, indent, info }
    }

    /// Returns `true` if a line ends the block.
    fn is_closed_by(&self, line: &str) -> bool {
        let marks = line.trim();
        marks.len() >= self.count && marks.chars().all(|char| char == self.mark)
    }

    fn language(&self) -> &str {
        let language = self.info.split([' ', ',', '{', ':']).find(|word| !word.is_empty()).unwrap_or_default();
        language.trim_start_matches('.').trim_end_matches('}')
    }
}

/// Code between two fences. Its lines are not wrapped, so that they can be copied.
#[derive(Debug)]
pub(super) struct CodeBlock {
    fence: Fence,
    /// The quotes that the block is in.
    quotes: usize,
    /// The marks of the quotes and the indentation of the list, before each line.
    prefix: String,
    highlighter: Option<Highlighter>,
}

impl CodeBlock {
    pub(super) fn new(fence: Fence, quotes: usize, prefix: String, theme: &Theme) -> Self {
        let highlighter = if theme.is_colored() { Highlighter::new(fence.language()) } else { None };
        Self { fence, quotes, prefix, highlighter }
    }

    /// Prints the line that begins the block.
    pub(super) fn open(&self, theme: &Theme, out: &mut String) {
        let line = if theme.is_colored() {
            format!("╭─ {}", self.fence.info)
        } else {
            let Fence { mark, count, info, .. } = &self.fence;
            format!("{}{info}", mark.to_string().repeat(*count))
        };
        self.line(&theme.paint(Role::Dim, line.trim_end()), out);
    }

    /// Prints a line of code; or returns `false` if the line ends the block.
    pub(super) fn push(&mut self, line: &str, theme: &Theme, out: &mut String) -> bool {
        let line = unquoted(line, self.quotes);
        if self.fence.is_closed_by(line) {
            return false;
        }
        let code = without_indent(line, self.fence.indent);
        match &mut self.highlighter {
            Some(highlighter) => {
                let code = highlighter.line(code, theme);
                self.line(&code, out);
            }
            None => self.line(code, out),
        }
        true
    }

    /// Prints the line that ends the block.
    pub(super) fn close(&self, theme: &Theme, out: &mut String) {
        let line =
            if theme.is_colored() { "╰─".to_owned() } else { self.fence.mark.to_string().repeat(self.fence.count) };
        self.line(&theme.paint(Role::Dim, &line), out);
    }

    fn line(&self, line: &str, out: &mut String) {
        out.push_str(&self.prefix);
        out.push_str(line);
        out.push('\n');
    }
}

/// Removes at most as many quote marks as the block is in.
fn unquoted(mut line: &str, quotes: usize) -> &str {
    for _ in 0..quotes {
        let Some(inside) = line.trim_start().strip_prefix('>') else { break };
        line = inside.strip_prefix(' ').unwrap_or(inside);
    }
    line
}

/// Removes at most a number of spaces.
fn without_indent(line: &str, max: usize) -> &str {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    &line[spaces.min(max)..]
}
