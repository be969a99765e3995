//! [`table`]: rows of the program, such as stored sessions.

use super::clean::clean_line;
use super::theme::{Role, Theme};
use super::width::{fit, width};

/// The gap between two columns.
const GAP: &str = "  ";

/// The width that a column keeps when the table is too wide.
const MIN_COLUMN: usize = 8;

/// Returns rows as aligned columns under their headings. Cells are cleaned, and cut if the table is too wide.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>], theme: &Theme) -> String {
    let max = theme.line_width();
    let headings: Vec<String> = headings.iter().map(|&heading| heading.to_owned()).collect();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| clean_line(cell, max)).collect()).collect();
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).chain(headings.get(column));
        cells.map(|cell| width(cell)).max().unwrap_or(0)
    };
    let widths = narrowed((0..headings.len()).map(widest).collect(), max);
    let mut text = theme.paint(Role::Dim, &line(&headings, &widths)) + "\n";
    for row in &rows {
        text.push_str(&line(row, &widths));
        text.push('\n');
    }
    text
}

/// Takes cells from the widest columns until the table fits.
fn narrowed(mut widths: Vec<usize>, max: usize) -> Vec<usize> {
    let gaps = GAP.len() * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > max {
        match widths.iter_mut().max() {
            Some(widest) if *widest > MIN_COLUMN => *widest -= 1,
            _ => break,
        }
    }
    widths
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, &max) in cells.iter().zip(widths) {
        let cell = fit(cell, max);
        line.push_str(&cell);
        line.push_str(&" ".repeat(max - width(&cell)));
        line.push_str(GAP);
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rows: &[[&str; 3]], width: usize) -> String {
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        table(&["", "Title", "Cost"], &rows, &Theme::new(false, Some(width)))
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [["1", "日本語", "$0.1"], ["22", "a\u{1b}[2Jb", "$10"]];
        assert_eq!(shown(&rows, 40), "    Title   Cost\n1   日本語  $0.1\n22  ab      $10\n");
    }

    #[test]
    fn the_widest_column_is_cut() {
        assert_eq!(
            shown(&[["1", "a very long title of a chat", "$0.1"]], 24),
            "   Title            Cost\n1  a very long ti…  $0.1\n"
        );
    }
}
