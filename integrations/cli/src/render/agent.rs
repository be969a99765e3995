//! [`agent_call`] and [`agent_event`]: the calls and texts inside a sub-agent, indented below its call.

use claudette::chat::SubAgentEvent;
use claudette::{Event, ToolUse};

use super::theme::{Role, Theme};
use super::tool::{first_line, tool_line, untimed_line};
use super::usage::duration;

/// The indentation of one level.
const INDENT: usize = 2;

/// Returns the calls of the sub-agents around an event, the outermost first, and the event.
pub(crate) fn unfold(event: &SubAgentEvent) -> (Vec<&ToolUse>, &Event) {
    let (mut calls, mut event) = (vec![event.call()], event.event());
    while let Event::SubAgent(inner) = event {
        calls.push(inner.call());
        event = inner.event();
    }
    (calls, event)
}

/// Returns the line of a call that runs a sub-agent at a depth. Its result has a line of its own.
pub(crate) fn agent_call(call: &ToolUse, depth: usize, theme: &Theme) -> String {
    indented(&untimed_line(call, &inner(depth, theme)), depth)
}

/// Returns the line of an event inside a sub-agent, if it has one. The last text of a sub-agent does not, because it is
/// the result of the call.
pub(crate) fn agent_event(event: &Event, depth: usize, theme: &Theme) -> Option<String> {
    let theme = &inner(depth, theme);
    let dim = |text: &str| theme.paint(Role::Dim, &first_line(text, theme.line_width().saturating_sub(1)));
    let line = match event {
        Event::ToolResult(outcome) => tool_line(outcome.call(), Some(outcome), outcome.elapsed(), theme),
        Event::Response(response) if response.tool_uses().next().is_some() => {
            let text = response.text();
            if text.trim().is_empty() {
                return None;
            }
            dim(&text)
        }
        Event::Retry(retry) => dim(&format!("{}; the next attempt is in {}", retry.reason(), duration(retry.wait()))),
        Event::Fallback(fallback) => dim(&fallback.to_string()),
        Event::Context(change) => dim(&change.to_string()),
        _ => return None,
    };
    Some(indented(&line, depth))
}

fn inner(depth: usize, theme: &Theme) -> Theme {
    theme.with_width(theme.line_width().saturating_sub(INDENT * depth))
}

fn indented(line: &str, depth: usize) -> String {
    format!("{}{line}\n", " ".repeat(INDENT * depth))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(kind: &str, data: &Value) -> Event {
        serde_json::from_value(json!({"type": kind, "data": data})).unwrap()
    }

    fn call(name: &str) -> Value {
        json!({"type": "tool_use", "id": name, "name": name, "input": {"prompt": "Find\u{1b}[2J it."}})
    }

    #[test]
    fn events_are_indented_below_the_calls_of_their_agents() {
        let outcome = json!({
            "call": call("search"), "value": {"type": "text"}, "elapsed": {"secs": 0, "nanos": 5_000_000},
            "result": {"type": "tool_result", "tool_use_id": "search", "content": "3 pages\nmore"},
        });
        let inner = json!({"call": call("reader"), "event": {"type": "tool_result", "data": outcome}});
        let outer = json!({"call": call("lead"), "event": {"type": "sub_agent", "data": inner}});
        let Event::SubAgent(outer) = event("sub_agent", &outer) else { panic!() };
        let (calls, inner) = unfold(&outer);
        assert_eq!(calls.iter().map(|call| call.name()).collect::<Vec<_>>(), ["lead", "reader"]);
        let theme = Theme::new(false, Some(80));
        assert_eq!(agent_call(calls[1], 1, &theme), "  ● reader(\"Find\\u001b[2J it.\")\n");
        let line = agent_event(inner, 2, &theme);
        assert_eq!(line.unwrap(), "    ● search(\"Find\\u001b[2J it.\") → 3 pages (+1 line) · 5ms\n");
    }

    #[test]
    fn a_change_of_the_model_has_a_line() {
        let seam = json!({"type": "fallback", "from": {"model": "claude-fable-5-2"}, "to": {"model": "claude-opus-5-5"},
            "trigger": {"type": "refusal", "category": "cyber"}});
        let line = agent_event(&event("fallback", &seam), 1, &Theme::new(false, Some(80)));
        assert_eq!(line.unwrap(), "  claude-fable-5-2 declined (cyber); claude-opus-5-5 continues\n");
    }

    #[test]
    fn only_a_text_before_calls_has_a_line() {
        let response = |content: Value| {
            let response = json!({"id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5",
                "content": content, "stop_reason": "tool_use", "usage": {"input_tokens": 1, "output_tokens": 1}});
            agent_event(&event("response", &response), 1, &Theme::new(false, Some(60)))
        };
        let text = json!({"type": "text", "text": "I search.\nNow."});
        assert_eq!(response(json!([text, call("search")])).unwrap(), "  I search. (+1 line)\n");
        assert_eq!(response(json!([text])), None);
        assert_eq!(response(json!([call("search")])), None);
    }
}
