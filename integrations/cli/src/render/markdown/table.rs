//! [`layout`]: a table whose rows have all arrived.

use termimad::minimad::{Alignment, Composite, Line, TableRow, TableRule, Text};
use termimad::{FmtLine, FmtText};

use super::inline::inline;
use crate::render::look::{Look, Span, Styles};

/// The maximum number of columns that are laid out.
const MAX_COLUMNS: usize = 30;

/// Returns the lines of a table, or `None` if the rows are not a table.
///
/// A table that is too narrow for its columns is printed as one line for each cell.
pub(super) fn layout(rows: &[String], width: Option<usize>, styles: &Styles) -> Option<Vec<String>> {
    let rule = rule(rows.get(1)?)?;
    let is_plain = !styles.theme().is_colored();
    let mut cells: Vec<Vec<Vec<Span>>> = vec![heading(&rows[0], is_plain)];
    cells.extend(rows[2..].iter().map(|row| row_cells(row, is_plain)));
    let columns = cells.iter().map(Vec::len).max()?;
    if cells[0].len() != rule.len() || columns > MAX_COLUMNS {
        return None;
    }
    // Each column needs three cells, a border and two spaces beside the text.
    if width.is_some_and(|width| columns * 6 + 1 > width) {
        return Some(one_cell_per_line(&cells, styles));
    }
    Some(boxed(&cells, &rule, width, styles))
}

/// Returns the alignments that the second row of a table has.
fn rule(row: &str) -> Option<Vec<Alignment>> {
    let cells = split(row);
    let alignment = |cell: &String| {
        let cell = cell.trim();
        let dashes = cell.trim_start_matches(':').trim_end_matches(':');
        let is_rule = !dashes.is_empty() && dashes.chars().all(|char| char == '-');
        is_rule.then_some(match (cell.starts_with(':'), cell.ends_with(':')) {
            (true, true) => Alignment::Center,
            (false, true) => Alignment::Right,
            _ => Alignment::Left,
        })
    };
    cells.iter().map(alignment).collect()
}

/// Splits a row at its bars. A bar in code or after a backslash belongs to the cell.
fn split(row: &str) -> Vec<String> {
    let row = row.trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let (mut cells, mut cell, mut is_code, mut chars) = (Vec::new(), String::new(), false, row.chars().peekable());
    while let Some(char) = chars.next() {
        match char {
            '\\' if chars.peek() == Some(&'|') => cell.extend(chars.next()),
            '|' if !is_code => cells.push(std::mem::take(&mut cell)),
            _ => {
                // A back-tick that is not closed in this row does not begin code.
                if char == '`' {
                    is_code = !is_code && chars.clone().any(|char| char == '`');
                }
                cell.push(char);
            }
        }
    }
    if !cell.trim().is_empty() || cells.is_empty() {
        cells.push(cell);
    }
    cells
}

fn row_cells(row: &str, is_plain: bool) -> Vec<Vec<Span>> {
    split(row).iter().map(|cell| inline(&cell.trim().replace('\t', " "), is_plain)).collect()
}

fn heading(row: &str, is_plain: bool) -> Vec<Vec<Span>> {
    let mut cells = row_cells(row, is_plain);
    for span in cells.iter_mut().flatten() {
        span.look = span.look.and(Look::STRONG);
    }
    cells
}

fn composite(cell: &[Span]) -> Composite<'_> {
    let mut composite = Composite::new();
    composite.compounds = cell.iter().map(Span::compound).collect();
    composite
}

fn boxed(cells: &[Vec<Vec<Span>>], rule: &[Alignment], width: Option<usize>, styles: &Styles) -> Vec<String> {
    let columns = rule.len();
    let border = || Line::TableRule(TableRule { cells: rule.to_vec() });
    let mut lines = vec![border()];
    for (place, row) in cells.iter().enumerate() {
        let mut row: Vec<_> = row.iter().take(columns).map(|cell| composite(cell)).collect();
        row.resize_with(columns, Composite::new);
        lines.push(Line::TableRow(TableRow { cells: row }));
        if place == 0 {
            lines.push(border());
        }
    }
    lines.push(border());
    let inner = width.map(|width| width - 2 * columns);
    let mut text = FmtText::from_text(&styles.skin, Text { lines }, inner);
    for line in &mut text.lines {
        pad(line);
    }
    text.width = None;
    text.to_string().lines().map(str::to_owned).collect()
}

/// Adds a space on both sides of each cell, which the layout does not have.
fn pad(line: &mut FmtLine<'_>) {
    use termimad::minimad::Compound;
    match line {
        FmtLine::TableRow(row) => {
            for cell in &mut row.cells {
                cell.compounds.insert(0, Compound::raw_str(" "));
                cell.compounds.push(Compound::raw_str(" "));
                cell.visible_length += 2;
                if let Some(spacing) = &mut cell.spacing {
                    spacing.width += 2;
                }
            }
        }
        FmtLine::TableRule(rule) => rule.widths.iter_mut().for_each(|width| *width += 2),
        FmtLine::Normal(_) | FmtLine::HorizontalRule => {}
    }
}

fn one_cell_per_line(cells: &[Vec<Vec<Span>>], styles: &Styles) -> Vec<String> {
    let paint = |spans: &[Span]| spans.iter().map(|span| styles.paint(span)).collect::<String>();
    let mut lines = Vec::new();
    for row in &cells[1..] {
        for (place, cell) in row.iter().enumerate() {
            let name = cells[0].get(place).map(|name| paint(name)).unwrap_or_default();
            lines.push(format!("{name}: {}", paint(cell)));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::render::theme::Theme;
    use crate::render::width::width;

    fn laid_out(rows: &[&str], cells: usize) -> Option<Vec<String>> {
        let rows: Vec<String> = rows.iter().map(|&row| row.to_owned()).collect();
        layout(&rows, Some(cells), &Styles::new(&Theme::new(false, Some(cells))))
    }

    #[test]
    fn bars_in_code_do_not_end_a_cell() {
        assert_eq!(split("| a | `b | c` | d \\| e |"), [" a ", " `b | c` ", " d | e "]);
        assert_eq!(split("| lone ` tick | b |"), [" lone ` tick ", " b "]);
        assert_eq!(split("a | b"), ["a ", " b"]);
        assert_eq!(split("|  | x |"), ["  ", " x "]);
    }

    #[test]
    fn only_tables_are_laid_out() {
        assert!(laid_out(&["| a |", "| b |"], 40).is_none());
        assert!(laid_out(&["| a | b |", "|---|"], 40).is_none());
        assert!(laid_out(&["| a |"], 40).is_none());
        assert_eq!(laid_out(&["| a |", "|---|"], 40).unwrap().len(), 4);
    }

    #[test]
    fn missing_cells_are_empty() {
        let lines = laid_out(&["| a | b |", "|---|---|", "| 1 |", "| 2 | 3 | 4 |"], 40).unwrap();
        assert_eq!(lines[3], "│ 1   │     │");
        assert_eq!(lines[4], "│ 2   │ 3   │");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_table_keeps_its_text_and_its_width(
            cells in proptest::collection::vec("(([a-z]{1,14}|日本|語|👍|`[a-z]{1,9}`|[*]{2}[a-z]{1,9}[*]{2}) ?){0,6}", 6..12),
            max in 22usize..80,
        ) {
            let mut rows: Vec<String> = cells.chunks(3).map(|row| format!("| {} |", row.join(" | "))).collect();
            rows.truncate(cells.len() / 3);
            rows.insert(1, "|---|:-:|--:|".into());
            let text: Vec<char> = rows.concat().chars().filter(|char| char.is_alphanumeric()).collect();
            for is_colored in [false, true] {
                let styles = Styles::new(&Theme::new(is_colored, Some(max)));
                let lines = layout(&rows, Some(max), &styles).unwrap();
                let lines: Vec<String> = lines.iter().map(|line| crate::render::clean(line).into_owned()).collect();
                let widths: Vec<usize> = lines.iter().map(|line| width(line)).collect();
                prop_assert!(widths.iter().all(|cells| *cells == widths[0] && *cells <= max), "{lines:#?}");
                let mut shown: Vec<char> = lines.concat().chars().filter(|char| char.is_alphanumeric()).collect();
                let mut expected = text.clone();
                shown.sort_unstable();
                expected.sort_unstable();
                prop_assert_eq!(shown, expected, "{:#?}", lines);
            }
        }
    }
}
