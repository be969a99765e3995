//! [`table`]: rows of the program, such as stored sessions.

use super::clean::clean_line;
use super::theme::{Role, Theme};
use super::width::width;

/// The gap between two columns.
const GAP: &str = "  ";

/// Returns rows as aligned columns under their headings. Cells are cleaned; the last column is cut at the width of the
/// terminal.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>], theme: &Theme) -> String {
    let max = theme.line_width();
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| clean_line(cell, max)).collect()).collect();
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| {
            let widest = cells.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
            widest.unwrap_or(0).max(width(headings[column]))
        })
        .collect();
    let line = |cells: &[String]| {
        let mut line = String::new();
        for (cell, width_of_column) in cells.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width_of_column - width(cell)));
            line.push_str(GAP);
        }
        clean_end(&line, max)
    };
    let headings: Vec<String> = headings.iter().map(|&heading| heading.to_owned()).collect();
    let mut text = theme.paint(Role::Dim, &line(&headings)) + "\n";
    for row in &cells {
        text.push_str(&line(row));
        text.push('\n');
    }
    text
}

fn clean_end(line: &str, max: usize) -> String {
    super::width::fit(line.trim_end(), max)
}
