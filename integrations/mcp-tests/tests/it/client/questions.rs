//! Questions of servers: roots, elicitation and sampling, in both eras.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{State, ToolError, tool, tools};
use claudette_mcp::{Connect, ElicitationAnswer, Elicited, Io, McpCaller, McpServer, Protocol, Sampling, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use super::{call, dirty};

#[tokio::test]
async fn a_server_may_ask_nothing_unless_the_program_allows_it() {
    let server = dirty("asks").await.unwrap();
    let answers: Value = serde_json::from_str(&call(&server, "bad", "{}").await.text()).unwrap();
    assert_eq!(answers["sampling"]["error"]["code"], -32601, "{answers}");
    assert_eq!(answers["elicitation"]["result"], json!({"action": "decline"}));
    assert_eq!(answers["roots"]["result"], json!({"roots": []}));
    assert_eq!(answers["unknown"]["error"]["code"], -32601);
    assert_eq!(answers["ping"]["result"], json!({}));
}

#[tokio::test]
async fn questions_are_answered() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("No."));
    let client = claude.client("claude-sonnet-5-5");
    let server = dirty("asks")
        .roots(["file:///srv"])
        .sampling(Sampling::new(&client).max_tokens(7).max_requests(1))
        .on_elicitation(|question| async move {
            assert_eq!((question.server.as_str(), question.message.as_str()), ("dirty", "Your key?"));
            ElicitationAnswer::Accept(json!({"key": "none"}))
        })
        .await
        .unwrap();
    let answers: Value = serde_json::from_str(&call(&server, "bad", "{}").await.text()).unwrap();
    assert_eq!(answers["sampling"]["result"]["content"]["text"], "No.", "{answers}");
    assert_eq!(answers["elicitation"]["result"], json!({"action": "accept", "content": {"key": "none"}}));
    assert_eq!(answers["roots"]["result"]["roots"][0]["uri"], "file:///srv");
    let requests = claude.requests();
    let request = requests[0].body();
    assert_eq!(request["max_tokens"], 7);
    assert_eq!(
        request["messages"][0]["content"][0]["text"].as_str().or(request["messages"][0]["content"].as_str()),
        Some("Your key?")
    );
    claude.assert_finished();

    // The second request is above the limit.
    let answers: Value = serde_json::from_str(&call(&server, "bad", "{}").await.text()).unwrap();
    assert!(answers["sampling"]["error"]["message"].as_str().unwrap().contains("at most 1"), "{answers}");
}

/// Asks the user for a name.
#[tool]
async fn greet(caller: State<McpCaller>) -> Result<String, ToolError> {
    let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]});
    Ok(match caller.elicit("Who are you?", &schema).await? {
        Elicited::Accepted(values) => format!("Hello, {}!", values["name"].as_str().unwrap_or("nobody")),
        _ => "Hello, nobody!".to_owned(),
    })
}

async fn greeter(delay: Duration) -> McpServer {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (read, write) = tokio::io::split(theirs);
    tokio::spawn(serve(tools![greet]).name("greeter").io(read, write));
    let (read, write) = tokio::io::split(ours);
    McpServer::io(read, write)
        .timeout(Duration::from_millis(500))
        .on_elicitation(move |_| async move {
            tokio::time::sleep(delay).await;
            ElicitationAnswer::Accept(json!({"name": "Ada"}))
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_question_in_the_middle_of_a_call() {
    let server = greeter(Duration::ZERO).await;
    assert_eq!(call(&server, "greet", "{}").await.text(), "Hello, Ada!");
}

#[tokio::test]
async fn a_call_does_not_time_out_while_the_user_thinks() {
    let server = greeter(Duration::from_millis(1200)).await;
    assert_eq!(call(&server, "greet", "{}").await.text(), "Hello, Ada!");
}

/// Serves the modern protocol, with one tool whose results are those of `answer`.
fn modern(answer: impl Fn(&Value) -> Value + Send + 'static) -> Connect<Io> {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    tokio::spawn(async move {
        let (read, mut write) = tokio::io::split(theirs);
        let mut lines = BufReader::new(read).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            let request: Value = serde_json::from_str(&line).unwrap();
            let result = match request["method"].as_str().unwrap() {
                "server/discover" => json!({
                    "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}},
                    "ttlMs": 0, "cacheScope": "private",
                }),
                "tools/list" => json!({"tools": [{"name": "ask", "inputSchema": {"type": "object"}}]}),
                "tools/call" => answer(&request["params"]),
                _ => continue,
            };
            let line = json!({"jsonrpc": "2.0", "id": request["id"], "result": result}).to_string() + "\n";
            write.write_all(line.as_bytes()).await.unwrap();
        }
    });
    let (read, write) = tokio::io::split(ours);
    McpServer::io(read, write).name("modern").protocol(Protocol::Modern)
}

#[tokio::test]
async fn questions_of_the_modern_era_are_part_of_results() {
    let server = modern(|params| match params["requestState"].as_str() {
        None => json!({
            "resultType": "input_required",
            "requestState": "first",
            "inputRequests": {
                "who": {"method": "elicitation/create", "params": {"mode": "form", "message": "Who?",
                    "requestedSchema": {"type": "object", "properties": {"name": {"type": "string", "default": "Ada"}}}}},
                "where": {"method": "roots/list"},
            },
        }),
        Some("first") => {
            let answers = &params["inputResponses"];
            let text = format!(
                "{} in {}, {}",
                answers["who"]["content"]["name"], answers["where"]["roots"][0]["uri"], params["arguments"]["a"]
            );
            json!({"resultType": "complete", "content": [{"type": "text", "text": text}]})
        }
        Some(_) => unreachable!(),
    });
    let server =
        server.roots(["file:///srv"]).on_elicitation(|_| async { ElicitationAnswer::Accept(json!({})) }).await.unwrap();
    let outcome = call(&server, "ask", r#"{"a": 1}"#).await;
    assert_eq!(outcome.text(), r#""Ada" in "file:///srv", 1"#);
}

#[tokio::test]
async fn a_server_that_asks_for_ever_is_stopped() {
    let rounds = Arc::new(AtomicUsize::new(0));
    let count = rounds.clone();
    let server = modern(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        json!({"resultType": "input_required", "requestState": "again"})
    });
    let server = server.await.unwrap();
    let outcome = call(&server, "ask", "{}").await;
    assert!(outcome.is_error() && outcome.text().contains("more than 10 times"), "{outcome:?}");
    assert_eq!(rounds.load(Ordering::Relaxed), 11);
}

#[tokio::test]
async fn a_question_that_the_program_does_not_answer_fails_the_call() {
    let question = json!({"method": "sampling/createMessage", "params": {"messages": [], "maxTokens": 1}});
    let server = modern(move |_| json!({"resultType": "input_required", "inputRequests": {"a": question}}));
    let server = server.await.unwrap();
    let outcome = call(&server, "ask", "{}").await;
    assert!(outcome.is_error() && outcome.text().contains("sampling/createMessage"), "{outcome:?}");
}
