//! [`draw`]: the screen of a terminal as an SVG image.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

const CELL: f32 = 8.4;
const LINE: f32 = 17.0;
const SIZE: f32 = 14.0;
const MARGIN: f32 = 16.0;
/// The height of the bar with the title.
const BAR: f32 = 34.0;

const BACKGROUND: &str = "#1b1f27";
const FOREGROUND: &str = "#d5dae3";

/// The first sixteen colours of the palette.
const PALETTE: [&str; 16] = [
    "#1b1f27", "#e4697a", "#8fca7b", "#dcb76c", "#62a8ee", "#c487dc", "#56bac6", "#c8cdd6", "#6a7385", "#f08896",
    "#a9dd97", "#ecd096", "#86bff5", "#d8a8ea", "#7fd2dc", "#ffffff",
];

/// The look of a cell. Neighbours with the same look are drawn as one text.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    color: Color,
    background: Color,
    flags: [bool; 5],
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let flags = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()];
        Self { color: cell.fgcolor(), background: cell.bgcolor(), flags }
    }
}

/// Draws the rows of a screen in a window with a title.
pub(crate) fn draw(screen: &Screen, title: &str) -> String {
    let (_, columns) = screen.size();
    let texts: Vec<String> = screen.rows(0, columns.get()).collect();
    let rows = texts.iter().rposition(|row| !row.trim().is_empty()).map_or(1, |last| last + 1);
    let width = f32::from(columns.get()) * CELL + 2.0 * MARGIN;
    let height = rows as f32 * LINE + BAR + MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         role=\"img\" aria-label=\"{title}\">\n<style>text {{ font-size: {SIZE}px; font-family: ui-monospace, \
         SFMono-Regular, Menlo, 'DejaVu Sans Mono', Consolas, monospace; fill: {FOREGROUND}; white-space: pre }}</style>\n\
         <rect width=\"{width:.0}\" height=\"{height:.0}\" rx=\"9\" fill=\"{BACKGROUND}\"/>\n"
    );
    for (place, color) in ["#e4697a", "#dcb76c", "#8fca7b"].iter().enumerate() {
        writeln!(svg, "<circle cx=\"{}\" cy=\"17\" r=\"5.5\" fill=\"{color}\"/>", 20 + 18 * place).unwrap();
    }
    let middle = width / 2.0;
    writeln!(svg, "<text x=\"{middle:.0}\" y=\"22\" text-anchor=\"middle\" opacity=\".6\">{}</text>", escaped(title))
        .unwrap();
    for row in 0..rows {
        draw_row(&mut svg, screen, row.try_into().unwrap(), columns.get());
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_row(svg: &mut String, screen: &Screen, row: u16, columns: u16) {
    let mut column = 0;
    while column < columns {
        let look = Look::of(screen.cell(row, column).unwrap());
        let start = column;
        let mut text = String::new();
        while column < columns {
            let cell = screen.cell(row, column).unwrap();
            // A wide character begins a text, because fonts do not agree on its width.
            let is_wide = cell.is_wide();
            if Look::of(cell) != look || (is_wide && column > start) {
                break;
            }
            text.push_str(if cell.has_contents() { cell.contents() } else { " " });
            column += if is_wide { 2 } else { 1 };
            if is_wide {
                break;
            }
        }
        draw_text(svg, look, &text, (row, start), column - start);
    }
}

fn draw_text(svg: &mut String, look: Look, text: &str, (row, column): (u16, u16), cells: u16) {
    let [bold, dim, italic, underline, inverse] = look.flags;
    let (color, background) = if inverse { (look.background, look.color) } else { (look.color, look.background) };
    let (x, width) = (f32::from(column) * CELL + MARGIN, f32::from(cells) * CELL);
    let y = f32::from(row) * LINE + BAR;
    let fill = hex(background).or(inverse.then(|| FOREGROUND.to_owned()));
    if let Some(fill) = fill {
        writeln!(svg, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{LINE}\" fill=\"{fill}\"/>")
            .unwrap();
    }
    if text.trim().is_empty() {
        return;
    }
    let mut style = String::new();
    if let Some(color) = hex(color).or(inverse.then(|| BACKGROUND.to_owned())) {
        write!(style, " style=\"fill:{color}\"").unwrap();
    }
    for (is_set, attribute) in [
        (bold, " font-weight=\"bold\""),
        (dim, " opacity=\".6\""),
        (italic, " font-style=\"italic\""),
        (underline, " text-decoration=\"underline\""),
    ] {
        style.push_str(if is_set { attribute } else { "" });
    }
    let (text, y) = (text.trim_end(), y + SIZE);
    let length = text_length(text);
    let text = escaped(text);
    writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\"{length}{style} xml:space=\"preserve\">{text}</text>").unwrap();
}

/// Fixes the width of a text of narrow characters, because the reader's font can be wider or narrower.
fn text_length(text: &str) -> String {
    let cells = text.chars().count();
    let is_narrow = text.chars().all(|char| char < '\u{1100}');
    if cells > 1 && is_narrow { format!(" textLength=\"{:.1}\"", cells as f32 * CELL) } else { String::new() }
}

fn hex(color: Color) -> Option<String> {
    match color {
        Color::Default => None,
        Color::Idx(number @ 0..16) => Some(PALETTE[usize::from(number)].to_owned()),
        Color::Idx(number @ 232..) => {
            let level = 8 + 10 * (u16::from(number) - 232);
            Some(format!("#{level:02x}{level:02x}{level:02x}"))
        }
        Color::Idx(number) => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let cube = number - 16;
            Some(format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6)))
        }
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
