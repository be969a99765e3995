//! The client with `server-everything` of the TypeScript SDK, over stdio and HTTP: every tool, resource and prompt.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{ToolContext, tools};
use claudette_mcp::{Connect, Elicitation, ElicitationAnswer, McpServer, Sampling};
use mcp_tests::{Background, Peers, call, call_with, own_names, scratch_home, wait_until};
use serde_json::{Value, json};

const SCRIPT: &str = "server-everything/dist/index.js";

/// Sets what the server can ask for.
fn with_answers<T>(connect: Connect<T>, claude: &MockServer, asked: &Arc<Mutex<Vec<Elicitation>>>) -> Connect<T> {
    let asked = asked.clone();
    connect
        .timeout(Duration::from_secs(20))
        .roots(["file:///home/someone/project"])
        .sampling(Sampling::new(claude.client("claude-sonnet-5-5")).max_tokens(200))
        .on_elicitation(move |question| {
            asked.lock().unwrap().push(question.clone());
            async move {
                match question.url {
                    Some(_) => ElicitationAnswer::Accept(json!({})),
                    None => ElicitationAnswer::Accept(json!({"name": "Ada", "check": true})),
                }
            }
        })
}

#[tokio::test]
async fn everything_over_stdio() {
    let Some((node, args)) = Peers::from_env().node(SCRIPT) else { return };
    let claude = MockServer::start().await.unwrap();
    let asked = Arc::default();
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    args.push("stdio");
    let connect = McpServer::spawn(&node, args).name("everything").env("HOME", scratch_home()).env("GIVEN", "yes");
    let server = with_answers(connect, &claude, &asked).await.unwrap();
    exercise(&server, false, &claude, &asked).await;
    // The environment is what was given, and the variables that every server gets.
    let text = call(&server, "get-env", json!({})).await.text().into_owned();
    let environment: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(environment["GIVEN"], "yes");
    assert!(environment.get("CARGO_MANIFEST_DIR").is_none(), "{environment}");
    server.close().await;
}

#[tokio::test]
async fn everything_over_http() {
    let Some((node, args)) = Peers::from_env().node(SCRIPT) else { return };
    let web = Background::start(&node, &[&args[0], "streamableHttp"]).await;
    let claude = MockServer::start().await.unwrap();
    let asked = Arc::default();
    let connect = McpServer::http(web.url()).name("everything");
    let server = with_answers(connect, &claude, &asked).await.unwrap();
    exercise(&server, true, &claude, &asked).await;
    server.close().await;
}

async fn exercise(server: &McpServer, is_http: bool, claude: &MockServer, asked: &Mutex<Vec<Elicitation>>) {
    // The server has other tools after the handshake, because it then knows what the client can do. It announces them,
    // but over HTTP that may be before there is a stream.
    if !is_http {
        assert!(wait_until(Duration::from_secs(5), || server.is_stale()).await.is_some(), "no announcement");
    }
    let expected = ["echo", "get-roots-list", "trigger-sampling-request", "trigger-elicitation-request"];
    for _ in 0..20 {
        server.refresh().await.unwrap();
        let names = own_names(server);
        if expected.iter().all(|own| names.iter().any(|name| name == own)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(own_names(server).len() >= 16, "{}", server.report());
    if !is_http {
        // It can only be called as a task, which runs in the background.
        assert!(!own_names(server).iter().any(|name| name == "simulate-research-query"), "{}", server.report());
    }
    simple_tools(server).await;
    resources_and_prompts(server).await;
    progress(server).await;
    questions(server, claude, asked).await;
}

async fn simple_tools(server: &McpServer) {
    let cases = [
        ("echo", json!({"message": "hi"}), "hi"),
        ("get-sum", json!({"a": 2, "b": 3.5}), "5.5"),
        ("get-annotated-message", json!({"messageType": "error", "includeImage": true}), "Error"),
        ("get-resource-links", json!({"count": 2}), "demo://resource"),
        ("get-resource-reference", json!({"resourceType": "Text", "resourceId": 1}), "Resource"),
        ("get-resource-reference", json!({"resourceType": "Blob", "resourceId": 1}), "Resource"),
        ("get-structured-content", json!({"location": "Chicago"}), "temperature"),
        ("get-tiny-image", json!({}), "image"),
        ("gzip-file-as-resource", json!({"data": "data:text/plain,abc", "outputType": "resourceLink"}), "gz"),
        ("gzip-file-as-resource", json!({"data": "data:text/plain,abc", "outputType": "resource"}), "gz"),
        ("get-roots-list", json!({}), "file:///home/someone/project"),
        ("toggle-simulated-logging", json!({}), "logging"),
        ("toggle-simulated-logging", json!({}), "logging"),
        ("toggle-subscriber-updates", json!({}), "updates"),
        ("toggle-subscriber-updates", json!({}), "updates"),
    ];
    for (tool, arguments, words) in cases {
        let outcome = call(server, tool, arguments).await;
        let wire = serde_json::to_string(outcome.result()).unwrap();
        assert!(!outcome.is_error(), "{tool}: {}", outcome.text());
        assert!(wire.contains(words), "{tool}: {wire}");
    }
    let image = call(server, "get-tiny-image", json!({})).await;
    let wire = serde_json::to_value(image.result()).unwrap();
    let kinds: Vec<&str> =
        wire["content"].as_array().unwrap().iter().filter_map(|block| block["type"].as_str()).collect();
    assert_eq!(kinds, ["text", "image", "text"]);
    let value: Value = call(server, "get-structured-content", json!({"location": "Chicago"})).await.value().unwrap();
    assert!(value["temperature"].is_number(), "{value}");
    // The error is our own, because the arguments do not match the schema of the server.
    let outcome = call(server, "get-sum", json!({"a": "two"})).await;
    assert!(outcome.is_error() && outcome.text().contains("`b`"), "{}", outcome.text());
    let infos = server.tools().list();
    let echo = infos.iter().find(|info| info.own_name == "echo").unwrap();
    assert!(echo.annotations.read_only && echo.annotations.idempotent && !echo.annotations.destructive, "{echo:?}");
}

async fn resources_and_prompts(server: &McpServer) {
    let resources = server.resources().await.unwrap();
    assert!(resources.len() >= 7, "{resources:?}");
    for resource in &resources {
        let blocks = server.resource(&resource.uri).await.unwrap();
        assert_eq!(blocks.len(), 1, "{resource:?}");
    }
    let templates = server.resource_templates().await.unwrap();
    assert_eq!(templates.len(), 2, "{templates:?}");
    assert_eq!(server.resource("demo://resource/dynamic/text/3").await.unwrap().len(), 1);
    assert_eq!(server.resource("demo://resource/dynamic/blob/3").await.unwrap().len(), 1);
    let error = server.resource("demo://nowhere").await.unwrap_err();
    assert!(error.is_server(), "{error:?}");
    let tools = tools![].with(server.resource_tools());
    assert_eq!(tools.len(), 2);

    let prompts = server.prompts().await.unwrap();
    assert_eq!(prompts.len(), 4, "{prompts:?}");
    let cases = [
        ("simple-prompt", vec![]),
        ("args-prompt", vec![("city", "Oslo")]),
        ("completable-prompt", vec![("department", "Engineering"), ("name", "Alice")]),
        ("resource-prompt", vec![("resourceType", "Text"), ("resourceId", "1")]),
    ];
    for (name, arguments) in cases {
        let messages = server.prompt(name, arguments).await.unwrap();
        assert!(!messages.is_empty(), "{name}");
    }
    let messages = server.prompt("args-prompt", [("city", "Oslo"), ("state", "None")]).await.unwrap();
    assert!(serde_json::to_string(&messages).unwrap().contains("Oslo"));
    assert!(server.prompt("no-prompt", [("a", "b")]).await.unwrap_err().is_server());
}

async fn progress(server: &McpServer) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = heard.clone();
    let cx = ToolContext::builder().progress(move |text| sink.lock().unwrap().push(text.to_owned())).build();
    let arguments = json!({"duration": 1, "steps": 4});
    let outcome = call_with(server, "trigger-long-running-operation", arguments, &cx).await;
    assert!(!outcome.is_error(), "{}", outcome.text());
    let count = heard.lock().unwrap().len();
    assert!((3..=4).contains(&count), "{heard:?}");
    // A call that is dropped leaves a connection that works.
    let arguments = json!({"duration": 60, "steps": 2});
    let long = call(server, "trigger-long-running-operation", arguments);
    assert!(tokio::time::timeout(Duration::from_millis(300), long).await.is_err());
    assert!(!call(server, "echo", json!({"message": "still there"})).await.is_error());
}

async fn questions(server: &McpServer, claude: &MockServer, asked: &Mutex<Vec<Elicitation>>) {
    claude.respond(MockResponse::text("a sampled answer"));
    let outcome = call(server, "trigger-sampling-request", json!({"prompt": "Say it.", "maxTokens": 50})).await;
    assert!(outcome.text().contains("a sampled answer"), "{}", outcome.text());
    claude.assert_finished();
    let request = &claude.requests()[0];
    assert!(request.body()["max_tokens"].as_u64().unwrap() <= 50, "{}", request.body());

    let outcome = call(server, "trigger-elicitation-request", json!({})).await;
    let text = outcome.text();
    assert!(!outcome.is_error(), "{text}");
    // What the user gave, and the defaults of the schema.
    for words in ["Ada", "It was a dark and stormy night.", "42", "Monica"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(asked.lock().unwrap()[0].schema.is_some());

    let url = "https://example.com/sign-in";
    let outcome = call(server, "trigger-url-elicitation", json!({"url": url})).await;
    assert!(!outcome.is_error(), "{}", outcome.text());
    assert_eq!(asked.lock().unwrap()[1].url.as_deref(), Some(url));
}
