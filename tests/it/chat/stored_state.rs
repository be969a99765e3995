//! The stored state of a chat: its JSON is fixed, other versions are kept or refused, and another process continues it.

use std::path::Path;
use std::sync::{Arc, Mutex};

use claudette::chat::ChatState;
use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, Client, EndReason, State, ToolOutput, ToolUse, tool, tools};
use serde_json::{Value, json};

use crate::support::process::run_alone;

type Paid = Arc<Mutex<Vec<u32>>>;

/// Pays an amount.
#[tool]
async fn pay(
    paid: State<Paid>,
    /// Amount in USD
    amount: u32,
) -> String {
    paid.lock().unwrap().push(amount);
    format!("paid {amount}")
}

/// Returns a receipt for the program, which the model does not see.
#[tool]
async fn receipt() -> ToolOutput {
    ToolOutput::new("It is printed.").with_value(&json!({"number": 12_345_678_901_234_567_890_u64})).unwrap()
}

fn chat(client: &Client, state: ChatState, paid: &Paid) -> Chat {
    let chat = Chat::builder(client).conversation_id("ticket-42").tools(tools![pay, receipt]).state(paid.clone());
    chat.restore(state).build().unwrap()
}

/// Returns a chat with two suspended calls, one of them with a decision.
async fn suspended(claude: &MockServer) -> Chat {
    claude.respond(MockResponse::tool_uses([
        ("pay", json!({"amount": 100})),
        ("receipt", json!({})),
        ("pay", json!({"amount": 5})),
    ]));
    let mut chat = chat(&claude.client("claude-sonnet-5-5"), ChatState::new(), &Paid::default());
    let run = chat
        .toolloop("Pay, please.")
        .max_steps(3)
        .final_prompt("That is enough.")
        .approve(async |call: ToolUse| if call.name() == "pay" { Approval::Suspend } else { Approval::Allow })
        .await
        .unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);
    let calls = chat.pending();
    chat.decide(&calls[1], Approval::deny("too much")).unwrap();
    chat
}

#[tokio::test]
async fn the_json_matches_the_snapshot() {
    let claude = MockServer::start().await.unwrap();
    let mut state: Value = serde_json::from_str(&suspended(&claude).await.state().to_json()).unwrap();
    // The duration of a call varies.
    for outcome in state["run"]["outcomes"].as_array_mut().unwrap() {
        outcome[1]["elapsed"] = json!({"secs": 0, "nanos": 0});
    }
    // Another test checks the texts for the model.
    for result in state["messages"][2]["content"].as_array_mut().unwrap() {
        if result["is_error"] == true {
            result["content"] = json!("…");
        }
    }
    let written = format!("{}\n", serde_json::to_string_pretty(&state).unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/chat_state_1.2.json");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, kept, "a change of the stored JSON needs a new version");
    // The stored JSON can be read and written back unchanged.
    let json = serde_json::to_string(&serde_json::from_str::<Value>(&kept).unwrap()).unwrap();
    let state = ChatState::from_json(&json).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&state.to_json()).unwrap(), serde_json::from_str::<Value>(&kept).unwrap());
    assert_eq!(state.pending().filter(|call| call.is_suspended()).count(), 2);
}

#[tokio::test]
async fn other_minor_versions_are_read_and_other_major_ones_are_refused() {
    let claude = MockServer::start().await.unwrap();
    let json = suspended(&claude).await.state().to_json();
    let newer = json.replacen(r#"{"version":"1.2","#, r#"{"version":"1.7","mood":{"is":"sunny"},"#, 1);
    assert_ne!(newer, json);
    let state = ChatState::from_json(&newer).unwrap();
    let again: Value = serde_json::from_str(&state.to_json()).unwrap();
    assert_eq!(again["mood"], json!({"is": "sunny"}), "fields of a newer version are kept");

    let older = json.replacen(r#"{"version":"1.2","conversation_id":"ticket-42","#, r#"{"version":"1.0","#, 1);
    assert_ne!(older, json);
    assert_eq!(ChatState::from_json(&older).unwrap().conversation_id(), None);

    let before = json.replacen(r#"{"version":"1.2","#, r#"{"version":"1.1","#, 1);
    assert_eq!(ChatState::from_json(&before).unwrap().to_json(), json);

    for version in ["2.0", "0.9", "1", "one", ""] {
        let other = json.replacen(r#"{"version":"1.2","#, &format!(r#"{{"version":"{version}","#), 1);
        let error = ChatState::from_json(&other).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(error.is_misuse() && source.contains("version"), "{version}: {source}");
    }
    for damaged in ["", "[]", "{}", r#"{"version":"1.0"}"#, r#"{"version":"1.2","messages":[],"sealed":7}"#] {
        assert!(ChatState::from_json(damaged).unwrap_err().is_misuse(), "{damaged}");
    }
}

/// The environment variables with the state and the address of the server for the other process.
const STATE: &str = "CLAUDETTE_TEST_STATE";
const URL: &str = "CLAUDETTE_TEST_URL";

/// Runs in the other process only.
#[tokio::test]
async fn in_another_process() {
    let (Ok(path), Ok(url)) = (std::env::var(STATE), std::env::var(URL)) else { return };
    let client = Client::builder("claude-sonnet-5-5").api_key("k").base_url(url).build().unwrap();
    let paid = Paid::default();
    let state = ChatState::from_json(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let mut chat = chat(&client, state, &paid);
    let calls = chat.pending();
    chat.decide(&calls[0], Approval::Allow).unwrap();
    assert!(chat.decide(&calls[1], Approval::Allow).unwrap_err().to_string().contains("already decided"));
    assert_eq!(chat.resume_toolloop().await.unwrap().text(), "One is paid.");
    assert_eq!(*paid.lock().unwrap(), [100]);
    std::fs::write(&path, chat.state().to_json()).unwrap();
}

#[tokio::test]
async fn a_suspended_run_completes_in_another_process() {
    let claude = MockServer::start().await.unwrap();
    let before = suspended(&claude).await;
    let folder = std::env::temp_dir().join(format!("claudette-state-{}", std::process::id()));
    std::fs::write(&folder, before.state().to_json()).unwrap();
    claude.respond(MockResponse::text("One is paid."));
    let mut child = run_alone(module_path!(), "in_another_process");
    child.env(STATE, &folder).env(URL, claude.url());
    let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let client = claude.client("claude-sonnet-5-5");
    let after =
        chat(&client, ChatState::from_json(&std::fs::read_to_string(&folder).unwrap()).unwrap(), &Paid::default());
    std::fs::remove_file(&folder).unwrap();
    assert_eq!(after.last().unwrap().text(), "One is paid.");
    assert!(after.pending().is_empty());
    assert!(after.usage().total() > before.usage().total(), "the usage of the first process counts");
    let results = claude.requests()[1].body()["messages"][2]["content"].clone();
    assert_eq!(results[0]["content"], "paid 100");
    assert_eq!(results[2]["is_error"], true);
    claude.assert_finished();
}

#[tokio::test]
async fn the_head_and_the_messages_are_the_whole_state() {
    let claude = MockServer::start().await.unwrap();
    let suspended = suspended(&claude).await;
    let state = suspended.state();
    let head: Value = serde_json::from_str(&state.head_to_json()).unwrap();
    assert_eq!(head["messages"], json!([]));

    // A store reads the messages from their own texts.
    let messages: Vec<String> = state.history().iter().map(|it| serde_json::to_string(it).unwrap()).collect();
    let messages: Vec<_> = messages.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let restored = ChatState::from_head(&state.head_to_json(), messages.clone()).unwrap();
    assert_eq!(restored.to_json(), state.to_json());

    let error = ChatState::from_head(&state.head_to_json(), messages[..1].to_vec()).unwrap_err();
    assert!(error.is_misuse(), "{error}");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "a stored history of 1 messages cannot have 2 sealed messages");
}
