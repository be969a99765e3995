//! Conversations that become smaller: what the page is told, and what it still shows.

use claudette::chat::ContextPolicy;
use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, tool, tools};
use claudette_web::WebChat;
use http::StatusCode;
use serde_json::{Value, json};

use crate::approvals::questions;
use crate::support::{ID, Server, answer, assistant, cancel_order, kinds, submit, text, user};

/// Reads a page of the report.
#[tool(read_only)]
fn read_page(
    /// Number of the page
    page: u32,
) -> String {
    format!("Page {page}: {}", "Nothing unusual happened. ".repeat(400))
}

fn client(claude: &MockServer) -> Client {
    claude.client("claude-opus-5-5")
}

fn web_chat(claude: &MockServer, policy: ContextPolicy) -> WebChat {
    let client = client(claude);
    WebChat::new(move |_| {
        Chat::builder(&client).tools(tools![read_page, cancel_order]).context(policy.clone()).max_tokens(1_000)
    })
}

/// Returns a prompt that is longer than half of the threshold.
fn long(text: &str) -> String {
    format!("{text} {}", "All of this is important. ".repeat(300))
}

/// Returns the texts and the reports of each message.
fn shown(messages: &[Value]) -> Vec<Vec<String>> {
    let part = |part: &Value| match part["type"].as_str().unwrap() {
        "text" => Some(part["text"].as_str().unwrap().split(' ').next().unwrap().to_owned()),
        "data-context" => Some(format!("({})", part["data"]["kind"].as_str().unwrap())),
        "dynamic-tool" => Some(format!("[{}]", part["state"].as_str().unwrap())),
        _ => None,
    };
    messages.iter().map(|message| message["parts"].as_array().unwrap().iter().filter_map(part).collect()).collect()
}

/// Lets the chat leave memory.
async fn push_out(server: &Server) {
    assert_eq!(server.messages("another-0123456789").await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_summary_is_reported_and_the_page_keeps_the_conversation() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("First."));
    claude.respond_to_compaction(MockResponse::text("The user asked once."));
    claude.respond(MockResponse::text("Second."));
    let server = Server::start(web_chat(&claude, ContextPolicy::compact().at(2_000)).max_chats(1)).await;
    let first = user("m1", &long("One"));
    let chunks = server.chunks(&submit(std::slice::from_ref(&first))).await;
    let cost = |chunks: &[Value]| chunks.last().unwrap()["messageMetadata"]["cost_usd"].as_f64().unwrap();
    let mut costs = cost(&chunks);
    let history = [first, assistant("a1"), user("m2", "Two")];
    let chunks = server.chunks(&submit(&history)).await;
    costs += cost(&chunks);
    assert_eq!(answer(&chunks), "Second.");
    assert_eq!(kinds(&chunks)[..3], ["start", "data-context", "start-step"]);
    let part = &chunks[1];
    assert_eq!((&part["data"]["kind"], &part["data"]["messages"]), (&json!("compacted"), &json!(2)));
    assert_eq!(part["data"]["summary"], "The user asked once.");
    assert!(part["data"]["text"].as_str().unwrap().starts_with("a summary replaced 2 messages of "), "{part}");
    assert!(part["data"]["cost_usd"].as_f64().unwrap() > 0.0 && part["transient"].is_null(), "{part}");
    assert!(part["data"]["usage"]["output_tokens"].as_u64().unwrap() > 0, "{part}");

    // The summary is a part of the cost of the answer.
    let chat = server.chat(ID).await;
    assert!((costs - chat["cost_usd"].as_f64().unwrap()).abs() < 1e-9, "{costs} {chat}");

    // A reload shows what the model no longer has.
    let one = vec!["One".to_owned()];
    let expected =
        [&one[..], &["First.".to_owned()], &["Two".to_owned()], &["(compacted)".to_owned(), "Second.".to_owned()]];
    assert_eq!(shown(&server.messages(ID).await), expected);

    // The last prompt is answered again, the first one is gone.
    claude.respond(MockResponse::text("Again."));
    let mut again = submit(&history);
    again["trigger"] = "regenerate-message".into();
    assert_eq!(answer(&server.chunks(&again).await), "Again.");
    assert_eq!(claude.requests().last().unwrap().body()["messages"].as_array().unwrap().len(), 2);
    let shorter = shown(&server.messages(ID).await);
    assert_eq!((shorter.len(), &shorter[0], &shorter[3]), (4, &one, &vec!["Again.".to_owned()]));
    let mut edit = submit(&[user("m1", "Another one")]);
    edit["messageId"] = "m1".into();
    let refused = server.post(&edit).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(text(refused).await.contains("can no longer be changed"));

    // The conversation goes on.
    claude.respond(MockResponse::text("Third."));
    let third = [&history[..], &[assistant("a2"), user("m3", "Three")]].concat();
    assert_eq!(answer(&server.chunks(&submit(&third)).await), "Third.");
    assert_eq!(server.messages(ID).await.len(), 6);
    let last = claude.requests().pop().unwrap();
    assert_eq!(last.body()["messages"].as_array().unwrap().len(), 4);

    // After a restart, the summary stands in place of the first prompt.
    push_out(&server).await;
    let messages = server.messages(ID).await;
    let restored = shown(&messages);
    assert_eq!(restored[0], ["(compacted)"]);
    assert_eq!(restored[1..].concat(), ["Two", "Again.", "Three", "Third."]);
    assert_eq!(messages[0]["role"], "assistant");
    let outdated = server.post(&submit(&[&third[..], &[assistant("a3"), user("m4", "Four")]].concat())).await;
    assert_eq!(outdated.status(), StatusCode::CONFLICT, "the page shows a prompt that the server does not have");
    claude.respond(MockResponse::text("Fourth."));
    let of_page = [
        assistant("summary"),
        user("u0", "Two"),
        assistant("a0"),
        user("u1", "Three"),
        assistant("a1"),
        user("m4", "Four"),
    ];
    assert_eq!(answer(&server.chunks(&submit(&of_page)).await), "Fourth.");
    assert_eq!(server.messages(ID).await.len(), 7);
    claude.assert_finished();
}

#[tokio::test]
async fn a_decision_is_taken_after_a_summary_in_the_middle_of_the_answer() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("read_page", json!({"page": 1})));
    claude.respond_to_compaction(MockResponse::text("Page 1 was read."));
    claude.respond(MockResponse::tool_use("cancel_order", json!({"id": "O1"})));
    claude.respond(MockResponse::text("Cancelled."));
    let server = Server::start(web_chat(&claude, ContextPolicy::compact().at(2_000)).max_chats(1)).await;
    let asked = server.chunks(&submit(&[user("m1", "Read page 1, and cancel O1.")])).await;
    let before = shown(&server.messages(ID).await);
    assert_eq!(before[0], ["Read"]);
    assert_eq!(before[1], ["[output-available]", "(compacted)", "[approval-requested]"]);

    // The chat leaves memory. The store has the summary alone, and the call that waits.
    push_out(&server).await;
    let messages = server.messages(ID).await;
    assert_eq!(shown(&messages), [["(compacted)", "[approval-requested]"]]);
    push_out(&server).await;
    let approval = &questions(&asked)[0].0;
    let decided = json!({"id": messages[0]["id"], "role": "assistant", "parts": [
        {"state": "approval-responded", "approval": {"id": approval, "approved": true}}]});
    let rest = server.chunks(&submit(&[decided])).await;
    assert_eq!(answer(&rest), "Cancelled.");
    assert_eq!(shown(&server.messages(ID).await), [["(compacted)", "[output-available]", "Cancelled."]]);
    claude.assert_finished();
}

#[tokio::test]
async fn removed_messages_and_missing_summaries_are_reported() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("read_page", json!({"page": 1})));
    claude.respond(MockResponse::text("First."));
    claude.respond(MockResponse::text("Second."));
    let trim = ContextPolicy::trim().at(2_000).keep_results(0);
    let server = Server::start(web_chat(&claude, trim)).await;
    let history = [user("m1", "Read page 1."), assistant("a1"), user("m2", "Two")];
    server.chunks(&submit(&history[..1])).await;
    let chunks = server.chunks(&submit(&history)).await;
    let report = chunks.iter().find(|chunk| chunk["type"] == "data-context").unwrap_or_else(|| panic!("{chunks:?}"));
    assert_eq!((&report["data"]["kind"], &report["data"]["results"]), (&json!("trimmed"), &json!(1)));
    let parts = server.messages(ID).await;
    assert!(parts[1]["parts"][1]["output"].as_str().unwrap().contains("Nothing unusual"), "the page keeps the result");
    assert_eq!(shown(&parts)[3], ["(trimmed)", "Second."]);

    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("First."));
    claude.respond_to_compaction(MockResponse::text("").stop_reason("refusal"));
    claude.respond(MockResponse::text("Second."));
    let server = Server::start(web_chat(&claude, ContextPolicy::compact().at(2_000))).await;
    let history = [user("m1", &long("One")), assistant("a1"), user("m2", "Two")];
    server.chunks(&submit(&history[..1])).await;
    let chunks = server.chunks(&submit(&history)).await;
    let report = chunks.iter().find(|chunk| chunk["type"] == "data-context").unwrap_or_else(|| panic!("{chunks:?}"));
    assert_eq!(report["data"]["kind"], "not-compacted");
    assert_eq!(report["data"]["text"], "the model did not write a summary, and the conversation is unchanged");
    assert_eq!(shown(&server.messages(ID).await)[3], ["(not-compacted)", "Second."]);
}
