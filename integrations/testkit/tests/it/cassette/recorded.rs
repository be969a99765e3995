//! Cassettes made from exchanges, as other tools record them.
//!
//! `CLAUDETTE_RECORDED` can name a folder with more exchanges: each line of a file is a JSON object with `file`, `method`,
//! `path`, `status`, `headers`, `request` and `body`. Without it, one test prints that it was skipped.

use std::collections::BTreeMap;

use claudette::testing::{MockResponse, MockServer, RecordedRequest};
use claudette::{BuiltinTool, Chat, Client};
use claudette_testkit::{Cassette, MatchOn};
use serde_json::{Value, json};

use super::support::{File, MODEL, QUESTION, ask, stream};

/// An exchange that was recorded somewhere.
#[derive(Clone, serde::Deserialize)]
struct Exchange {
    file: String,
    method: String,
    path: String,
    status: u16,
    headers: BTreeMap<String, String>,
    request: Value,
    body: String,
}

/// Returns a cassette as VCR.py writes it. JSON is valid YAML.
fn cassette(exchanges: &[Exchange]) -> String {
    let interactions: Vec<Value> = exchanges
        .iter()
        .map(|exchange| {
            let headers: BTreeMap<_, _> = exchange.headers.iter().map(|(name, value)| (name, [value])).collect();
            json!({
                "request": {
                    "method": exchange.method,
                    "uri": format!("https://api.anthropic.com{}", exchange.path),
                    "headers": {"Content-Type": ["application/json"]},
                    "body": if exchange.request.is_null() { Value::Null } else { exchange.request.to_string().into() },
                },
                "response": {
                    "status": {"code": exchange.status, "message": "OK"},
                    "headers": headers,
                    "body": {"string": exchange.body},
                },
            })
        })
        .collect();
    json!({"version": 1, "interactions": interactions}).to_string()
}

/// The body of a response as the API sends it, with padding in its events.
fn message(content: &Value, stop_reason: &str) -> Value {
    json!({
        "model": "claude-sonnet-5-5", "id": "msg_01XFDUDYJgAACzvnptvVoYEL", "type": "message", "role": "assistant", "content": content,
        "stop_reason": stop_reason, "stop_sequence": null,
        "usage": {"input_tokens": 412, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 62},
    })
}

/// Returns the stream of a message with one call, in the form of the API.
fn stream_of_call(item: &str) -> String {
    let events = [
        json!({"type": "message_start", "message": message(&json!([]), "")}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "toolu_01A", "name": "stock", "input": {}}}),
        json!({"type": "ping"}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{\"item\": "}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": format!("\"{item}\"}}")}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null}, "usage": {"output_tokens": 62}}),
        json!({"type": "message_stop"}),
    ];
    let text = events.map(|event| format!("event: {}\ndata: {event}   \n\n", event["type"].as_str().unwrap()));
    text.concat()
}

/// Sends what a program sends to a server with these bodies, and returns the exchanges.
async fn exchanges(bodies: &[(&str, String)], program: impl AsyncFn(Client)) -> Vec<Exchange> {
    let claude = MockServer::start().await.unwrap();
    for (kind, body) in bodies {
        claude.respond(MockResponse::raw(200, kind, body.clone()));
    }
    program(claude.client(MODEL)).await;
    let requests = claude.requests();
    assert_eq!(requests.len(), bodies.len());
    let exchange = |((kind, body), request): (&(&str, String), &RecordedRequest)| Exchange {
        file: String::new(),
        method: request.method().to_owned(),
        path: request.path().to_owned(),
        status: 200,
        headers: BTreeMap::from([("Content-Type".to_owned(), (*kind).to_owned())]),
        request: request.body().clone(),
        body: body.clone(),
    };
    bodies.iter().zip(&requests).map(exchange).collect()
}

/// Makes a cassette, and replays the program with it and without a server.
async fn replayed(bodies: &[(&str, String)], program: impl AsyncFn(Client)) {
    let file = File::with(&cassette(&exchanges(bodies, &program).await));
    let cassette = Cassette::replay(&file).unwrap();
    program(cassette.client(MODEL).unwrap()).await;
    cassette.assert_finished();
}

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream; charset=utf-8";

#[tokio::test]
async fn a_conversation_with_thinking_and_tools() {
    let call = |id: &str, item: &str| json!({"type": "tool_use", "id": id, "name": "stock", "input": {"item": item}});
    let thinking = json!({"type": "thinking", "thinking": "Two calls.", "signature": "EooCCkYICxgCKkDYW6Ka"});
    let bodies = [
        (JSON, message(&json!([thinking, call("toolu_01", "tea"), call("toolu_02", "milk")]), "tool_use").to_string()),
        (JSON, message(&json!([{"type": "text", "text": "3 and 5."}]), "end_turn").to_string()),
    ];
    replayed(&bodies, async |client: Client| {
        let run = ask(&client, QUESTION).await.unwrap();
        assert_eq!((run.steps().len(), run.text().as_str()), (2, "3 and 5."));
        assert_eq!(run.steps()[0].outcomes()[1].text(), "5");
    })
    .await;
}

#[tokio::test]
async fn a_streamed_conversation() {
    let end = message(&json!([{"type": "text", "text": "There are 3."}]), "end_turn").to_string();
    let bodies = [(EVENTS, stream_of_call("tea")), (JSON, end)];
    replayed(&bodies, async |client: Client| {
        let (run, _) = stream(&client, QUESTION).await.unwrap();
        assert_eq!(run.steps()[0].calls()[0].input().get(), r#"{"item": "tea"}"#);
        assert_eq!(run.text(), "There are 3.");
    })
    .await;
}

#[tokio::test]
async fn searches_and_citations() {
    let search =
        json!({"type": "server_tool_use", "id": "srvtoolu_01", "name": "web_search", "input": {"query": "tea"}});
    let found = json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_01", "content": [
        {"type": "web_search_result", "title": "Tea", "url": "https://example.com/tea", "encrypted_content": "EqgfCioIARgB", "page_age": null}]});
    let text = json!({"type": "text", "text": "Tea is a drink.", "citations": [
        {"type": "web_search_result_location", "cited_text": "a drink", "url": "https://example.com/tea", "title": "Tea", "encrypted_index": "Eo8B"}]});
    let bodies = [
        (JSON, message(&json!([search, found, text]), "end_turn").to_string()),
        (JSON, message(&json!([{"type": "text", "text": "Yes."}]), "end_turn").to_string()),
    ];
    replayed(&bodies, async |client: Client| {
        let mut chat = Chat::builder(&client).tools(BuiltinTool::web_search()).build().unwrap();
        let first = chat.send("What is tea?").await.unwrap();
        assert_eq!(first.citations().count(), 1);
        // The blocks of the first response are part of the second request.
        assert_eq!(chat.send("Are you sure?").await.unwrap().text(), "Yes.");
    })
    .await;
}

#[tokio::test]
async fn exchanges_of_other_projects() {
    let Some(folder) = std::env::var_os("CLAUDETTE_RECORDED") else {
        println!("skipped: CLAUDETTE_RECORDED is not set");
        return;
    };
    let mut conversations = BTreeMap::<String, Vec<Exchange>>::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "jsonl") {
            for line in std::fs::read_to_string(path).unwrap().lines() {
                let exchange: Exchange = serde_json::from_str(line).unwrap();
                conversations.entry(exchange.file.clone()).or_default().push(exchange);
            }
        }
    }
    let (mut answers, mut failures) = (0, 0);
    for exchanges in conversations.values_mut() {
        exchanges.retain(|exchange| exchange.path.split('?').next() == Some("/v1/messages"));
        if exchanges.is_empty() {
            continue;
        }
        let file = File::with(&cassette(exchanges));
        let cassette = Cassette::replay(&file).unwrap().match_on(MatchOn::Order);
        let client = cassette.wrap(Client::builder(MODEL).max_retries(0)).build().unwrap();
        for exchange in &*exchanges {
            match client.send("Go.").await {
                Ok(response) => {
                    assert_eq!(exchange.status, 200);
                    match serde_json::from_str::<Value>(&exchange.body) {
                        Ok(body) => assert_eq!(serde_json::to_value(&response).unwrap(), body),
                        Err(_) => assert!(exchange.body.contains(response.id()), "{}", exchange.body),
                    }
                    answers += 1;
                }
                Err(error) => {
                    assert_eq!(error.status(), Some(exchange.status), "{error}: {}", exchange.body);
                    failures += 1;
                }
            }
        }
        cassette.assert_finished();
    }
    println!("{answers} answers and {failures} failures of {} conversations were replayed", conversations.len());
}
