//! The server with the command line of the MCP Inspector, in all eras, over stdio and HTTP.

use std::process::Output;

use mcp_tests::{Background, Peers};
use serde_json::{Value, json};

use super::{run, text};

const SERVED: &str = env!("CARGO_BIN_EXE_served");

/// Runs the inspector with a server and a method.
async fn inspect(target: &[&str], era: &str, more: &[&str]) -> Option<Output> {
    let (node, mut args) = Peers::from_env().node("inspector/clients/launcher/build/index.js")?;
    args.extend(["--cli", "-q", "--format", "json"].map(str::to_owned));
    args.extend(target.iter().map(|&arg| arg.to_owned()));
    args.extend(["--protocol-era", era].map(str::to_owned));
    args.extend(more.iter().map(|&arg| arg.to_owned()));
    Some(run(&node, &args).await)
}

fn answer(output: &Output) -> Value {
    assert!(output.status.success(), "{:?} {} {}", output.status, text(&output.stdout), text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stdout)))
}

/// Returns the field of a result, which the inspector may wrap in `result`.
fn field<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer.get(name).unwrap_or_else(|| &answer["result"][name])
}

async fn exercise(target: &[&str]) {
    for era in ["legacy", "modern", "auto"] {
        let Some(listed) = inspect(target, era, &["--method", "tools/list", "--strict"]).await else { return };
        let answer_of_list = answer(&listed);
        assert_eq!(field(&answer_of_list, "tools").as_array().unwrap().len(), 7, "{era}: {answer_of_list}");
        let add = ["--method", "tools/call", "--tool-name", "add", "--tool-args-json", r#"{"a":1,"b":2}"#];
        let called = answer(&inspect(target, era, &add).await.unwrap());
        assert_eq!(field(&called, "content")[0]["text"], "3", "{era}: {called}");
    }
    let forecast = ["--method", "tools/call", "--tool-name", "forecast", "--tool-args-json", r#"{"city":"Oslo"}"#];
    let called = answer(&inspect(target, "auto", &forecast).await.unwrap());
    assert_eq!(*field(&called, "structuredContent"), json!({"city": "Oslo", "temperature": 3}));
    let fail = ["--method", "tools/call", "--tool-name", "fail", "--tool-args-json", r#"{"reason":"no fuel"}"#];
    let failed = inspect(target, "auto", &fail).await.unwrap();
    assert_eq!(failed.status.code(), Some(5), "{} {}", text(&failed.stdout), text(&failed.stderr));
    assert!(text(&failed.stdout).contains("no fuel"), "{}", text(&failed.stdout));
}

#[tokio::test]
async fn inspector_over_stdio() {
    exercise(&[SERVED, "stdio"]).await;
}

#[tokio::test]
async fn inspector_over_http() {
    let server = Background::start(SERVED, &["PORT"]).await;
    exercise(&[&server.url()]).await;
}
