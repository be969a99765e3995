//! [`MarkdownStream`]: Markdown that is printed while it arrives.

use super::code::CodeBlock;
use super::inline::{InlineStream, inline};
use super::line::{Kind, LineStart, Mark, classify};
use super::table::layout;
use crate::render::clean::Cleaner;
use crate::render::look::{Look, Styles};
use crate::render::theme::{Role, Theme};
use crate::render::wrap::Wrapper;

/// The width of a rule.
const RULE_WIDTH: usize = 40;

/// Markdown that arrives in pieces and is printed once, from top to bottom.
///
/// The text is cleaned first. The printed text does not depend on how the Markdown was split into pieces.
#[derive(Debug)]
pub(crate) struct MarkdownStream {
    styles: Styles,
    cleaner: Cleaner,
    block: Block,
    /// The beginning of a line whose kind is not known yet.
    held: String,
    /// The text of the line, if the line has text and its kind is known.
    text: Option<InlineStream>,
    wrapper: Wrapper,
    /// `true` if a blank line comes before the next line. Several blank lines become one.
    is_blank: bool,
    is_empty: bool,
}

/// The block that the line is in, if its lines belong together.
#[derive(Debug)]
enum Block {
    None,
    Code(Box<CodeBlock>),
    Table { rows: Vec<String>, quotes: usize, indent: usize },
}

impl MarkdownStream {
    /// Creates a stream for a terminal.
    pub(crate) fn new(theme: &Theme) -> Self {
        Self {
            styles: Styles::new(theme),
            cleaner: Cleaner::default(),
            block: Block::None,
            held: String::new(),
            text: None,
            wrapper: Wrapper::new(theme.text_width(), theme.width()),
            is_blank: false,
            is_empty: true,
        }
    }

    /// Returns the text to print for the next piece.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        let mut out = String::new();
        for line in self.cleaner.push(piece).split_inclusive('\n') {
            let text = line.strip_suffix('\n');
            self.add(text.unwrap_or(line), &mut out);
            if text.is_some() {
                self.end_line(&mut out);
            }
        }
        out
    }

    /// Returns the rest of the text to print, which ends with a line end. The stream can then be used again.
    pub(crate) fn finish(&mut self) -> String {
        let mut out = String::new();
        if self.text.is_some() || !self.held.is_empty() {
            self.end_line(&mut out);
        }
        self.end_block(&mut out);
        *self = Self::new(self.styles.theme());
        out
    }

    /// Adds a part of a line.
    fn add(&mut self, part: &str, out: &mut String) {
        if part.is_empty() {
            return;
        }
        if let Some(text) = &mut self.text {
            for span in text.push(part) {
                self.wrapper.push(&span, &self.styles, out);
            }
            return;
        }
        self.held.push_str(part);
        self.begin(false, out);
    }

    fn end_line(&mut self, out: &mut String) {
        if self.text.is_none() {
            self.begin(true, out);
        }
        if let Some(text) = self.text.take() {
            for span in text.finish() {
                self.wrapper.push(&span, &self.styles, out);
            }
            self.wrapper.flush(&self.styles, out);
            out.push('\n');
        }
        self.held.clear();
    }

    /// Prints the beginning of a line, if its kind is known.
    fn begin(&mut self, is_complete: bool, out: &mut String) {
        if let Block::Code(code) = &mut self.block {
            if is_complete && !code.push(&self.held, self.styles.theme(), out) {
                self.end_block(out);
            }
            return;
        }
        let Some(line) = classify(&self.held, is_complete) else { return };
        let held = std::mem::take(&mut self.held);
        if let (Block::Table { rows, .. }, Kind::Row) = (&mut self.block, &line.kind) {
            rows.push(held[line.text..].to_owned());
            return;
        }
        self.end_block(out);
        self.line(line, &held, out);
    }

    fn line(&mut self, line: LineStart, held: &str, out: &mut String) {
        let LineStart { quotes, indent, kind, text } = line;
        if kind == Kind::Blank && quotes == 0 {
            self.is_blank = true;
            return;
        }
        // A heading begins a part, whatever the model wrote before it.
        if !self.is_empty && (self.is_blank || matches!(kind, Kind::Heading(_))) {
            out.push('\n');
        }
        (self.is_blank, self.is_empty) = (false, false);
        let rest = &held[text..];
        match kind {
            Kind::Blank => {
                out.push_str(self.prefix(quotes, 0).0.trim_end());
                out.push('\n');
            }
            Kind::Text => self.text(quotes, indent, "", Look::default(), rest, out),
            Kind::Heading(level) => {
                let look = if level == 1 { Look::TITLE } else { Look::HEADING };
                let mark = if self.is_plain() { "#".repeat(level) + " " } else { String::new() };
                self.text(quotes, indent, &mark, look, rest, out);
            }
            Kind::Item(mark) => self.text(quotes, indent, &self.mark(mark), Look::default(), rest, out),
            Kind::Rule => {
                let line = if self.is_plain() { "-".repeat(3) } else { "─".repeat(RULE_WIDTH.min(self.width())) };
                out.push_str(&self.prefix(quotes, indent).0);
                out.push_str(&self.styles.theme().paint(Role::Dim, &line));
                out.push('\n');
            }
            Kind::Fence(fence) => {
                let code = CodeBlock::new(fence, quotes, self.prefix(quotes, indent).0, self.styles.theme());
                code.open(self.styles.theme(), out);
                self.block = Block::Code(Box::new(code));
            }
            Kind::Row => self.block = Block::Table { rows: vec![rest.to_owned()], quotes, indent },
        }
    }

    /// Begins the text of a line, after its mark.
    fn text(&mut self, quotes: usize, indent: usize, mark: &str, look: Look, rest: &str, out: &mut String) {
        let (prefix, columns) = self.prefix(quotes, indent);
        let spaces = " ".repeat(mark.chars().count());
        let column = columns + spaces.len();
        out.push_str(&prefix);
        out.push_str(&self.styles.theme().paint(Role::Accent, mark));
        self.wrapper.start(column, prefix + &spaces, column);
        self.text = Some(InlineStream::new(look, self.is_plain()));
        self.add(rest, out);
    }

    fn mark(&self, mark: Mark) -> String {
        match (mark, self.is_plain()) {
            (Mark::Bullet, false) => "• ".into(),
            (Mark::Bullet, true) => "- ".into(),
            (Mark::Task { is_done: false }, false) => "☐ ".into(),
            (Mark::Task { is_done: true }, false) => "☑ ".into(),
            (Mark::Task { is_done: false }, true) => "- [ ] ".into(),
            (Mark::Task { is_done: true }, true) => "- [x] ".into(),
            (Mark::Number(number), _) => number + " ",
        }
    }

    /// Returns the marks of quotes and the indentation, and their width.
    fn prefix(&self, quotes: usize, indent: usize) -> (String, usize) {
        // Deep nesting leaves half of a line for the text.
        let max = self.width() / 2;
        let bars = quotes.min(max / 4);
        let indent = indent.min(max - 2 * bars);
        let bar = self.styles.theme().paint(Role::Dim, if self.is_plain() { ">" } else { "│" }) + " ";
        (bar.repeat(bars) + &" ".repeat(indent), 2 * bars + indent)
    }

    fn end_block(&mut self, out: &mut String) {
        match std::mem::replace(&mut self.block, Block::None) {
            Block::None => {}
            Block::Code(code) => code.close(self.styles.theme(), out),
            Block::Table { rows, quotes, indent } => self.table(&rows, quotes, indent, out),
        }
    }

    fn table(&mut self, rows: &[String], quotes: usize, indent: usize, out: &mut String) {
        let (prefix, columns) = self.prefix(quotes, indent);
        let width = self.styles.theme().width();
        // Without a width, the reader is a program or a file: the table stays as it is.
        let lines = width.and_then(|width| layout(rows, Some(width.saturating_sub(columns)), &self.styles));
        for line in lines.as_deref().unwrap_or_default() {
            out.push_str(&prefix);
            out.push_str(line);
            out.push('\n');
        }
        if lines.is_none() {
            for row in rows {
                out.push_str(&prefix);
                self.wrapper.start(columns, prefix.clone(), columns);
                for span in inline(row, self.is_plain()) {
                    self.wrapper.push(&span, &self.styles, out);
                }
                self.wrapper.flush(&self.styles, out);
                out.push('\n');
            }
        }
    }

    fn is_plain(&self) -> bool {
        !self.styles.theme().is_colored()
    }

    fn width(&self) -> usize {
        self.styles.theme().text_width().unwrap_or(usize::MAX)
    }
}
