//! The settings of system messages, and task budgets.

use super::*;

const EFFORT: &str = "mid-conversation-output-config-2026-07-01";
const CLEAR_AT: &str = "mid-conversation-system-clear-at-2026-08-21";
const BUDGET: &str = "task-budgets-2026-03-13";

fn with(model: &str, message: Value) -> Value {
    let mut system = json!({"role": "system"});
    system.as_object_mut().unwrap().extend(message.as_object().unwrap().clone());
    body(json!({"model": model, "messages": [{"role": "user", "content": "Hi"}, system]}))
}

#[test]
fn settings_of_system_messages() {
    let effort = |level: &str| json!({"output_config": {"effort": level}});
    let neither = "messages.1: a `system` message must have `content` or `output_config`";
    for (betas, body, expected) in [
        (EFFORT, with("claude-opus-5-5", effort("low")), None),
        (EFFORT, with("claude-opus-5-5", json!({"content": "Be brief.", "output_config": {}})), None),
        (EFFORT, with("claude-opus-5-5", json!({})), Some(neither)),
        (EFFORT, with("claude-opus-5-5", json!({"content": null})), Some(neither)),
        (CLEAR_AT, with("claude-opus-5-5", json!({"clear_at": "never"})), Some(neither)),
        (CLEAR_AT, with("claude-opus-5-5", json!({"content": "Be brief.", "clear_at": "next_user_message"})), None),
        (
            CLEAR_AT,
            with("claude-opus-5-5", json!({"content": "Be brief.", "clear_at": "later"})),
            Some("messages.1.clear_at: Input should be 'next_user_message' or 'never'"),
        ),
        (
            CLEAR_AT,
            with("claude-opus-5-5", effort("low")),
            Some("messages.1.output_config: Extra inputs are not permitted"),
        ),
        (
            EFFORT,
            with("claude-opus-5-5", json!({"content": "Be brief.", "clear_at": "never"})),
            Some("messages.1.clear_at: Extra inputs are not permitted"),
        ),
        (
            EFFORT,
            with("claude-opus-5-5", effort("extreme")),
            Some("messages.1.output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'"),
        ),
        (
            EFFORT,
            with("claude-opus-5-5", json!({"output_config": {"format": {}}})),
            Some("messages.1.output_config.format: Extra inputs are not permitted"),
        ),
        (
            EFFORT,
            with("claude-opus-5-5", json!({"content": [], "output_config": {"effort": "low"}})),
            Some(
                "messages.1: all messages must have non-empty content except for the optional final assistant message",
            ),
        ),
        (EFFORT, with("claude-opus-4-7", effort("low")), Some("role 'system' is not supported on this model")),
        (
            EFFORT,
            messages(json!([{"role": "user", "content": "Hi", "output_config": {"effort": "low"}}])),
            Some("messages.0.output_config: Extra inputs are not permitted"),
        ),
    ] {
        assert_eq!(refusal_with(betas, &body).as_deref(), expected, "{body}");
    }
    let mut off = with("claude-haiku-5-5", effort("max"));
    off["thinking"] = json!({"type": "disabled"});
    let refusal = refusal_with(EFFORT, &off).unwrap();
    assert!(refusal.starts_with("output_config.effort 'max' is not supported when thinking is disabled"), "{refusal}");
}

#[test]
fn task_budgets() {
    let budget = |model: &str, budget: Value| body(json!({"model": model, "output_config": {"task_budget": budget}}));
    let tokens = |total: u64| json!({"type": "tokens", "total": total});
    let refused = |body: Value| refusal_with(BUDGET, &body);
    assert_eq!(refused(budget("claude-opus-4-7", tokens(20_000))), None);
    assert_eq!(refused(budget("claude-opus-5-5", json!({"type": "tokens", "total": 20_000, "remaining": 0}))), None);
    for (body, message) in [
        (
            budget("claude-opus-5-5", tokens(19_999)),
            "output_config.task_budget.total: Input should be greater than or equal to 20000",
        ),
        (budget("claude-opus-5-5", json!({"type": "tokens"})), "output_config.task_budget.total: Field required"),
        (
            budget("claude-opus-5-5", json!({"type": "dollars", "total": 30_000})),
            "output_config.task_budget.type: Input should be 'tokens'",
        ),
        (
            budget("claude-opus-5-5", json!({"type": "tokens", "total": 30_000, "remaining": 30_001})),
            "output_config.task_budget.remaining: Input should be less than or equal to 30000",
        ),
        (budget("claude-sonnet-5", tokens(20_000)), "output_config.task_budget is not supported on this model"),
    ] {
        assert_eq!(refused(body.clone()).as_deref(), Some(message), "{body}");
    }
    let missing = refusal_with(EFFORT, &budget("claude-opus-5-5", tokens(20_000)));
    assert_eq!(missing.as_deref(), Some("output_config.task_budget: Extra inputs are not permitted"));
}
