//! Tools that are called by code of the model: the container, and the messages that answer the calls.

use claudette::chat::{ChatState, Inbox};
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{ContainerConfig, Skill};
use claudette::{BuiltinTool, Chat, ContentBlock, Image, ToolFn, Toolset};
use serde_json::{Value, json};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct NoArguments {}

const CODE: &str = "code_execution_20260120";

fn tools() -> Toolset {
    let count = ToolFn::new("count", "Counts the orders.", |_: NoArguments| async { "3" });
    let count = count.define(|definition| definition.allowed_callers(["direct", CODE]));
    Toolset::default().with(count).with(plot()).with(BuiltinTool::code_execution())
}

fn plot() -> ToolFn {
    let plot = ToolFn::new("plot", "Draws the orders.", |_: NoArguments| async {
        vec![ContentBlock::text("The plot:"), Image::url("https://example.com/plot.png").into()]
    });
    plot.define(|definition| definition.allowed_callers([CODE]))
}

fn call(id: &str, name: &str) -> Value {
    let caller = json!({"type": CODE, "tool_id": "srvtoolu_1"});
    json!({"type": "tool_use", "id": id, "name": name, "input": {}, "caller": caller})
}

fn code() -> Value {
    json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "code_execution", "input": {"code": "count()"}})
}

fn done() -> Value {
    let result = json!({"type": "code_execution_result", "stdout": "3", "stderr": "", "return_code": 0, "content": []});
    json!({"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": result})
}

fn calls(blocks: Value) -> MockResponse {
    MockResponse::content(blocks)
        .stop_reason("tool_use")
        .with("container", json!({"id": "container_1", "expires_at": "2999-01-01T00:00:00Z"}))
}

async fn mock(responses: impl IntoIterator<Item = MockResponse>) -> MockServer {
    let claude = MockServer::start().await.unwrap();
    responses.into_iter().for_each(|response| claude.respond(response));
    claude
}

fn chat(claude: &MockServer) -> Chat {
    Chat::builder(claude.client("claude-opus-5")).tools(tools()).build().unwrap()
}

fn last(claude: &MockServer, request: usize) -> Value {
    claude.requests()[request].body()["messages"].as_array().unwrap().last().unwrap().clone()
}

#[tokio::test]
async fn an_answer_to_code_contains_only_results() {
    let claude = mock([
        calls(json!([code(), call("toolu_1", "count")])),
        // The call of the code is in an earlier turn.
        calls(json!([call("toolu_2", "plot")])),
        MockResponse::content(json!([done(), {"type": "text", "text": "3"}])),
        MockResponse::text("Yes."),
    ])
    .await;
    let inbox = Inbox::new();
    let user = inbox.clone();
    let hurry = ToolFn::new("count", "Counts the orders.", move |_: NoArguments| {
        let sent = user.send("Be quick.");
        async move { sent.map(|()| "3") }
    });
    let hurry = hurry.define(|definition| definition.allowed_callers([CODE]));
    let mut chat = Chat::builder(claude.client("claude-opus-5"))
        .tools(Toolset::default().with(hurry).with(plot()).with(BuiltinTool::code_execution()))
        .build()
        .unwrap();
    let run = chat.toolloop("How many orders are there?").inbox(&inbox).await.unwrap();
    assert_eq!(claude.requests().len(), 4, "{:?}", run.end_reason());

    let of = |id: &str, text: Value| json!({"type": "tool_result", "tool_use_id": id, "content": text});
    assert_eq!(last(&claude, 1), json!({"role": "user", "content": [of("toolu_1", json!("3"))]}));
    let plot = last(&claude, 2);
    assert_eq!(plot["content"].as_array().unwrap().len(), 1);
    assert_eq!(plot["content"][0]["is_error"], true);
    assert!(plot.to_string().contains("code can read only text"), "{plot}");
    // The message that arrived meanwhile follows the answer.
    assert_eq!(last(&claude, 3), json!({"role": "user", "content": [{"type": "text", "text": "Be quick."}]}));
    let containers: Vec<Value> = claude.requests().iter().map(|request| request.body()["container"].clone()).collect();
    assert_eq!(containers, [Value::Null, "container_1".into(), "container_1".into(), "container_1".into()]);
    assert!(claude.requests().iter().all(|request| !request.refused()));
}

#[tokio::test]
async fn a_prompt_waits_until_code_has_its_results() {
    let claude =
        mock([calls(json!([code(), call("toolu_1", "count")])), calls(json!([call("toolu_2", "count")]))]).await;
    let mut chat = chat(&claude);
    chat.toolloop("How many?").max_steps(2).await.unwrap();
    let error = chat.send("And now?").await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("only tool results"), "{error}");
}

#[tokio::test]
async fn a_container_is_kept_until_it_expires() {
    let expired = || json!({"id": "container_1", "expires_at": "2020-01-01T00:00:00Z"});
    let claude = mock([
        MockResponse::text("Done.")
            .with("container", json!({"id": "container_1", "expires_at": "2999-01-01T00:00:00Z"})),
        MockResponse::text("Done.").with("container", expired()),
        MockResponse::text("Done."),
    ])
    .await;
    let mut chat = chat(&claude);
    chat.send("Write a file.").await.unwrap();
    // The container is part of the stored state.
    let state = ChatState::from_json(&chat.state().to_json()).unwrap();
    assert_eq!(state.container().unwrap().id(), "container_1");
    let mut chat = Chat::builder(claude.client("claude-opus-5")).tools(tools()).restore(state).build().unwrap();
    chat.send("Read it.").container(ContainerConfig::with_skills([Skill::anthropic("pptx")])).await.unwrap();
    let skills = json!([{"type": "anthropic", "skill_id": "pptx"}]);
    assert_eq!(claude.requests()[1].body()["container"], json!({"id": "container_1", "skills": skills}));
    chat.send("Again.").await.unwrap();
    assert_eq!(claude.requests()[2].body()["container"], Value::Null);
}

#[tokio::test]
async fn a_container_of_the_caller_is_used() {
    let claude = mock([calls(json!([code(), call("toolu_1", "count")])), MockResponse::text("3")]).await;
    let mut chat =
        Chat::builder(claude.client("claude-opus-5")).tools(tools()).container("container_9").build().unwrap();
    chat.toolloop("How many?").await.unwrap();
    assert!(claude.requests().iter().all(|request| request.body()["container"] == "container_9"));
}
