//! Contents in spans: off by default, in the form of the conventions, limited in size, and without secrets.

use claudette::testing::{MockResponse, MockServer};
use claudette::wire::RemoteMcpServer;
use claudette::{BuiltinTool, Chat, Client, Message, tool, tools};
use serde_json::{Value, json};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use crate::seen::{Everything, Spans};

/// Repeats a word.
#[tool]
async fn repeat(
    /// The word
    word: String,
    /// The number of repetitions
    times: usize,
) -> String {
    word.repeat(times)
}

/// The maximum size of the contents of a span.
const MOST: usize = 750_000;

fn client(claude: &MockServer) -> Client {
    let client = Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).trace_contents(true);
    client.build().unwrap()
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test]
async fn contents_are_in_the_form_of_the_conventions() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("repeat", json!({"word": "ho", "times": 2})).thinking("Twice?"));
    claude.respond(MockResponse::text("hoho"));
    let (spans, _guard) = Spans::watch();
    let mut chat = Chat::builder(client(&claude)).system("Be brief.").tools(tools![repeat]).build().unwrap();
    chat.toolloop("Laugh.").await.unwrap();

    let [first, second] = &*spans.named("chat") else { panic!("expected two requests") };
    let system = json!([{"type": "text", "content": "Be brief."}]);
    let call = &spans.one("execute_tool");
    let id = call.get("gen_ai.tool.call.id");
    let arguments = json!({"word": "ho", "times": 2});
    let laugh = json!({"role": "user", "parts": [{"type": "text", "content": "Laugh."}]});
    let called = json!({"role": "assistant", "parts": [
        {"type": "reasoning", "content": "Twice?"},
        {"type": "tool_call", "id": id, "name": "repeat", "arguments": arguments},
    ]});
    let answered = json!({"role": "user", "parts": [{"type": "tool_call_response", "id": id, "response": "hoho"}]});
    for chat in [first, second] {
        assert_eq!(json_of(chat.get("gen_ai.system_instructions")), system);
        assert!(!chat.has("anthropic.content.truncated"));
    }
    assert_eq!(json_of(first.get("gen_ai.input.messages")), json!([laugh]));
    assert_eq!(json_of(first.get("gen_ai.output.messages")), json!([called]));
    assert_eq!(json_of(second.get("gen_ai.input.messages")), json!([laugh, called, answered]));
    assert_eq!(json_of(call.get("gen_ai.tool.call.arguments")), arguments);
    assert_eq!(call.get("gen_ai.tool.call.result"), "hoho");
    assert!(!call.has("anthropic.content.truncated"));
}

#[tokio::test]
async fn the_oldest_messages_are_cut_first() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Ok."));
    let (spans, _guard) = Spans::watch();
    let long = |letter: &str| letter.repeat(MOST / 2 - 1000);
    let messages = vec![
        Message::user(long("a")),
        Message::assistant(long("b")),
        Message::user("And then?"),
        Message::assistant(long("c")),
        Message::user("Go on."),
    ];
    client(&claude).send(messages).await.unwrap();
    let chat = spans.one("chat");
    let input = chat.get("gen_ai.input.messages");
    let texts: Vec<Value> =
        json_of(input).as_array().unwrap().iter().map(|message| message["parts"][0]["content"].clone()).collect();
    assert_eq!(texts, [json!(long("b")), json!("And then?"), json!(long("c")), json!("Go on.")]);
    assert!(input.len() <= MOST);
    assert_eq!(chat.get("anthropic.content.truncated"), "true");
}

#[tokio::test]
async fn a_long_result_is_cut() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("repeat", json!({"word": "é", "times": MOST})));
    claude.respond(MockResponse::text("It is long."));
    let (spans, _guard) = Spans::watch();
    let mut chat = Chat::builder(client(&claude)).tools(tools![repeat]).build().unwrap();
    chat.toolloop("Shout.").await.unwrap();
    let call = spans.one("execute_tool");
    assert_eq!(call.get("gen_ai.tool.call.result"), "é".repeat(MOST / 2));
    assert_eq!(call.get("anthropic.content.truncated"), "true");
}

#[tokio::test]
async fn tokens_of_mcp_servers_are_not_recorded() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Monday."));
    let server = RemoteMcpServer::new("calendar", "https://mcp.example.com/mcp").authorization_token("secret");
    let (spans, _guard) = Spans::watch();
    let request = client(&claude).send("When?").mcp_server(server).tools(BuiltinTool::mcp_toolset("calendar"));
    request.await.unwrap();
    let all = spans.all();
    assert!(all.contains("When?") && !all.contains("secret"), "{all}");
}

/// Even with traced contents, the headers of requests are not recorded.
#[tokio::test]
async fn no_credential_is_traced() {
    const KEY: &str = "sk-ant-one-that-stays-secret";
    let claude = MockServer::builder().api_key(KEY).start().await.unwrap();
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(Registry::default().with(everything.clone()));
    let client = |url: &str, key: &str| {
        let builder = Client::builder("claude-sonnet-5-5").api_key(key).base_url(url).header("x-account", KEY);
        builder.trace_contents(true).build().unwrap()
    };
    // A response, an error, and a failed connection.
    claude.respond(MockResponse::text("Hello."));
    client(claude.url(), KEY).send("Hello").await.unwrap();
    claude.respond(MockResponse::error(400, "invalid_request_error", "no"));
    let mut chat = Chat::new(client(claude.url(), KEY)).unwrap();
    chat.toolloop("Go.").await.unwrap_err();
    let wrong = client(claude.url(), "sk-ant-wrong-one-that-stays-secret").send("Hello").await.unwrap_err();
    assert!(wrong.is_authentication());
    client("http://127.0.0.1:1", KEY).send("Hello").await.unwrap_err();

    let all = everything.0.lock().unwrap().join("\n");
    // The contents were recorded.
    assert!(all.contains("invalid_request_error") && all.contains("Hello.") && all.contains("Go."), "{all}");
    for secret in ["that-stays-secret", "Bearer", "c2stYW50"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}
