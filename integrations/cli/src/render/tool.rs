//! [`tool_line`] and [`tool_details`]: a tool call in one line, and all of it.

use std::fmt::Write as _;
use std::time::Duration;

use claudette::{ToolOutcome, ToolUse};
use serde_json::Value;

use super::clean::{clean, clean_line, reveal};
use super::theme::{Role, Theme};
use super::usage::duration;
use super::width::{fit, width};

/// The maximum share of a line for the arguments of a call, if there is a result to show.
const ARGUMENTS_SHARE: usize = 2;

/// Returns a tool call as one line, without a line end: `● name(arguments) → first line of the result · 0.4s`.
///
/// Without an outcome, the call is running.
pub(crate) fn tool_line(call: &ToolUse, outcome: Option<&ToolOutcome>, elapsed: Duration, theme: &Theme) -> String {
    let role = match outcome {
        None => Role::Accent,
        Some(outcome) if outcome.is_error() => Role::Bad,
        Some(_) => Role::Good,
    };
    let time = format!(" · {}", duration(elapsed));
    let name = clean_line(call.name(), 40);
    // The mark, the parentheses, the arrow and the time; one cell stays free, so that no terminal wraps the line.
    let room = theme.line_width().saturating_sub(width(&name) + width(&time) + 9);
    let result = outcome.map(|outcome| first_line(&outcome.text(), room));
    let room_of_arguments = if result.is_some() { room / ARGUMENTS_SHARE } else { room };
    let arguments = arguments(call, room_of_arguments);

    let mut line = start(role, &name, &arguments, theme);
    if let Some(result) = result {
        let result = fit(&result, room.saturating_sub(width(&arguments)));
        let role = if role == Role::Bad { Role::Bad } else { Role::Plain };
        write!(line, " → {}", theme.paint(role, &result)).expect("a string accepts text");
    }
    line.push_str(&theme.paint(Role::Dim, &time));
    line
}

/// Returns a tool call as one line without a result and a time.
pub(super) fn untimed_line(call: &ToolUse, theme: &Theme) -> String {
    let name = clean_line(call.name(), 40);
    // The mark, the parentheses, and one free cell.
    let room = theme.line_width().saturating_sub(width(&name) + 5);
    start(Role::Accent, &name, &arguments(call, room), theme)
}

/// Returns the start of the line of a call: `● name(arguments)`.
fn start(role: Role, name: &str, arguments: &str, theme: &Theme) -> String {
    let arguments = theme.paint(Role::Dim, &format!("({arguments})"));
    format!("{} {}{arguments}", theme.paint(role, "●"), theme.paint(Role::Strong, name))
}

/// Returns a tool call with all its arguments and its whole result.
pub(crate) fn tool_details(outcome: &ToolOutcome, theme: &Theme) -> String {
    let mut text = tool_line(outcome.call(), Some(outcome), outcome.elapsed(), theme);
    text.push('\n');
    let arguments = pretty(outcome.call().input().get()).unwrap_or_else(|| outcome.call().input().get().to_owned());
    section(&mut text, "arguments", &reveal(&arguments), theme);
    if let Some(invalid) = outcome.call().invalid_input() {
        section(&mut text, "arguments as the model wrote them", invalid, theme);
    }
    let result = outcome.text();
    let title = if outcome.is_error() { "error" } else { "result" };
    section(&mut text, title, &pretty(&result).unwrap_or_else(|| result.into_owned()), theme);
    text
}

fn section(text: &mut String, title: &str, body: &str, theme: &Theme) {
    writeln!(text, "  {}", theme.paint(Role::Dim, title)).expect("a string accepts text");
    for line in clean(body).trim_end().lines() {
        writeln!(text, "    {line}").expect("a string accepts text");
    }
}

/// Returns the JSON of an object or an array with line ends and indentation.
pub(crate) fn pretty(json: &str) -> Option<String> {
    let value: Value = serde_json::from_str(json).ok()?;
    (value.is_object() || value.is_array()).then(|| serde_json::to_string_pretty(&value).unwrap_or_default())
}

/// Returns the arguments for one line: the values, and their names if there are several.
fn arguments(call: &ToolUse, max: usize) -> String {
    let text = match call.input_as::<serde_json::Map<String, Value>>() {
        Ok(input) if input.len() == 1 => input.values().map(Value::to_string).collect(),
        Ok(input) => input.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", "),
        Err(_) => call.input().get().to_owned(),
    };
    clean_line(&text, max)
}

/// Returns the first line that is not blank, with the number of lines after it.
pub(super) fn first_line(text: &str, max: usize) -> String {
    let cleaned = clean(text);
    let mut lines = cleaned.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or("(no text)");
    let more = match lines.count() {
        0 => String::new(),
        1 => " (+1 line)".to_owned(),
        more => format!(" (+{more} lines)"),
    };
    clean_line(first, max.saturating_sub(width(&more))) + &more
}

#[cfg(test)]
mod tests {
    use claudette::{ToolError, ToolOutput};
    use serde_json::json;

    use super::*;

    fn outcome(input: Value, answer: Result<ToolOutput, ToolError>) -> ToolOutcome {
        ToolOutcome::new(ToolUse::new("toolu_1", "weather", input), answer, Duration::from_millis(400))
    }

    fn plain(width: usize) -> Theme {
        Theme::new(false, Some(width))
    }

    fn shown(outcome: &ToolOutcome, width: usize) -> String {
        tool_line(outcome.call(), Some(outcome), outcome.elapsed(), &plain(width))
    }

    #[test]
    fn a_call_is_one_line() {
        let one = outcome(json!({"city": "Oslo"}), Ok(ToolOutput::new("3 degrees\n\nand\nsnow")));
        assert_eq!(shown(&one, 80), "● weather(\"Oslo\") → 3 degrees (+2 lines) · 0.4s");
        let two = outcome(json!({"city": "Oslo", "days": 2}), Err(ToolError::new("no station")));
        assert_eq!(shown(&two, 80), "● weather(city: \"Oslo\", days: 2) → no station · 0.4s");
        let none = outcome(json!({}), Ok(ToolOutput::new("")));
        assert_eq!(shown(&none, 80), "● weather() → (no text) · 0.4s");
        let running = tool_line(one.call(), None, Duration::from_secs(2), &plain(80));
        assert_eq!(running, "● weather(\"Oslo\") · 2.0s");
    }

    #[test]
    fn a_line_fits_and_has_no_controls() {
        let long = "\u{1b}]0;x\u{7}\u{1b}[2J日本語 ".repeat(50);
        let call = outcome(json!({"a": long, "b": long}), Ok(ToolOutput::new(format!("{long}\nb"))));
        for cells in 30..120 {
            let line = shown(&call, cells);
            assert!(width(&line) <= cells && clean(&line) == line, "{cells}: {line}");
        }
    }

    #[test]
    fn the_colour_says_how_a_call_ended() {
        let theme = Theme::new(true, Some(80));
        let good = outcome(json!({}), Ok(ToolOutput::new("ok")));
        let bad = outcome(json!({}), Err(ToolError::new("no")));
        let mark = |outcome: Option<&ToolOutcome>| tool_line(good.call(), outcome, Duration::ZERO, &theme);
        assert!(mark(Some(&good)).starts_with(&theme.paint(Role::Good, "●")));
        assert!(mark(Some(&bad)).starts_with(&theme.paint(Role::Bad, "●")));
        assert!(mark(None).starts_with(&theme.paint(Role::Accent, "●")));
    }

    #[test]
    fn details_show_everything() {
        let call = outcome(json!({"city": "Oslo"}), Ok(ToolOutput::new(r#"{"celsius":3,"sky":"\u202eclear"}"#)));
        let expected = "● weather(\"Oslo\") → {\"celsius\":3,\"sky\":\"\\u202eclear\"} · 0.4s\n  arguments\n    {\n      \
                        \"city\": \"Oslo\"\n    }\n  result\n    {\n      \"celsius\": 3,\n      \"sky\": \"clear\"\n    }\n";
        assert_eq!(tool_details(&call, &plain(80)), expected);
    }
}
