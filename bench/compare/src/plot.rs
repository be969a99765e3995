//! The plot: a line for each kind of work, and a dot for each client at the ratio of its figure to ours.

use std::fmt::Write;

use crate::figures::Figures;
use crate::rows::ROWS;
use crate::scenario::CLIENTS;

const COLOURS: [&str; CLIENTS.len()] = ["#c2410c", "#0f766e", "#1d4ed8", "#7e22ce", "#6b7280"];
const LABELS: f64 = 260.0;
const WIDTH: f64 = 560.0;
const LINE: f64 = 26.0;
/// Powers of ten at the ends of the axis.
const FROM: f64 = -1.0;
const TO: f64 = 2.0;

pub fn svg(figures: &Figures) -> String {
    let rows: Vec<_> = ROWS.iter().filter(|row| row.value(figures, "ours").is_some()).collect();
    let bottom = LINE * (rows.len() as f64 + 1.5);
    let (width, height) = (LABELS + WIDTH + 30.0, bottom + LINE * 1.5);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (n, (client, colour)) in CLIENTS.into_iter().zip(COLOURS).enumerate() {
        let x = LABELS + 110.0 * n as f64;
        dot(&mut svg, x, LINE * 0.6, colour, client);
        text(&mut svg, x + 10.0, LINE * 0.6, "start", client);
    }
    for times in [0.1, 1.0, 10.0, 100.0] {
        let (x, top) = (place(times), LINE * 1.1);
        let _ = writeln!(svg, "<path d=\"M{x:.1} {top}V{bottom}\" stroke=\"#d1d5db\"/>");
        text(&mut svg, x, bottom + LINE * 0.5, "middle", &format!("{times}"));
    }
    text(&mut svg, place(1.0), bottom + LINE, "middle", "ratio to ours; further right is slower or larger");
    for (n, row) in rows.iter().enumerate() {
        let y = LINE * (n as f64 + 1.75);
        text(&mut svg, LABELS - 20.0, y, "end", row.work.trim());
        let Some(ours) = row.value(figures, "ours") else { continue };
        for (client, colour) in CLIENTS.into_iter().zip(COLOURS).rev() {
            let Some(value) = row.value(figures, client) else { continue };
            dot(&mut svg, place(value / ours), y, colour, &format!("{client}: {}", row.unit.show(value)));
        }
    }
    svg + "</svg>\n"
}

/// Returns the x coordinate of a ratio to our figure.
fn place(times: f64) -> f64 {
    LABELS + WIDTH * (times.log10().clamp(FROM, TO) - FROM) / (TO - FROM)
}

fn dot(svg: &mut String, x: f64, y: f64, colour: &str, title: &str) {
    let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y}\" r=\"5\" fill=\"{colour}\"><title>{title}</title></circle>");
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"{anchor}\">{text}</text>", y + 4.0);
}
