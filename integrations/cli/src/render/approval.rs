//! [`approval`]: a tool call that waits for the user's decision.

use claudette::ToolUse;

use super::clean::{clean_line, reveal};
use super::markdown::Highlighter;
use super::theme::{Role, Theme};
use super::tool::pretty;
use super::width::{head, width};

/// The maximum number of lines of arguments; the middle of longer ones is left out.
const MAX_LINES: usize = 100;

/// The maximum length of a name in cells.
const MAX_NAME: usize = 80;

/// Returns the name and all arguments of a call, for the question whether it may run.
///
/// Characters that a terminal does not show are written as escapes, so that the user sees what runs.
///
/// The agent is the sub-agent that makes the call, if it is not the model of the chat.
pub(crate) fn approval(call: &ToolUse, agent: Option<&str>, theme: &Theme) -> String {
    question(call, agent, MAX_LINES, theme)
}

/// Returns the text of [`approval`] with every line of the arguments.
pub(crate) fn approval_in_full(call: &ToolUse, agent: Option<&str>, theme: &Theme) -> String {
    question(call, agent, usize::MAX, theme)
}

fn question(call: &ToolUse, agent: Option<&str>, max_lines: usize, theme: &Theme) -> String {
    let caller = match agent {
        Some(agent) => format!("agent {}", theme.paint(Role::Strong, &clean_line(&reveal(agent), MAX_NAME))),
        None => "model".to_owned(),
    };
    let name = theme.paint(Role::Strong, &clean_line(&reveal(call.name()), MAX_NAME));
    let mut text = format!("{} The {caller} calls {name} with\n", theme.paint(Role::Question, "╭"));
    for line in arguments(call, max_lines, theme) {
        text.push_str(&theme.paint(Role::Question, "│"));
        text.push(' ');
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn arguments(call: &ToolUse, max_lines: usize, theme: &Theme) -> Vec<String> {
    let input = call.invalid_input().unwrap_or(call.input().get());
    let json = pretty(input).unwrap_or_else(|| input.to_owned());
    let mut lines = Vec::new();
    let mut highlighter = if theme.is_colored() { Highlighter::new("json") } else { None };
    for line in reveal(&json).lines() {
        let rows = rows(line, theme.line_width().saturating_sub(2));
        match &mut highlighter {
            Some(highlighter) if rows.len() == 1 => lines.push(highlighter.line(line, theme)),
            _ => lines.extend(rows.into_iter().map(str::to_owned)),
        }
    }
    let left_out = lines.len().saturating_sub(max_lines);
    if left_out > 0 {
        let note = theme.paint(Role::Bad, &format!("… {left_out} lines are not shown …"));
        lines.splice(max_lines / 2..max_lines / 2 + left_out, [note]);
    }
    lines
}

/// Splits a line into rows of a width, so that each row is inside the frame.
fn rows(line: &str, max: usize) -> Vec<&str> {
    let mut rows = Vec::new();
    let mut rest = line;
    while width(rest) > max {
        let row = head(rest, max);
        if row.is_empty() {
            break;
        }
        rows.push(row);
        rest = &rest[row.len()..];
    }
    rows.push(rest);
    rows
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::render::clean;

    fn shown(name: &str, input: &serde_json::Value, width: usize) -> String {
        approval(&ToolUse::new("toolu_1", name, input), None, &Theme::new(false, Some(width)))
    }

    #[test]
    fn all_arguments_are_shown() {
        let text = shown("delete_file", &json!({"path": "/tmp/a", "force": true}), 80);
        assert_eq!(
            text,
            "╭ The model calls delete_file with\n│ {\n│   \"path\": \"/tmp/a\",\n│   \"force\": true\n│ }\n"
        );
        let colored = approval(&ToolUse::new("t", "f", json!({"a": [1]})), None, &Theme::new(true, Some(80)));
        assert!(colored.contains("\u{1b}[") && clean(&colored).contains("│   \"a\": [\n│     1\n"), "{colored:?}");
    }

    #[test]
    fn the_agent_of_a_call_is_named() {
        let call = ToolUse::new("toolu_1", "pay", json!({}));
        let text = approval(&call, Some("bank \u{1b}[8m"), &Theme::new(false, Some(80)));
        assert!(text.starts_with("╭ The agent bank \\u001b[8m calls pay with\n"), "{text}");
    }

    #[test]
    fn nothing_is_hidden_from_the_user() {
        let text = shown("rm\u{1b}[8m", &json!({"path": "a\u{202e}gpj.exe\u{1b}[2K\u{7f}"}), 80);
        assert!(text.contains(r"rm\u001b[8m") && text.contains(r"a\u202egpj.exe\u001b[2K\u007f"), "{text}");
        assert!(clean(&text) == text);
    }

    #[test]
    fn long_arguments_stay_in_the_frame() {
        let text = shown("write", &json!({"text": "word ".repeat(100)}), 40);
        assert!(text.lines().count() > 10);
        assert!(text.lines().all(|line| width(line) <= 40 && line.starts_with(['╭', '│'])), "{text}");
        let text = shown("write", &json!({"lines": (0..1000).collect::<Vec<_>>()}), 40);
        assert!(text.lines().count() == MAX_LINES + 2 && text.contains("904 lines are not shown"), "{text}");
        assert!(text.contains("\n│     0,\n") && text.contains("\n│     999\n"));
    }
}
