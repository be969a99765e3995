//! [`approval`]: a tool call that waits for the user's decision.

use std::fmt::Write as _;

use claudette::ToolUse;

use super::clean::{clean_line, reveal};
use super::theme::{Role, Theme};
use super::tool::pretty;

/// The maximum number of lines of arguments; the middle of longer ones is left out.
const MAX_LINES: usize = 60;

/// Returns the name and all arguments of a call, for the question whether it may run.
///
/// Characters that a terminal does not show are written as escapes, so that the user sees what runs.
pub(crate) fn approval(call: &ToolUse, theme: &Theme) -> String {
    let bar = theme.paint(Role::Question, "│");
    let name = theme.paint(Role::Strong, &clean_line(&reveal(call.name()), 80));
    let mut text = format!("{} run {name}?\n", theme.paint(Role::Question, "╭"));
    let input = call.invalid_input().unwrap_or(call.input().get());
    let arguments = pretty(input).unwrap_or_else(|| input.to_owned());
    let arguments = reveal(&arguments);
    let lines: Vec<_> = arguments.lines().collect();
    let left_out = lines.len().saturating_sub(MAX_LINES);
    for (place, line) in lines.iter().enumerate() {
        if left_out > 0 && place == MAX_LINES / 2 {
            let note = format!("… {left_out} lines are left out");
            writeln!(text, "{bar} {}", theme.paint(Role::Dim, &note)).expect("a string accepts text");
        }
        if left_out == 0 || place < MAX_LINES / 2 || place >= MAX_LINES / 2 + left_out {
            writeln!(text, "{bar} {line}").expect("a string accepts text");
        }
    }
    text
}
