//! Cache breakpoints.

use super::*;

#[test]
fn cache_breakpoints() {
    let text = |ttl: &str| json!({"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral", "ttl": ttl}});
    let five = || text("5m");
    let automatic = |content: Value, ttl: &str| {
        let mut body = says(content);
        body["cache_control"] = json!({"type": "ephemeral", "ttl": ttl});
        body
    };
    let plain = json!({"type": "text", "text": "Hi"});
    let maximum = "A maximum of 4 blocks with cache_control may be provided. Found 5.";
    assert_refused(vec![
        (says(json!([five(), five(), five(), five(), five()])), maximum),
        (automatic(json!([five(), five(), five(), five(), plain]), "5m"), maximum),
        (automatic(json!([five()]), "1h"), "cache_control: the last block has a cache_control with a different ttl"),
        (
            says(json!([{"type": "text", "text": "", "cache_control": {"type": "ephemeral"}}])),
            "messages.0.content.0.text: cache_control cannot be set for empty text blocks",
        ),
        (
            says(json!([text("1h"), five(), text("1h")])),
            "messages.0.content.2.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' \
             cache_control block. Note that blocks are processed in the following order: `tools`, `system`, \
             `messages`.",
        ),
        (
            says(json!([text("2h")])),
            "messages.0.content.0.text.cache_control.ephemeral.ttl: Input should be '5m' or '1h'",
        ),
    ]);
    let fitting = [
        says(json!([text("1h"), five(), five(), five()])),
        automatic(json!([five(), five(), five(), five()]), "5m"),
        automatic(json!([five(), five(), five(), plain]), "1h"),
    ];
    for body in fitting {
        assert_eq!(check(&body), Ok(()), "{body}");
    }
}
