//! Lists of tools that are wrong. The tool `echo` works in all of them.

use std::time::{Duration, Instant};

use claudette_mcp::McpServer;
use mcp_tests::{Folder, call, own_names};
use serde_json::{Value, json};

use super::{assert_clean, dirty, dirty_in};

fn names(server: &McpServer) -> Vec<String> {
    own_names(server)
}

async fn assert_echo(server: &McpServer, fault: &str) {
    let outcome = call(server, "echo", json!({"text": "hi"})).await;
    assert_eq!((outcome.is_error(), &*outcome.text()), (false, "hi"), "{fault}");
}

/// The schema of `bad` is mended, and the server gets the arguments as its own schema describes them.
#[tokio::test]
async fn tools_with_bad_schemas_can_be_called() {
    let long = "k".repeat(80);
    let cases = [
        ("no-schema", json!({"a": 1}), json!({"a": 1})),
        ("schema-null", json!({}), json!({})),
        ("schema-true", json!({"a": 1}), json!({"a": 1})),
        ("property-true", json!({"anything": [1]}), json!({"anything": [1]})),
        ("bad-hint", json!({}), json!({})),
        ("nulls", json!({}), json!({})),
        ("any-of", json!({"page": "p"}), json!({"page": "p"})),
        ("ref-root", json!({"n": 1}), json!({"n": 1})),
        ("external-ref", json!({"a": {"b": 1}, "b": "x", "c": 1}), json!({"a": {"b": 1}, "b": "x", "c": 1})),
        ("draft-4", json!({"n": 1.5, "pair": ["x", 1]}), json!({"n": 1.5, "pair": ["x", 1]})),
        ("header", json!({"token": "t"}), json!({"token": "t"})),
        ("twice", json!({}), json!({})),
        ("different-twice", json!({}), json!({})),
        ("loop", json!({}), json!({})),
        ("empty-cursor", json!({}), json!({})),
        ("pages", json!({}), json!({})),
    ];
    for (fault, arguments, expected) in cases {
        let folder = Folder::new();
        let server = dirty_in(&folder, fault).await.unwrap_or_else(|error| panic!("{fault}: {error}"));
        assert_eq!(names(&server), ["echo", "bad"], "{fault}");
        assert_echo(&server, fault).await;
        let outcome = call(&server, "bad", arguments).await;
        assert!(!outcome.is_error(), "{fault}: {}", outcome.text());
        assert_eq!(last_arguments(&folder), expected, "{fault}");
    }
    // The names of properties that the API refuses.
    let folder = Folder::new();
    let server = dirty_in(&folder, "bad-keys").await.unwrap();
    let tools = claudette::tools![].with(server.tools());
    let schema: Value =
        serde_json::from_str(tools.get("mcp__dirty__bad").unwrap().definition().input_schema().get()).unwrap();
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    assert!(keys.iter().all(|key| (1..=64).contains(&key.len()) && key.chars().all(allowed)), "{keys:?}");
    let values = [json!("f"), json!(3), json!({}), json!(true)];
    let arguments: serde_json::Map<String, Value> = keys.into_iter().cloned().zip(values).collect();
    let outcome = call(&server, "bad", Value::Object(arguments)).await;
    assert!(!outcome.is_error(), "{}", outcome.text());
    assert_eq!(last_arguments(&folder), json!({"filter[id]": "f", "$top": 3, "a b": {}, long: true}));
}

/// The arguments of a call are an object, so a tool that wants a list cannot be called.
#[tokio::test]
async fn a_tool_without_an_object_is_left_out() {
    let server = dirty("array-root").await.unwrap();
    assert_eq!(own_names(&server), ["echo"]);
    let report = server.report();
    assert_eq!(report.left_out().map(|(tool, _)| tool).collect::<Vec<_>>(), ["bad"], "{report}");
    assert_echo(&server, "array-root").await;
}

/// Returns the arguments of the last call that the server received.
fn last_arguments(folder: &Folder) -> Value {
    let messages = folder.lines("received");
    let calls = messages.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    calls.rev().find(|message| message["method"] == "tools/call").unwrap()["params"]["arguments"].clone()
}

#[tokio::test]
async fn what_was_mended_is_reported() {
    for (fault, words) in [
        ("no-schema", "schema"),
        ("any-of", "alternatives"),
        ("external-ref", "the reference `file:///etc/passwd`"),
        ("bad-keys", "filter[id]"),
        ("different-twice", "bad"),
        ("loop", "cursor"),
        ("header", "HTTP header"),
        ("junk", "name"),
    ] {
        let server = dirty(fault).await.unwrap();
        let report = server.report().to_string();
        assert!(report.contains(words), "{fault}: {report}");
        assert_clean(&report);
    }
}

#[tokio::test]
async fn schema_bombs_are_left_out_with_the_reason() {
    for fault in ["bomb-nested", "bomb-deep", "bomb-big", "bomb-refs"] {
        let start = Instant::now();
        let server = dirty(fault).await.unwrap_or_else(|error| panic!("{fault}: {error}"));
        assert!(start.elapsed() < Duration::from_secs(10), "{fault} took {:?}", start.elapsed());
        assert_echo(&server, fault).await;
        let length = claudette::tools![].with(server.tools()).wire_json().len();
        assert!(length < 150_000, "{fault}: {length} bytes");
        if names(&server).len() == 1 {
            assert!(server.report().to_string().contains("bad"), "{fault}: {}", server.report());
        }
        if fault == "bomb-deep" {
            let report = server.report();
            assert_eq!(report.left_out().collect::<Vec<_>>(), [("bad", "its input schema is nested too deeply")]);
        }
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_an_error() {
    for fault in ["list-garbage", "list-hang"] {
        let start = Instant::now();
        let error = dirty(fault).connect_timeout(Duration::from_millis(1500)).await.unwrap_err();
        assert!(error.is_timeout() || error.is_protocol() || error.is_server(), "{fault}: {error:?}");
        assert!(error.to_string().contains("dirty"), "{fault}: {error}");
        assert!(start.elapsed() < Duration::from_secs(4), "{fault} took {:?}", start.elapsed());
    }
    let error = dirty("list-error").await.unwrap_err();
    assert!(error.to_string().contains("the list is broken"), "{error}");
    assert_clean(&error.to_string());
}

#[tokio::test]
async fn a_list_without_tools_is_reported() {
    for fault in ["no-tools", "tools-object"] {
        match dirty(fault).await {
            Ok(server) => {
                assert_eq!(own_names(&server).len(), 0, "{fault}");
                assert!(server.report().problems().count() > 0, "{fault}: {}", server.report());
            }
            Err(error) => assert!(error.is_protocol(), "{fault}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn the_number_of_tools_is_limited() {
    let server = dirty("hundreds").max_tools(50).await.unwrap();
    assert_eq!(names(&server).len(), 50);
    assert!(server.report().to_string().contains("50"), "{}", server.report());
    assert_echo(&server, "hundreds").await;
    let server = dirty("hundreds").await.unwrap();
    assert!((100..=1000).contains(&names(&server).len()), "{}", names(&server).len());
    // A list without end.
    let start = Instant::now();
    let server = dirty("endless").await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!((100..=1000).contains(&names(&server).len()), "{}", names(&server).len());
    assert!(server.report().problems().count() > 0);
}

#[tokio::test]
async fn names_are_mended_and_the_server_gets_its_own() {
    let server = dirty("bad-names").await.unwrap();
    let tools = claudette::tools![].with(server.tools());
    let infos: Vec<_> = server.tools().list().into_iter().map(|info| (info.name, info.own_name)).collect();
    assert!(infos.len() >= 12, "{infos:?}");
    let mut unique: Vec<&String> = infos.iter().map(|(name, _)| name).collect();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), infos.len(), "{infos:?}");
    for (name, own) in &infos {
        assert!(name.starts_with("mcp__dirty__") && name.len() <= 128, "{name}");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'), "{name}");
        if own != "echo" {
            let outcome = tools.call(name, "{}", &claudette::ToolContext::default()).await;
            assert_eq!(outcome.text(), format!("{own} was called with {{}}"));
        }
    }
}

#[tokio::test]
async fn descriptions_are_cleaned_and_cut() {
    for fault in ["escapes", "long-description"] {
        let server = dirty(fault).await.unwrap();
        let wire = claudette::tools![].with(server.tools()).wire_json().to_owned();
        assert!(wire.len() < 50_000, "{fault}: {} bytes", wire.len());
        let definitions: Value = serde_json::from_str(&wire).unwrap();
        for tool in definitions.as_array().unwrap() {
            assert_clean(tool["name"].as_str().unwrap());
            assert_clean(tool["description"].as_str().unwrap());
        }
        assert_clean(&server.tools().to_string());
        assert_clean(&server.report().to_string());
    }
}
