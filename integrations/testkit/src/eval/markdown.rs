//! A [`Report`] as Markdown and as text for the terminal.

use std::fmt::Write as _;

use super::format::{counted, dollars, duration, grouped, interval, line, markdown, percent};
use super::report::{CaseResult, Group, Report};
use super::table::Align::{Left, Right};
use super::table::Table;

/// The number of cases and of errors that a report lists.
const LISTED: usize = 10;
/// The longest name and the longest reason, in characters.
const NAME: usize = 60;
const REASON: usize = 200;

/// Returns the report as Markdown.
pub(super) fn document(report: &Report) -> String {
    let mut text = format!("# {}\n\n{}\n\n", markdown(&line(report.name(), NAME)), markdown(&headline(report)));
    text += &groups(&report.models(), report.shows_latency()).to_markdown();
    let tags = report.tags();
    if !tags.is_empty() {
        let _ = write!(text, "\n## By tag\n\n{}", groups(&tags, report.shows_latency()).to_markdown());
    }
    let worst = report.worst();
    if !worst.is_empty() {
        let _ = write!(text, "\n## Worst cases\n\n{}{}", cases(&worst).to_markdown(), more(worst.len(), "case", "\n"));
    }
    let errors: Vec<_> = report.errors().collect();
    if !errors.is_empty() {
        let _ = write!(text, "\n## Errors\n\n{}{}", failures(report).to_markdown(), more(errors.len(), "error", "\n"));
    }
    text
}

/// Returns the report for a terminal.
pub(super) fn text(report: &Report) -> String {
    let mut text = format!("{}: {}\n\n", line(report.name(), NAME), headline(report));
    text += &groups(&report.models(), report.shows_latency()).to_text();
    let tags = report.tags();
    if !tags.is_empty() {
        let _ = write!(text, "\n{}", groups(&tags, report.shows_latency()).to_text());
    }
    let worst = report.worst();
    if !worst.is_empty() {
        let _ = write!(text, "\n{}{}", cases(&worst).to_text(), more(worst.len(), "case", ""));
    }
    let errors: Vec<_> = report.errors().collect();
    if !errors.is_empty() {
        let _ = write!(text, "\n{}{}", failures(report).to_text(), more(errors.len(), "error", ""));
    }
    text
}

/// Returns a sentence that says what was run, and one about the judge.
fn headline(report: &Report) -> String {
    let (cases, models, samples) = report.size();
    let mut size = vec![counted(cases as u64, "case"), counted(models as u64, "model")];
    if samples > 1 {
        size.push(counted(samples.into(), "sample"));
    }
    let all = report.summary();
    let mut ends = vec![format!("{} passed", grouped(all.passed())), format!("{} failed", grouped(all.failed()))];
    if all.errors() > 0 {
        ends.push(counted(all.errors(), "error"));
    }
    let judge = all.judge_spent();
    let judge = match judge.usage.total() {
        0 => String::new(),
        tokens => format!(" The judge used {} for {}.", counted(tokens, "token"), dollars(judge.cost)),
    };
    format!("{}: {}.{judge}", size.join(" × "), ends.join(", "))
}

/// Returns a row for each group.
fn groups(groups: &[Group], shows_latency: bool) -> Table {
    let has_tags = groups.iter().any(|group| group.tag.is_some());
    let mut columns = if has_tags { vec![("Tag", Left)] } else { vec![] };
    columns.extend([("Model", Left), ("Samples", Right), ("Pass rate", Right), ("95 % interval", Right)]);
    columns.extend([("Mean score", Right), ("Errors", Right), ("Cost", Right), ("per sample", Right)]);
    columns.extend([("Tokens in", Right), ("out", Right)]);
    if shows_latency {
        columns.extend([("p50", Right), ("p90", Right), ("p99", Right)]);
    }
    let mut table = Table::new(columns);
    for Group { model, tag, summary } in groups {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        let spent = summary.spent();
        let mut row: Vec<String> = tag.iter().filter(|_| has_tags).map(|tag| line(tag, NAME)).collect();
        row.extend([
            line(model, NAME),
            grouped(summary.samples()),
            or_dash(summary.pass_rate().map(percent)),
            or_dash(summary.interval().map(interval)),
            or_dash(summary.mean_score().map(|score| format!("{score:.2}"))),
            grouped(summary.errors()),
            dollars(spent.cost),
            dollars(spent.cost.map(|cost| divided(cost, summary.samples()))),
            grouped(spent.usage.total_input()),
            grouped(spent.usage.output_tokens()),
        ]);
        if shows_latency {
            row.extend([50.0, 90.0, 99.0].map(|percentile| or_dash(summary.latency(percentile).map(duration))));
        }
        table.push(row);
    }
    table
}

/// Returns the cost of one of several samples.
fn divided(mut cost: claudette::catalog::Cost, samples: u64) -> claudette::catalog::Cost {
    let samples = samples.max(1) as f64;
    for part in [&mut cost.input, &mut cost.output, &mut cost.cache, &mut cost.server_tools] {
        *part /= samples;
    }
    cost
}

/// Returns a row for each of the worst cases.
fn cases(worst: &[CaseResult<'_>]) -> Table {
    let mut table =
        Table::new(vec![("Case", Left), ("Model", Left), ("Passed", Right), ("Mean score", Right), ("Reason", Left)]);
    for CaseResult { case_id, model, summary, worst } in worst.iter().take(LISTED) {
        table.push(vec![
            line(case_id, NAME),
            line(model, NAME),
            format!("{} of {}", summary.passed(), summary.judged()),
            summary.mean_score().map(|score| format!("{score:.2}")).unwrap_or_default(),
            line(&worst.explanation(), REASON),
        ]);
    }
    table
}

/// Returns a row for each error.
fn failures(report: &Report) -> Table {
    let mut table = Table::new(vec![("Case", Left), ("Model", Left), ("Sample", Right), ("Error", Left)]);
    for error in report.errors().take(LISTED) {
        table.push(vec![
            line(error.case_id(), NAME),
            line(error.model(), NAME),
            error.number().to_string(),
            line(&error.explanation(), REASON),
        ]);
    }
    table
}

/// Returns a line about the rows that are left out.
fn more(all: usize, noun: &str, before: &str) -> String {
    match all.checked_sub(LISTED).filter(|more| *more > 0) {
        Some(more) => format!("{before}and {}\n", counted(more as u64, &format!("more {noun}"))),
        None => String::new(),
    }
}
