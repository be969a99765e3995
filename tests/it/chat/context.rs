//! Context policies: a conversation stays below the threshold, and the API accepts it.

use std::sync::{Arc, Mutex};

use claudette::chat::{ContextChange, ContextPolicy};
use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Event, tool, tools};
use serde_json::{Value, json};

/// Reads a page.
#[tool]
fn read_page(
    /// Number of the page
    page: u32,
) -> String {
    format!("page {page}: {}", "the quick brown fox jumps over the lazy dog. ".repeat(40))
}

/// Returns the tokens of a prompt, as this test counts them.
fn tokens(request: &Value) -> u64 {
    ["system", "tools", "messages"].iter().map(|part| request[*part].to_string().len() as u64 / 4).sum()
}

/// Adds `steps` responses with a call, and an answer. Each has the usage of its prompt, which is put into `sizes`.
fn script(claude: &MockServer, steps: u32, sizes: &Arc<Mutex<Vec<u64>>>) {
    for step in 0..=steps {
        let sizes = sizes.clone();
        claude.respond_with(move |request| {
            let size = tokens(request);
            sizes.lock().unwrap().push(size);
            let usage = json!({"input_tokens": size, "output_tokens": 50});
            if step == steps {
                return MockResponse::text("Read.").usage(usage);
            }
            let call = MockResponse::tool_use("read_page", json!({"page": step}));
            if step % 3 == 0 { call.thinking("Next.").usage(usage) } else { call.usage(usage) }
        });
    }
}

/// Runs a loop with the policy. Returns the sizes of its prompts, and the changes.
async fn run(model: &str, policy: ContextPolicy, steps: u32) -> (Vec<u64>, Vec<ContextChange>, Chat) {
    let claude = MockServer::start().await.unwrap();
    let sizes = Arc::default();
    script(&claude, steps, &sizes);
    let mut chat = Chat::builder(claude.client(model)).tools(tools![read_page]).context(policy).build().unwrap();
    let mut events = chat.toolloop("Read all pages of the book.").max_steps(steps + 2).stream();
    let mut changes = Vec::new();
    while let Some(event) = events.next().await {
        if let Event::Context(change) = event.unwrap() {
            changes.push(change);
        }
    }
    drop(events);
    claude.assert_finished();
    let sizes = std::mem::take(&mut *sizes.lock().unwrap());
    (sizes, changes, chat)
}

#[tokio::test]
async fn a_trimmed_conversation_stays_below_the_threshold() {
    let (plain, ..) = run("claude-opus-5-5", ContextPolicy::none(), 60).await;
    assert!(*plain.last().unwrap() > 25_000);
    for model in ["claude-opus-5-5", "claude-haiku-4-5"] {
        let policy = ContextPolicy::trim().at(10_000);
        let (sizes, changes, chat) = run(model, policy, 60).await;
        assert!(*sizes.iter().max().unwrap() <= 10_000, "{sizes:?}");
        assert!((2..20).contains(&changes.len()), "{changes:?}");
        assert_eq!(chat.history()[0].text(), "Read all pages of the book.");
        assert!(chat.history().to_json().contains("page 59: the quick"));
    }
}

#[tokio::test]
async fn the_contents_of_old_results_are_removed_first() {
    let (sizes, changes, chat) = run("claude-opus-5-5", ContextPolicy::trim().at(20_000), 45).await;
    assert!(*sizes.iter().max().unwrap() <= 20_000);
    assert!(changes.iter().all(|change| matches!(change, ContextChange::Trimmed { messages: 0, .. })), "{changes:?}");
    assert_eq!(chat.history().len(), 2 * 46);
    let tools = ContextPolicy::trim().at(20_000).exclude_tools(["read_page"]);
    let (sizes, changes, chat) = run("claude-opus-5-5", tools, 45).await;
    assert!(*sizes.iter().max().unwrap() <= 20_000);
    assert!(changes.iter().all(|change| matches!(change, ContextChange::Trimmed { results: 0, .. })), "{changes:?}");
    assert!(chat.history().len() < 2 * 46);
}

#[tokio::test]
async fn the_api_clears_old_results() {
    let claude = MockServer::builder().context_window(40_000).start().await.unwrap();
    for page in 0..60 {
        let call = MockResponse::tool_use("read_page", json!({"page": page}));
        claude.respond(if page % 3 == 0 { call.thinking("Next.") } else { call });
    }
    claude.respond(MockResponse::text("Read."));
    let client = claude.client("claude-opus-5-5");
    let policy = ContextPolicy::clear().window(40_000);
    let builder = Chat::builder(&client).tools(tools![read_page]).max_tokens(1_000).cache(true);
    let mut chat = builder.context(policy).build().unwrap();
    let mut events = chat.toolloop("Read all pages of the book.").max_steps(70).stream();
    let mut changes = Vec::new();
    while let Some(event) = events.next().await {
        if let Event::Context(change) = event.unwrap() {
            changes.push(change);
        }
    }
    drop(events);
    claude.assert_finished();
    let results = changes.iter().map(|change| match change {
        ContextChange::Cleared { results, tokens, thinking: 0 } if *tokens > 2_000 => *results,
        other => panic!("{other:?}"),
    });
    let results: Vec<u64> = results.collect();
    assert!(results.is_sorted() && (1..20).contains(&results.len()), "{results:?}");
    for request in claude.requests() {
        let edits = &request.body()["context_management"]["edits"];
        assert_eq!((&edits[0]["keep"], &edits[1]["trigger"]["value"]), (&json!("all"), &json!(20_000)));
    }
    // The history is complete, and a stored state does not report the same content again.
    assert!(chat.history().to_json().contains("page 0: the quick"));
    let state = chat.state();
    assert_eq!(claudette::chat::ChatState::from_json(&state.to_json()).unwrap(), state);
}

#[tokio::test]
async fn a_policy_that_adds_edits_excludes_other_edits() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-opus-5-5");
    let edit = claudette::wire::ContextEdit::clear_tool_results();
    let error = Chat::builder(&client).context_edit(edit).context(ContextPolicy::clear()).build().unwrap_err();
    assert!(error.to_string().contains("`ContextPolicy::clear()` adds the context edits"), "{error}");
}

#[tokio::test]
async fn a_model_without_compaction_needs_another_policy() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-haiku-4-5");
    let error = Chat::builder(&client).context(ContextPolicy::compact()).build().unwrap_err();
    assert!(error.to_string().contains("use `ContextPolicy::clear()` or `ContextPolicy::trim()`"), "{error}");
    assert!(claude.requests().is_empty());
}

#[tokio::test]
async fn a_stored_conversation_is_trimmed_before_its_first_request() {
    let (.., long) = run("claude-opus-5-5", ContextPolicy::none(), 30).await;
    let claude = MockServer::start().await.unwrap();
    let sizes = Arc::default();
    script(&claude, 0, &sizes);
    let client = claude.client("claude-opus-5-5");
    let policy = ContextPolicy::trim().at(8_000);
    let builder = Chat::builder(client).tools(tools![read_page]).history(long.history().clone()).context(policy);
    let mut chat = builder.build().unwrap();
    chat.send("What is it about?").await.unwrap();
    assert!(sizes.lock().unwrap()[0] <= 8_000);
    claude.assert_finished();
}

#[tokio::test]
async fn a_policy_without_a_known_window_is_an_error() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("some-other-model");
    let error = Chat::builder(&client).context(ContextPolicy::trim()).build().unwrap_err();
    assert!(error.to_string().contains("the context window of the model \"some-other-model\" is not known"), "{error}");
    Chat::builder(&client).context(ContextPolicy::trim().window(200_000)).build().unwrap();
    Chat::builder(&client).context(ContextPolicy::trim().at(100_000)).build().unwrap();
    let error = Chat::builder(&client).context(ContextPolicy::none().at(1_000)).build().unwrap_err();
    assert!(error.is_misuse());
}
