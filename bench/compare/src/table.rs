//! The table: a line for each kind of work, a column for each client, and whether our goals are met.

use crate::figures::Figures;
use crate::rows::{Goal, ROWS, Row};
use crate::scenario::CLIENTS;

pub fn table(figures: &Figures) -> String {
    let mut lines = vec![line("", CLIENTS.map(str::to_owned), "goal: ours at most", "is", "")];
    for row in ROWS {
        let values = CLIENTS.map(|client| row.value(figures, client));
        if values.iter().all(Option::is_none) {
            continue;
        }
        let cells = values.map(|value| value.map_or("–".to_owned(), |value| row.unit.show(value)));
        let mut goals = row.goals.iter().map(|goal| judge(goal, row, figures));
        let (goal, seen, holds) = goals.next().unwrap_or_default();
        lines.push(line(row.work, cells, &goal, &seen, holds));
        for (goal, seen, holds) in goals {
            lines.push(line("", Default::default(), &goal, &seen, holds));
        }
    }
    lines.join("\n")
}

/// Returns the goal, the measured value, and a mark that shows whether the goal is met.
fn judge(goal: &Goal, row: &Row, figures: &Figures) -> (String, String, &'static str) {
    let seen = goal.seen(row, figures);
    let holds = seen.map_or("", |seen| if seen <= goal.at_most { "✔" } else { "✘" });
    let show = |value: f64| match goal.times {
        Some(_) if value < 0.1 => format!("{value:.3} ×"),
        Some(_) => format!("{value:.2} ×"),
        None => row.unit.show(value),
    };
    let client = goal.times.map(|client| format!(" {client}")).unwrap_or_default();
    (show(goal.at_most) + &client, seen.map_or("–".to_owned(), show), holds)
}

fn line(work: &str, cells: [String; CLIENTS.len()], goal: &str, seen: &str, holds: &str) -> String {
    let cells: String = cells.iter().map(|cell| format!("{cell:>12}")).collect();
    format!("{work:<38}{cells}   {goal:<22}{seen:>9} {holds}").trim_end().to_owned()
}
