//! A bar chart of a [`Report`] as SVG.

use std::fmt::Write as _;

use super::format::{interval, line, percent, xml};
use super::report::{Group, Report};

/// The colours of both themes. A theme follows the setting of the reader. The selectors do not match anything else in a page
/// that contains the chart.
const STYLE: &str = "
.claudette-eval text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1f2328}
.claudette-eval .title{font-size:16px;font-weight:600}
.claudette-eval .tag{font-weight:600}
.claudette-eval .ground{fill:#fff}
.claudette-eval .track{fill:#e9edf1}
.claudette-eval .interval{stroke:#1f2328;stroke-width:1.5;fill:none}
.claudette-eval .c0{fill:#3b7dd8}
.claudette-eval .c1{fill:#d9822b}
.claudette-eval .c2{fill:#2a9d6e}
.claudette-eval .c3{fill:#b5519c}
.claudette-eval .c4{fill:#7a6ff0}
.claudette-eval .c5{fill:#8a8d91}
@media(prefers-color-scheme:dark){
.claudette-eval text{fill:#e6edf3}
.claudette-eval .ground{fill:#0d1117}
.claudette-eval .track{fill:#262c36}
.claudette-eval .interval{stroke:#e6edf3}
}
";

const COLOURS: usize = 6;
/// The width of the chart and the places of its columns, in pixels.
const WIDTH: usize = 760;
const BARS: usize = 220;
const BAR_WIDTH: usize = 340;
const ROW: usize = 26;
/// The number of characters that fit into the first column.
const NAME: usize = 28;

/// Returns a bar for each model, and below it, for each tag and model.
pub(super) fn chart(report: &Report) -> String {
    let (models, tags) = (report.models(), report.tags());
    let mut rows = Rows { text: String::new(), y: 52 };
    rows.section(None, &models);
    for of_tag in tags.chunk_by(|one, other| one.tag == other.tag) {
        rows.section(of_tag[0].tag.as_deref(), of_tag);
    }
    let height = rows.y + 8;
    let title = format!("{}: pass rates", line(report.name(), 60));
    let sentence = |group: &Group| format!("{}: {}", group.model, rate_of(group));
    let description = models.iter().map(sentence).collect::<Vec<_>>().join("; ");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"claudette-eval\" role=\"img\" width=\"{WIDTH}\" \
         height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">\n\
         <title>{title}</title>\n\
         <desc>{description}.</desc>\n\
         <style>{STYLE}</style>\n\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\"/>\n\
         <text class=\"title\" x=\"16\" y=\"30\">{title}</text>\n\
         {rows}</svg>\n",
        title = xml(&title),
        description = xml(&description),
        rows = rows.text,
    )
}

/// The rows of the chart so far.
struct Rows {
    text: String,
    y: usize,
}

impl Rows {
    /// Adds a bar for each model, below the name of a tag.
    fn section(&mut self, tag: Option<&str>, groups: &[Group]) {
        if let Some(tag) = tag {
            self.y += 10;
            let _ = writeln!(self.text, r#"<text class="tag" x="16" y="{}">{}</text>"#, self.y + 16, name(tag));
            self.y += ROW;
        }
        for (place, group) in groups.iter().enumerate() {
            self.bar(place % COLOURS, group);
        }
    }

    fn bar(&mut self, colour: usize, group: &Group) {
        let (top, middle, text) = (self.y + 4, self.y + 12, self.y + 17);
        let x = |share: f64| BARS as f64 + share * BAR_WIDTH as f64;
        let _ = write!(
            self.text,
            "<text x=\"16\" y=\"{text}\">{}</text>\n\
             <rect class=\"track\" x=\"{BARS}\" y=\"{top}\" width=\"{BAR_WIDTH}\" height=\"16\" rx=\"3\"/>\n",
            name(&group.model)
        );
        if let Some((rate, (low, high))) = group.summary.pass_rate().zip(group.summary.interval()) {
            let (width, low, high) = (rate * BAR_WIDTH as f64, x(low), x(high));
            let _ = write!(
                self.text,
                "<rect class=\"c{colour}\" x=\"{BARS}\" y=\"{top}\" width=\"{width:.1}\" height=\"16\" rx=\"3\"/>\n\
                 <path class=\"interval\" d=\"M{low:.1} {middle}H{high:.1}M{low:.1} {}V{}M{high:.1} {}V{}\"/>\n",
                middle - 4,
                middle + 4,
                middle - 4,
                middle + 4,
            );
        }
        let x = BARS + BAR_WIDTH + 16;
        let _ = writeln!(self.text, r#"<text x="{x}" y="{text}">{}</text>"#, xml(&rate_of(group)));
        self.y += ROW;
    }
}

/// Returns the pass rate and its interval.
fn rate_of(group: &Group) -> String {
    match group.summary.pass_rate().zip(group.summary.interval()) {
        Some((rate, range)) => format!("{} ({})", percent(rate), interval(range)),
        None => "no results".to_owned(),
    }
}

fn name(text: &str) -> String {
    xml(&line(text, NAME))
}
