//! Any order of prompts, edits, failures and changes of the context: the page, the server and the model agree.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use claudette::chat::ContextPolicy;
use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, tool, tools};
use claudette_web::WebChat;
use http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{ID, Server, assistant, submit, text, user};

/// Reads a page.
#[tool(read_only)]
fn read_page() -> String {
    "Nothing unusual happened. ".repeat(200)
}

/// What a user does. Numbers choose among the prompts.
#[derive(Clone, Copy, Debug)]
enum Act {
    Prompt {
        is_long: bool,
        calls: bool,
    },
    Edit(usize),
    Again,
    /// A prompt that the API refuses.
    Fail,
    /// The chat leaves memory, and the page is loaded again.
    Restart,
    Reload,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (any::<bool>(), any::<bool>()).prop_map(|(is_long, calls)| Act::Prompt { is_long, calls }),
        2 => (0_usize..8).prop_map(Act::Edit),
        1 => Just(Act::Again),
        1 => Just(Act::Fail),
        1 => Just(Act::Restart),
        1 => Just(Act::Reload),
    ];
    prop::collection::vec(act, 1..14)
}

/// The next responses of the model.
#[derive(Default)]
struct Script {
    fails: AtomicBool,
    calls: AtomicBool,
}

impl Script {
    fn respond(&self) -> MockResponse {
        if self.fails.swap(false, Ordering::Relaxed) {
            MockResponse::error(400, "invalid_request_error", "refused")
        } else if self.calls.swap(false, Ordering::Relaxed) {
            MockResponse::tool_use("read_page", json!({}))
        } else {
            MockResponse::text("ok")
        }
    }
}

/// Returns the first word of each prompt on the page.
fn prompts(messages: &[Value]) -> Vec<String> {
    let users = messages.iter().filter(|message| message["role"] == "user");
    users.map(|message| message["parts"][0]["text"].as_str().unwrap().split(' ').next().unwrap().to_owned()).collect()
}

async fn check(acts: Vec<Act>, policy: ContextPolicy) -> Result<(), TestCaseError> {
    let claude = MockServer::start().await.unwrap();
    let script = Arc::new(Script::default());
    for _ in 0..200 {
        let script = script.clone();
        claude.respond_with(move |_| script.respond());
        claude.respond_to_compaction(MockResponse::text("A summary."));
    }
    let client = claude.client("claude-opus-5-5");
    let chat = WebChat::new(move |_| {
        Chat::builder(&client).tools(tools![read_page]).context(policy.clone()).max_tokens(1_000)
    });
    let server = Server::start(chat.max_chats(1)).await;
    // The prompts on the page, by their first words, which are unique.
    let (mut page, mut number) = (Vec::<String>::new(), 0);
    let mut was_changed = false;
    for act in acts {
        script.calls.store(false, Ordering::Relaxed);
        let mut next = page.clone();
        let mut new_prompt = || {
            number += 1;
            format!("<{number}>")
        };
        let (mut body, mut long) = (Value::Null, false);
        match act {
            Act::Prompt { is_long, calls } => {
                next.push(new_prompt());
                (long, body) = (is_long, json!({}));
                script.calls.store(calls, Ordering::Relaxed);
            }
            Act::Fail => {
                next.push(new_prompt());
                body = json!({});
                script.fails.store(true, Ordering::Relaxed);
            }
            Act::Edit(which) if !next.is_empty() => {
                next.truncate(which % next.len());
                next.push(new_prompt());
                body = json!({"messageId": "m"});
            }
            Act::Again if !next.is_empty() => body = json!({"trigger": "regenerate-message"}),
            Act::Restart => {
                server.messages("another-0123456789").await;
                page = prompts(&server.messages(ID).await);
            }
            Act::Edit(_) | Act::Again | Act::Reload => {}
        }
        if body != Value::Null {
            let mut messages = Vec::new();
            for (place, prompt) in next.iter().enumerate() {
                let is_last = place + 1 == next.len();
                let rest = if is_last && long { "Remember this. ".repeat(300) } else { String::new() };
                messages.push(user(&format!("m{place}"), &format!("{prompt} {rest}")));
                if !is_last {
                    messages.push(assistant(&format!("a{place}")));
                }
            }
            let mut request = submit(&messages);
            request.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            let before = claude.requests().len();
            let response = server.post(&request).await;
            let (status, answer) = (response.status(), text(response).await);
            was_changed |= answer.contains("data-context");
            if status == StatusCode::OK {
                page = next;
                let sent = claude.requests().split_off(before);
                let is_accepted = sent.iter().all(|request| !request.refused());
                prop_assert!(is_accepted || matches!(act, Act::Fail), "{act:?}: {answer}");
                // The model reads the prompt, and none that the page no longer has.
                let sent: String = sent.iter().map(|request| request.body()["messages"].to_string()).collect();
                prop_assert!(sent.contains(page.last().unwrap()), "{act:?}: {sent}");
                for old in (1..=number).map(|number| format!("<{number}>")).filter(|old| !page.contains(old)) {
                    prop_assert!(!sent.contains(&old), "{act:?}: {old} is still in {sent}");
                }
            } else {
                prop_assert!(was_changed && answer.contains("no longer be changed"), "{act:?}: {status} {answer}");
            }
            script.fails.store(false, Ordering::Relaxed);
        }
        let shown = server.messages(ID).await;
        prop_assert_eq!(&prompts(&shown), &page, "{:?}", act);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_page_the_server_and_the_model_agree(acts in acts(), which in 0..4) {
        let policy = match which {
            0 => ContextPolicy::compact().at(2_000),
            1 => ContextPolicy::compact().at(2_000).keep_last(500),
            2 => ContextPolicy::trim().at(2_000).keep_results(0),
            _ => ContextPolicy::none(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(acts, policy))?;
    }
}
