//! A [`Report`] as Markdown and as text for the terminal.

use std::fmt::Write as _;

use indicatif::HumanCount;

use super::format::{counted, dollars, duration, interval, line, markdown, percent};
use super::report::{CaseResult, Group, Report};
use super::summary::Summary;
use super::table::Align::{self, Left, Right};
use super::table::Table;

/// The number of cases and of errors that a report lists.
const LISTED: usize = 10;
/// The longest name and the longest reason, in characters.
const NAME: usize = 60;
const REASON: usize = 200;

/// Returns the report as Markdown.
pub(super) fn document(report: &Report) -> String {
    let name = markdown(&line(report.name(), NAME));
    let mut text = format!("# {name}\n\n{}\n\n", markdown(&headline(report)));
    for (heading, table, more) in tables(report) {
        if let Some(heading) = heading {
            let _ = write!(text, "\n## {heading}\n\n");
        }
        text += &table.to_markdown();
        if let Some(more) = more {
            let _ = write!(text, "\n{more}\n");
        }
    }
    text
}

/// Returns the report for a terminal.
pub(super) fn text(report: &Report) -> String {
    let mut text = format!("{}: {}\n", line(report.name(), NAME), headline(report));
    for (_, table, more) in tables(report) {
        let _ = write!(text, "\n{}", table.to_text());
        if let Some(more) = more {
            let _ = writeln!(text, "{more}");
        }
    }
    text
}

/// Returns the tables of a report, with their headings, and with a line about the rows that are left out.
fn tables(report: &Report) -> Vec<(Option<&'static str>, Table, Option<String>)> {
    let mut tables = vec![(None, models(report), None)];
    let groups = report.tags();
    if !groups.is_empty() {
        tables.push((Some("By tag"), tags(&groups), None));
    }
    let worst = report.worst();
    if !worst.is_empty() {
        tables.push((Some("Worst cases"), cases(&worst), more(worst.len(), "more case")));
    }
    let all = report.errors().count();
    if all > 0 {
        tables.push((Some("Errors"), errors(report), more(all, "more error")));
    }
    tables
}

/// Returns a sentence that says what was run, and one about the judge.
fn headline(report: &Report) -> String {
    let (cases, models, samples) = report.size();
    let mut size = vec![counted(cases as u64, "case"), counted(models as u64, "model")];
    if samples > 1 {
        size.push(counted(samples.into(), "sample"));
    }
    let all = report.summary();
    let mut ends = vec![format!("{} passed", HumanCount(all.passed())), format!("{} failed", HumanCount(all.failed()))];
    if all.errors() > 0 {
        ends.push(counted(all.errors(), "error"));
    }
    let judge = all.judge_spent();
    let judge = match judge.usage.total() {
        0 => String::new(),
        tokens => {
            let cost = dollars(judge.cost.map(|cost| cost.total()), 4);
            format!(" The judge used {} for {cost}.", counted(tokens, "token"))
        }
    };
    format!("{}: {}.{judge}", size.join(" × "), ends.join(", "))
}

/// Returns a row for each model.
fn models(report: &Report) -> Table {
    let mut columns = vec![("Model", Left)];
    columns.extend(RESULTS);
    columns.extend(["Cost", "per sample", "Tokens in", "out"].map(|name| (name, Right)));
    if report.shows_latency() {
        columns.extend(["p50", "p90", "p99"].map(|name| (name, Right)));
    }
    let mut table = Table::new(columns);
    for Group { model, summary, .. } in report.models() {
        let spent = summary.spent();
        let cost = spent.cost.map(|cost| cost.total());
        let mut row = vec![line(&model, NAME)];
        row.extend(results(&summary));
        row.extend([
            dollars(cost, 4),
            dollars(cost.map(|cost| cost / summary.samples().max(1) as f64), 6),
            HumanCount(spent.usage.total_input()).to_string(),
            HumanCount(spent.usage.output_tokens()).to_string(),
        ]);
        if report.shows_latency() {
            row.extend([50.0, 90.0, 99.0].map(|percentile| or_dash(summary.latency(percentile).map(duration))));
        }
        table.push(row);
    }
    table
}

/// Returns a row for each tag and model.
fn tags(groups: &[Group]) -> Table {
    let mut columns = vec![("Tag", Left), ("Model", Left)];
    columns.extend(RESULTS);
    let mut table = Table::new(columns);
    for Group { model, tag, summary } in groups {
        let mut row = vec![line(tag.as_deref().unwrap_or_default(), NAME), line(model, NAME)];
        row.extend(results(summary));
        table.push(row);
    }
    table
}

/// The columns of the results of several samples.
const RESULTS: [(&str, Align); 5] =
    [("Samples", Right), ("Pass rate", Right), ("95 % interval", Right), ("Mean score", Right), ("Errors", Right)];

fn results(summary: &Summary) -> [String; RESULTS.len()] {
    [
        HumanCount(summary.samples()).to_string(),
        or_dash(summary.pass_rate().map(percent)),
        or_dash(summary.interval().map(interval)),
        or_dash(summary.mean_score().map(|score| format!("{score:.2}"))),
        HumanCount(summary.errors()).to_string(),
    ]
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
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
fn errors(report: &Report) -> Table {
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
fn more(all: usize, noun: &str) -> Option<String> {
    let more = all.checked_sub(LISTED).filter(|more| *more > 0)?;
    Some(format!("and {}", counted(more as u64, noun)))
}
