//! Tools that come and go in a conversation.

use claudette::chat::ChatState;
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::Role;
use claudette::{BuiltinTool, Chat, State, ToolFn, Toolset, tool, tools};
use serde_json::{Value, json};

/// Reads the plan.
#[tool]
fn look() -> &'static str {
    "seen"
}

/// Changes the file.
#[tool]
fn change() -> &'static str {
    "changed"
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct NoArguments {}

fn closure(name: &str, result: &'static str) -> ToolFn {
    ToolFn::new(name, "Does something.", move |_: NoArguments| async move { result })
}

async fn mock(responses: impl IntoIterator<Item = MockResponse>) -> MockServer {
    let claude = MockServer::start().await.unwrap();
    responses.into_iter().for_each(|response| claude.respond(response));
    claude
}

fn chat(claude: &MockServer, tools: Toolset) -> Chat {
    Chat::builder(claude.client("claude-opus-5-5")).tools(tools).build().unwrap()
}

fn text(text: &str) -> MockResponse {
    MockResponse::text(text)
}

fn call(name: &str) -> MockResponse {
    MockResponse::tool_use(name, json!({}))
}

fn names(tools: &Toolset) -> Vec<&str> {
    tools.definitions().iter().map(claudette::ToolDefinition::name).collect()
}

/// Returns the names that the model has according to a request: the list of tools, and the changes after it.
fn in_effect(body: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let name = |tool: &Value| tool["name"].as_str().unwrap().to_owned();
    let mut known: Vec<String> = list(&body["tools"]).iter().map(name).collect();
    let mut now = known.clone();
    let messages = list(&body["messages"]);
    for (index, message) in messages.iter().enumerate().filter(|(_, message)| message["role"] == "system") {
        assert_eq!(messages[index - 1]["role"], "user", "a system message follows the user");
        assert!(messages.get(index + 1).is_none_or(|next| next["role"] == "assistant"));
        for block in list(&message["content"]) {
            let tool = &block["tool"];
            match (block["type"].as_str().unwrap(), tool["type"].as_str().unwrap()) {
                ("tool_addition", "tool_definition") => {
                    let name = name(&tool["definition"]);
                    assert!(!now.contains(&name), "tool_name_conflict: {name}");
                    known.push(name.clone());
                    now.push(name);
                }
                ("tool_addition", "tool_reference") => {
                    assert!(known.contains(&name(tool)), "tool_reference_unresolved");
                    assert!(!now.contains(&name(tool)), "tool_name_conflict");
                    now.push(name(tool));
                }
                ("tool_removal", "tool_reference") => {
                    assert!(known.contains(&name(tool)), "tool_reference_unresolved");
                    now.retain(|kept| *kept != name(tool));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    now
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// The last request must give the model exactly the tools of the chat.
fn assert_in_effect(claude: &MockServer, chat: &Chat) {
    let requests = claude.requests();
    let sent = in_effect(requests.last().unwrap().body());
    assert_eq!(sorted(sent), sorted(names(chat.tools()).into_iter().map(str::to_owned).collect()));
}

#[tokio::test]
async fn changes_are_one_system_message_in_the_order_of_the_calls() {
    let claude = mock([text("A plan."), text("Done."), text("Fine.")]).await;
    let mut chat = chat(&claude, tools![look]);
    chat.send("Plan.").await.unwrap();
    chat.add_tools(tools![change]).unwrap();
    chat.remove_tools(["look"]).unwrap();
    chat.add_tools(closure("check", "ok")).unwrap();
    assert_eq!(names(chat.tools()), ["change", "check"]);
    assert_eq!(chat.history().len(), 2, "a change enters the history with the next response");

    chat.send("Act.").await.unwrap();
    let requests = claude.requests();
    let (first, second) = (requests[0].body(), requests[1].body());
    assert_eq!(first["tools"], second["tools"]);
    let system = &second["messages"][3];
    assert_eq!(system["role"], "system");
    let kinds = [0, 1, 2].map(|index| (&system["content"][index]["type"], &system["content"][index]["tool"]["type"]));
    let (definition, reference) = (json!("tool_definition"), json!("tool_reference"));
    let (addition, removal) = (json!("tool_addition"), json!("tool_removal"));
    assert_eq!(kinds, [(&addition, &definition), (&removal, &reference), (&addition, &definition)]);
    assert!(requests[1].header("anthropic-beta").unwrap().contains("inline-tools-2026-09-15"));
    assert!(requests[0].header("anthropic-beta").is_none());
    assert_in_effect(&claude, &chat);

    chat.send("And?").await.unwrap();
    let third = claude.requests()[2].body().clone();
    assert_eq!(third["messages"].as_array().unwrap()[..4], second["messages"].as_array().unwrap()[..]);
    assert_eq!(third["messages"].as_array().unwrap().len(), 6);
    assert_in_effect(&claude, &chat);
}

#[tokio::test]
async fn before_the_first_request_the_list_of_tools_changes() {
    let claude = mock([text("Hi.")]).await;
    let mut chat = chat(&claude, tools![look]);
    chat.add_tools(tools![change]).unwrap();
    chat.remove_tools(["look"]).unwrap();
    chat.send("Hello").await.unwrap();
    let body = claude.requests()[0].body().clone();
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
    assert_in_effect(&claude, &chat);
}

#[tokio::test]
async fn a_model_without_system_messages_gets_another_list() {
    let claude = mock([text("Hi."), text("Ho.")]).await;
    let mut chat = Chat::builder(claude.client("claude-sonnet-4-5")).tools(tools![look]).build().unwrap();
    chat.send("Hello").await.unwrap();
    chat.add_tools(tools![change]).unwrap();
    chat.remove_tools(["look"]).unwrap();
    chat.send("Hello").await.unwrap();
    let body = claude.requests()[1].body().clone();
    assert_eq!(body["messages"].as_array().unwrap().len(), 3);
    assert_in_effect(&claude, &chat);
    assert_eq!(names(chat.tools()), ["change"]);
}

#[tokio::test]
async fn a_call_to_a_removed_tool_says_that_it_was_removed() {
    let claude = mock([text("Hi."), call("look"), call("other"), text("Sorry.")]).await;
    let mut chat = chat(&claude, tools![look, change]);
    chat.send("Hello").await.unwrap();
    chat.remove_tools(["look"]).unwrap();
    let run = chat.toolloop("Look.").await.unwrap();
    let text = |step: usize| run.steps()[step].outcomes()[0].text();
    assert_eq!(text(0), "Not run: the tool `look` was removed. Available tools: `change`");
    assert_eq!(text(1), "Unknown tool `other`. Available tools: `change`");
}

#[tokio::test]
async fn an_added_tool_runs_with_the_states_of_the_chat() {
    /// Greets.
    #[tool]
    fn greet(greeting: State<String>) -> String {
        greeting.to_string()
    }
    let claude = mock([text("Hi."), call("greet"), text("Done.")]).await;
    let builder = Chat::builder(claude.client("claude-opus-5-5")).tools(tools![look]).state("Hello".to_owned());
    let mut chat = builder.build().unwrap();
    chat.send("Hello").await.unwrap();
    chat.add_tools(tools![greet]).unwrap();
    let run = chat.toolloop("Greet.").await.unwrap();
    assert_eq!(run.steps()[0].outcomes()[0].text(), "Hello");
}

#[tokio::test]
async fn wrong_changes_are_misuse_and_change_nothing() {
    let claude = mock([text("Hi."), text("Ho.")]).await;
    let mut chat = chat(&claude, tools![look, change].with(BuiltinTool::web_search()));
    chat.send("Hello").await.unwrap();
    let wrong = |result: claudette::Result<()>| {
        let error = result.unwrap_err();
        assert!(error.is_misuse(), "{error}");
        error.to_string()
    };
    let twice = wrong(chat.add_tools(closure("look", "")));
    assert!(twice.contains("two tools have the name `look`") && twice.contains("tool_changes.rs"), "{twice}");
    assert!(wrong(chat.add_tools(closure("web_search", ""))).contains("the API's own `web_search_"));
    assert!(wrong(chat.remove_tools(["change", "lok"])).ends_with("did you mean `look`?"));
    assert!(wrong(chat.add_tools(BuiltinTool::browser_toolset())).contains("`set_tools`"));
    assert!(wrong(chat.add_tools(Toolset::invalid("no such tool"))).contains("no such tool"));
    assert_eq!(names(chat.tools()), ["look", "change"]);
    chat.send("Hello").await.unwrap();
    assert_eq!(claude.requests()[1].body()["messages"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_tool_that_comes_back_is_a_reference_if_its_definition_is_the_same() {
    let claude = mock([text("1"), text("2"), text("3"), text("4")]).await;
    let mut chat = chat(&claude, tools![look]);
    chat.send("1").await.unwrap();
    chat.add_tools(tools![change]).unwrap();
    chat.remove_tools(["look", "change"]).unwrap();
    chat.send("2").await.unwrap();
    chat.add_tools(tools![look, change]).unwrap();
    chat.send("3").await.unwrap();
    let kind = |body: &Value, message: usize, block: usize| {
        body["messages"][message]["content"][block]["tool"]["type"].as_str().unwrap().to_owned()
    };
    let body = claude.requests()[2].body().clone();
    assert_eq!((kind(&body, 6, 0), kind(&body, 6, 1)), ("tool_reference".into(), "tool_reference".into()));
    chat.remove_tools(["look"]).unwrap();
    chat.add_tools(closure("look", "another")).unwrap();
    chat.send("4").await.unwrap();
    let body = claude.requests()[3].body().clone();
    assert_eq!(kind(&body, 9, 1), "tool_definition");
    assert_in_effect(&claude, &chat);
}

#[tokio::test]
async fn a_change_waits_for_a_response() {
    let claude = mock([text("Hi."), MockResponse::text("No.").stop_reason("refusal"), text("Yes.")]).await;
    let mut chat = chat(&claude, tools![look]);
    chat.send("Hello").await.unwrap();
    chat.add_tools(tools![change]).unwrap();
    chat.send("Bad").await.unwrap();
    assert_eq!(chat.history().len(), 2);
    chat.send("Good").await.unwrap();
    let body = claude.requests()[2].body().clone();
    assert_eq!(body["messages"].as_array().unwrap().len(), 4);
    assert_in_effect(&claude, &chat);
}

#[tokio::test]
async fn a_restored_chat_has_the_same_tools_and_sends_nothing_again() {
    let claude = mock([text("1"), text("2"), text("3"), call("change"), text("4")]).await;
    let mut first = chat(&claude, tools![look]);
    first.send("1").await.unwrap();
    first.add_tools(tools![change]).unwrap();
    first.remove_tools(["look"]).unwrap();
    let staged = first.state().to_json();
    first.send("2").await.unwrap();
    let stored = first.state().to_json();

    // The change that was not sent yet is part of the state.
    let state = ChatState::from_json(&staged).unwrap();
    let builder = Chat::builder(claude.client("claude-opus-5-5"));
    let mut restored = builder.tools(tools![look, change]).restore(state).build().unwrap();
    assert_eq!(names(restored.tools()), ["change"]);
    restored.send("2").await.unwrap();
    let requests = claude.requests();
    assert_eq!(requests[1].body(), requests[2].body());

    // The function is given later.
    let state = ChatState::from_json(&stored).unwrap();
    let builder = Chat::builder(claude.client("claude-opus-5-5"));
    let mut restored = builder.tools(tools![look]).restore(state).build().unwrap();
    assert!(restored.tools().get("change").is_none());
    restored.add_tools(tools![change]).unwrap();
    let run = restored.toolloop("Change.").await.unwrap();
    assert_eq!(run.steps()[0].outcomes()[0].text(), "changed");
    assert_eq!(claude.requests()[3].body()["messages"].as_array().unwrap().len(), 6);
    assert_in_effect(&claude, &restored);
}

#[tokio::test]
async fn a_tool_without_a_function_is_answered() {
    let claude = mock([text("1"), text("2"), call("change"), text("4")]).await;
    let mut first = chat(&claude, tools![look]);
    first.send("1").await.unwrap();
    first.add_tools(tools![change]).unwrap();
    first.send("2").await.unwrap();
    let mut restored =
        Chat::builder(claude.client("claude-opus-5-5")).tools(tools![look]).restore(first.state()).build().unwrap();
    let run = restored.toolloop("Change.").await.unwrap();
    assert_eq!(run.steps()[0].outcomes()[0].text(), "The tool `change` cannot run here. Continue without it.");
}

#[tokio::test]
async fn a_history_that_refers_to_an_unknown_tool_is_misuse() {
    let claude = mock([text("1"), text("2")]).await;
    let mut first = chat(&claude, tools![look, change]);
    first.send("1").await.unwrap();
    first.remove_tools(["look"]).unwrap();
    first.send("2").await.unwrap();
    let build = |tools| Chat::builder(claude.client("claude-opus-5-5")).tools(tools).history(first.history().clone());
    let error = build(tools![change]).build().unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("`look`"), "{error}");
    assert_eq!(names(build(tools![look, change]).build().unwrap().tools()), ["change"]);
}

#[tokio::test]
async fn rewinding_undoes_changes_and_forks_have_their_own() {
    let claude = mock([text("1"), text("2"), text("3"), text("4")]).await;
    let mut chat = chat(&claude, tools![look]);
    chat.send("1").await.unwrap();
    chat.add_tools(tools![change]).unwrap();
    chat.remove_tools(["look"]).unwrap();
    let mut fork = chat.fork();
    chat.send("2").await.unwrap();
    chat.rewind(2).unwrap();
    assert_eq!(names(chat.tools()), ["look"]);
    chat.send("3").await.unwrap();
    assert_in_effect(&claude, &chat);

    assert_eq!(names(fork.tools()), ["change"]);
    fork.add_tools(tools![look]).unwrap();
    fork.send("4").await.unwrap();
    assert_in_effect(&claude, &fork);
    assert_eq!(names(chat.tools()), ["look"]);
}

#[tokio::test]
async fn replacing_all_tools_takes_the_changes_into_account() {
    let claude = mock([text("1"), text("2"), text("3"), text("4")]).await;
    let mut chat = chat(&claude, tools![look]);
    chat.send("1").await.unwrap();
    chat.remove_tools(["look"]).unwrap();
    chat.add_tools(tools![change]).unwrap();
    chat.send("2").await.unwrap();
    chat.set_tools(tools![look].with(closure("check", "ok"))).unwrap();
    assert_eq!(names(chat.tools()), ["look", "check"]);
    chat.send("3").await.unwrap();
    assert_in_effect(&claude, &chat);
    chat.set_tools(tools![change]).unwrap();
    chat.send("4").await.unwrap();
    assert_in_effect(&claude, &chat);
}

#[tokio::test]
async fn structured_answers_work_after_changes() {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Sum {
        total: i64,
    }
    let claude = mock([text("1"), text(r#"{"total":3}"#), call("change"), text("2")]).await;
    let mut chat = chat(&claude, tools![look]);
    chat.send("1").await.unwrap();
    chat.add_tools(tools![change]).unwrap();
    let sum: Sum = chat.structured("What is 1+2?").await.unwrap();
    assert_eq!(sum.total, 3);
    // The final request keeps the tools.
    let run = chat.toolloop("Change.").max_steps(2).await.unwrap();
    assert_eq!(run.steps()[0].outcomes()[0].text(), "changed");
    assert_eq!(claude.requests()[3].body()["tool_choice"], json!({"type": "none"}));
    assert_in_effect(&claude, &chat);
}

#[tokio::test]
async fn long_names_are_mapped() {
    let long = "long_".repeat(20);
    let claude = mock([text("1")]).await;
    let mut chat = chat(&claude, tools![look]);
    chat.send("1").await.unwrap();
    chat.add_tools(closure(&long, "ran")).unwrap();
    let sent = chat.tools().definitions()[1].wire_name().into_owned();
    assert!(sent.len() <= 64);
    claude.respond(call(&sent));
    claude.respond(text("2"));
    let run = chat.toolloop("Go.").await.unwrap();
    assert_eq!(run.steps()[0].outcomes()[0].text(), "ran");
    chat.remove_tools([&long]).unwrap();
    claude.respond(call(&sent));
    claude.respond(text("3"));
    let run = chat.toolloop("Go.").await.unwrap();
    assert!(run.steps()[0].outcomes()[0].text().starts_with("Not run: the tool `long_"));
}

#[tokio::test]
async fn a_paused_turn_holds_the_change_back() {
    let search = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}});
    let paused = MockResponse::content(json!([search])).stop_reason("pause_turn");
    let broken = MockResponse::error(400, "invalid_request_error", "not now");
    let claude = mock([text("1"), paused, broken, text("2"), text("3")]).await;
    let mut chat = chat(&claude, tools![look].with(BuiltinTool::web_search()));
    chat.send("1").await.unwrap();
    chat.send("2").await.unwrap_err();
    chat.add_tools(tools![change]).unwrap();
    chat.resume().await.unwrap();
    let last =
        |request: usize| claude.requests()[request].body()["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last(3)["role"], "assistant");
    chat.send("3").await.unwrap();
    assert_eq!(last(4)["role"], "system");
    assert_eq!(chat.history().iter().filter(|message| *message.role() == Role::System).count(), 1);
}
