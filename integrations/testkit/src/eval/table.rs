//! [`Table`]: a table for Markdown and for the terminal.

use std::fmt::Write as _;

use super::format::markdown;

/// A table. The texts of its cells are plain.
pub(super) struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

/// The alignment of a column.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Align {
    Left,
    Right,
}

impl Table {
    pub(super) fn new(columns: Vec<(&'static str, Align)>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row with a cell for each column.
    pub(super) fn push(&mut self, row: Vec<String>) {
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    /// Returns the table as Markdown.
    pub(super) fn to_markdown(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| {
            cells.fold("|".to_owned(), |mut line, cell| {
                let _ = write!(line, " {cell} |");
                line
            }) + "\n"
        };
        let mut text = line(&mut self.columns.iter().map(|(name, _)| (*name).to_owned()));
        let rule = |align: Align| if align == Align::Left { "---" } else { "--:" };
        text += &line(&mut self.columns.iter().map(|(_, align)| rule(*align).to_owned()));
        for row in &self.rows {
            text += &line(&mut row.iter().map(|cell| markdown(cell)));
        }
        text
    }

    /// Returns the table as text with aligned columns.
    pub(super) fn to_text(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let lines = || std::iter::once(&names).chain(&self.rows);
        let width = |column: usize| lines().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let mut text = String::new();
        for (place, row) in lines().enumerate() {
            let mut line = String::new();
            for ((cell, (_, align)), width) in row.iter().zip(&self.columns).zip(&widths) {
                let _ = match align {
                    Align::Left => write!(line, "{cell:<width$}  "),
                    Align::Right => write!(line, "{cell:>width$}  "),
                };
            }
            let _ = writeln!(text, "{}", line.trim_end());
            if place == 0 {
                let _ = writeln!(text, "{}", "─".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1)));
            }
        }
        text
    }
}
