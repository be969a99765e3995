//! The server with clients of the Python SDK, in both of its major versions and both eras, over stdio and HTTP.

use mcp_tests::{Background, Peers};
use serde_json::{Value, json};

use super::{run, text};

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/client.py");
const SERVED: &str = env!("CARGO_BIN_EXE_served");

async fn over_stdio(major: u32, mode: &str, version: &str) {
    let Some(python) = Peers::from_env().python(major) else { return };
    exercise(&python, json!({"command": [SERVED, "stdio"], "mode": mode}), version).await;
}

async fn over_http(major: u32, mode: &str, version: &str) {
    let Some(python) = Peers::from_env().python(major) else { return };
    let server = Background::start(SERVED, &["PORT"]).await;
    exercise(&python, json!({"url": server.url(), "mode": mode}), version).await;
}

#[tokio::test]
async fn python_2_over_stdio_in_the_modern_era() {
    over_stdio(2, "auto", "2026-07-28").await;
}

#[tokio::test]
async fn python_2_over_stdio_in_the_legacy_era() {
    over_stdio(2, "legacy", "2025-11-25").await;
}

#[tokio::test]
async fn python_2_over_http_in_the_modern_era() {
    over_http(2, "auto", "2026-07-28").await;
}

#[tokio::test]
async fn python_2_over_http_in_the_legacy_era() {
    over_http(2, "legacy", "2025-11-25").await;
}

#[tokio::test]
async fn python_1_over_stdio() {
    over_stdio(1, "legacy", "2025-11-25").await;
}

#[tokio::test]
async fn python_1_over_http() {
    over_http(1, "legacy", "2025-11-25").await;
}

async fn exercise(python: &str, mut job: Value, version: &str) {
    job["calls"] = json!([
        ["add", {"a": 1, "b": 2}],
        ["forecast", {"city": "Oslo", "days": 1}],
        ["fail", {"reason": "no fuel"}],
        ["panics", {}],
        ["picture", {}],
        ["count", {"to": 3}],
        ["noise", {}],
        ["add", {"a": "one"}],
        ["no_tool", {}],
        ["add", {"a": 3, "b": 4}],
    ]);
    let output = run(python, &[CLIENT.to_owned(), job.to_string()]).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let answer: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stdout)));
    assert_eq!(answer["version"], version);
    let tools = answer["tools"].as_array().unwrap();
    let names: Vec<&str> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(names, ["add", "forecast", "fail", "panics", "picture", "count", "noise"]);
    assert_eq!(tools[0]["annotations"]["readOnlyHint"], true, "{}", tools[0]);
    assert_eq!(tools[0]["inputSchema"]["properties"]["a"]["description"], "The first number");
    assert_eq!(tools[1]["outputSchema"]["type"], "object", "{}", tools[1]);

    let results = answer["results"].as_array().unwrap();
    let said = |n: usize| results[n]["content"][0]["text"].as_str().unwrap_or_default();
    let failed = |n: usize| results[n]["isError"] == true;
    assert_eq!((said(0), failed(0)), ("3", false), "{}", results[0]);
    assert_eq!(results[1]["structuredContent"], json!({"city": "Oslo", "temperature": 4.0}));
    assert!(said(2).contains("no fuel") && failed(2), "{}", results[2]);
    assert!(failed(3), "{}", results[3]);
    assert_eq!(results[4]["content"][0]["type"], "image", "{}", results[4]);
    assert_eq!(said(5), "counted");
    let messages: Vec<&str> = results[5]["progress"].as_array().unwrap().iter().filter_map(|p| p[1].as_str()).collect();
    assert_eq!(messages, ["number 1", "number 2", "number 3"]);
    assert_eq!(said(6), "printed");
    assert!(failed(7) && said(7).contains('b'), "{}", results[7]);
    assert!(
        failed(8) || results[8]["raised"].as_str().is_some_and(|error| error.contains("no_tool")),
        "{}",
        results[8]
    );
    assert_eq!(said(9), "7");
}
