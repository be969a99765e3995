//! Calls as values: the types of `#[tool]`, from a user's point of view.

#![allow(clippy::unused_async, reason = "the tools of these tests do not wait")]

use std::borrow::Cow;
use std::path::Path;

use claudette::tooling::{NamedTool, TypedCall};
use claudette::{State, ToolContext, ToolUse, tool, tools};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, PartialEq, Deserialize, schemars::JsonSchema)]
struct Line {
    article: String,
    #[schemars(range(min = 1, max = 9))]
    number: u8,
}

/// Without `Debug`.
#[derive(Deserialize, schemars::JsonSchema)]
struct Opaque {}

/// Orders things.
#[tool(name = "place-order")]
async fn order(
    cx: &ToolContext,
    shop: State<String>,
    /// Customer
    customer: &str,
    /// Lines
    lines: &[Line],
    /// Kind
    #[tool(rename = "type")]
    kind: Option<&str>,
    /// Weight
    #[tool(default = 2.5)]
    weight: f64,
    /// Note
    note: Cow<'_, str>,
    /// Label
    r#final: Cow<'_, str>,
    /// Where to
    path: &Path,
) -> String {
    format!("{cx:?} {shop:?} {customer} {lines:?} {kind:?} {weight} {note} {} {path:?}", r#final)
}

/// Closes the shop.
#[tool]
fn close(
    /// Anything
    opaque: Option<Opaque>,
    /// Note
    #[tool(default = "".into())]
    note: Cow<str>,
) -> bool {
    opaque.is_some() && note.is_empty()
}

fn call(name: &str, input: Value) -> ToolUse {
    ToolUse::new("toolu_1", name, input)
}

#[test]
fn the_fields_are_the_arguments() -> claudette::Result<()> {
    let lines = json!([{"article": "tea", "number": 3.0}]);
    let input = json!({"path": "a/b", "final": "yes", "note": "hi", "type": "gift", "lines": lines, "customer": "C1"});
    let order { customer, lines, kind, weight, note, r#final, path } = order::read(&call("place-order", input))?;
    assert_eq!((customer, lines), ("C1".to_owned(), vec![Line { article: "tea".to_owned(), number: 3 }]));
    assert_eq!((kind.as_deref(), weight), (Some("gift"), 2.5));
    assert_eq!((note, r#final, path.as_path()), (Cow::from("hi"), Cow::from("yes"), Path::new("a/b")));
    assert_eq!((order::NAME, order::NAMES), ("place-order", &["place-order"][..]));
    Ok(())
}

#[test]
fn a_call_can_be_shown() {
    let read = close::read(&call("close", json!({"opaque": {}}))).unwrap();
    assert_eq!(format!("{read:?}"), r#"close { opaque: .., note: "" }"#);
    let input = json!({"path": "/", "final": "f", "note": "n", "lines": [], "customer": "C1"});
    let read = order::read(&call("place-order", input)).unwrap();
    let text = r#"order { customer: "C1", lines: [], kind: None, weight: 2.5, note: "n", final: "f", path: "/" }"#;
    assert_eq!(format!("{read:?}"), text);
}

#[tokio::test]
async fn a_call_that_would_fail_cannot_be_read() {
    let tools = tools![close, order].state(String::new());
    let (cx, mut count) = (ToolContext::default(), 0);
    for input in [
        r#"{"opaque": 7}"#,
        r#"{"opake": null}"#,
        r#"{"opaque": null, "opaque": null}"#,
        r#"{"note": 5}"#,
        "[]",
        r#"{"opaque": "\ud800"}"#,
    ] {
        let call = format!(r#"{{"type":"tool_use","id":"toolu_1","name":"close","input":{input}}}"#);
        let call: ToolUse = serde_json::from_str(&call).unwrap();
        let outcome = tools.run_call(&call, &cx).await;
        assert!(outcome.is_error(), "{input}");
        let error = close::read(&call).unwrap_err();
        assert!(error.is_mismatch());
        assert_eq!(error.to_string(), format!("the call of `close` cannot be read: {}", outcome.text()));
        count += 1;
    }
    assert_eq!(count, 6);
    let lines = json!({"lines": [{"article": "tea", "number": 10}]});
    let error = order::read(&call("place-order", lines)).unwrap_err().to_string();
    assert!(error.contains("`lines[0].number`") && error.contains("`customer` is required"), "{error}");
}

#[test]
fn a_call_of_another_tool_cannot_be_read() {
    let error = close::read(&call("closed", json!({}))).unwrap_err();
    assert!(error.is_mismatch());
    assert_eq!(error.to_string(), "the call of `closed` cannot be read: only `close` can; did you mean `close`?");
    let member = json!({"type": "tool_use", "id": "t", "name": "close", "input": {}, "toolset_name": "browser"});
    assert!(close::read(&serde_json::from_value(member).unwrap()).is_err());
}
