//! Rules that differ between models.

use super::*;

#[test]
fn models() {
    let unknown = check(&body(json!({"model": "claude-3-opus-20240229"})));
    assert_eq!(unknown, Err(Refusal::not_found("model: claude-3-opus-20240229")));

    let thinking = |model: &str, thinking: Value, effort: &str| {
        body(json!({
            "model": model, "max_tokens": 9000, "thinking": thinking, "output_config": {"effort": effort},
        }))
    };
    let instead = "Use \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior.";
    assert_refused(vec![
        (
            body(json!({"max_tokens": 200_000, "model": "claude-opus-5"})),
            "max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens for claude-opus-5",
        ),
        (
            body(json!({"thinking": {"type": "enabled", "budget_tokens": 2000}})),
            "`max_tokens` must be greater than `thinking.budget_tokens`.",
        ),
        (
            body(json!({"thinking": {"type": "enabled", "budget_tokens": 1000}})),
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ),
        (body(json!({"thinking": {"type": "enabled"}})), "thinking.enabled.budget_tokens: Field required"),
        (body(json!({"max_tokens": 0, "stream": true})), "max_tokens: 0 is not supported together with `stream`"),
        // Thinking.
        (body(json!({"thinking": {"type": "adaptive"}})), "adaptive thinking is not supported on this model"),
        (
            thinking("claude-opus-5-5", json!({"type": "enabled", "budget_tokens": 2000}), "high"),
            &format!("\"thinking.type.enabled\" is not supported for this model. {instead}"),
        ),
        (
            thinking("claude-opus-5-5", json!({"type": "disabled"}), "high"),
            &format!("\"thinking.type.disabled\" is not supported for this model. {instead}"),
        ),
        (
            thinking("claude-sonnet-5-5", json!({"type": "disabled"}), "high"),
            "To turn thinking off on this model, send \"thinking\": {\"type\": \"between_tools\"} instead of \
             {\"type\": \"disabled\"}.",
        ),
        (
            thinking("claude-opus-5-5", json!({"type": "between_tools"}), "high"),
            "\"thinking.type.between_tools\" is not supported for this model.",
        ),
        // Effort.
        (
            thinking("claude-haiku-5-5", json!({"type": "disabled"}), "xhigh"),
            "output_config.effort 'xhigh' is not supported when thinking is disabled on this model. Use effort 'high' \
             or below, or enable thinking.",
        ),
        (body(json!({"output_config": {"effort": "low"}})), "This model does not support the effort parameter."),
        (
            body(json!({"output_config": {"effort": "extreme"}})),
            "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'",
        ),
        (body(json!({"temperature": 1.0})), "temperature: Extra inputs are not permitted"),
        (body(json!({"top_k": null, "top_p": 1})), "top_p: Extra inputs are not permitted"),
    ]);
}

#[test]
fn sampling_in_the_older_version() {
    let older = |fields| {
        let headers = [("anthropic-version", "2023-06-01")];
        check_with(&body(fields), &headers, &Rules::default(), Endpoint::Messages)
    };
    let thinking = json!({"type": "enabled", "budget_tokens": 1024});
    for (fields, message) in [
        (json!({"temperature": 1.5}), "temperature: Input should be less than or equal to 1"),
        (
            json!({"temperature": 0.5, "top_p": 0.9}),
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        ),
        (
            json!({"temperature": 0.5, "thinking": thinking}),
            "`temperature` may only be set to 1 when thinking is enabled.",
        ),
        (json!({"temperature": 0.5, "model": "claude-opus-4-7"}), "`temperature` is deprecated for this model."),
        (json!({"top_k": 5, "model": "claude-opus-5-5"}), "`top_k` is deprecated for this model."),
    ] {
        assert_eq!(older(fields.clone()), Err(Refusal::new(message)), "{fields}");
    }
    for fields in [
        json!({"temperature": 0.5, "top_k": 5}),
        json!({"temperature": 1, "thinking": thinking}),
        json!({"temperature": 1, "top_p": 0.99, "model": "claude-opus-4-7"}),
    ] {
        assert_eq!(older(fields.clone()), Ok(()), "{fields}");
    }
}
