//! Chats whose model declines, so that other models answer.

use std::future::IntoFuture;

use claudette::catalog::Platform;
use claudette::chat::{ChatState, ContextPolicy};
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{FallbackModel, Fallbacks};
use claudette::{Chat, Client, EndReason, Event, tool, tools};
use serde_json::{Value, json};

use super::durable::Memory;

const FIRST: &str = "claude-fable-5-2";
const SECOND: &str = "claude-opus-5-5";
const THIRD: &str = "claude-sonnet-5-5";

fn refusal() -> MockResponse {
    MockResponse::content(json!([]))
        .stop_reason("refusal")
        .with("stop_details", json!({"type": "refusal", "category": "cyber", "explanation": null}))
}

/// Adds.
#[tool(read_only)]
fn add(
    /** a */
    a: i64,
    /** b */
    b: i64,
) -> i64 {
    a + b
}

fn client(claude: &MockServer, platform: Platform) -> Client {
    Client::builder(FIRST).platform(platform).base_url(claude.url()).api_key("key").build().unwrap()
}

/// Returns a field of each request.
fn sent(claude: &MockServer, field: &str) -> Vec<Value> {
    claude.requests().iter().map(|request| request.body()[field].clone()).collect()
}

// ---- the choice of the side that changes the model

#[tokio::test]
async fn the_client_changes_the_model_where_the_host_does_not() {
    for (host, by_api) in [
        (Platform::Anthropic, true),
        (Platform::ClaudePlatformAws, true),
        (Platform::GoogleCloud, true),
        (Platform::Foundry, false),
        (Platform::Bedrock, false),
        (Platform::Vertex, false),
    ] {
        let claude = MockServer::start().await.unwrap();
        let mut chat = Chat::builder(client(&claude, host)).fallbacks([SECOND]).build().unwrap();
        if !by_api {
            claude.respond(refusal());
        }
        claude.respond(MockResponse::text("Hi."));
        assert_eq!(chat.send("Hello").await.unwrap().text(), "Hi.", "{host}");
        assert_eq!(sent(&claude, "fallbacks")[0], if by_api { json!([{"model": SECOND}]) } else { Value::Null });
        assert_eq!(sent(&claude, "model").len(), if by_api { 1 } else { 2 }, "{host}");
        let headers = claude.requests();
        let beta = headers[0].header("anthropic-beta").unwrap();
        let expected = match host {
            _ if by_api => "server-side-fallback-2026-07-01",
            Platform::Bedrock => "fallback-credit-2026-06-09",
            _ => "fallback-credit-2026-07-01",
        };
        assert_eq!(beta, expected, "{host}");
        // The explicit choice applies at every host.
        let request = client(&claude, host).send("Hello").fallbacks(Fallbacks::in_client([SECOND]));
        claude.respond(refusal());
        claude.respond(MockResponse::text("Hi."));
        assert_eq!(request.await.unwrap().content()[0].kind(), "fallback");
        assert!(sent(&claude, "fallbacks").last().unwrap().is_null());
        // Only the API knows its own choice.
        let chosen = client(&claude, host).send("Hello").fallbacks(Fallbacks::Default);
        if by_api {
            claude.respond(MockResponse::text("Hi."));
            chosen.await.unwrap();
        } else {
            let error = chosen.await.unwrap_err();
            assert!(error.is_misuse() && error.to_string().contains("name the models"), "{error}");
        }
        claude.assert_finished();
    }
}

// ---- the model of the following requests

/// The three ways in which a model can change.
fn ways() -> [(Platform, Fallbacks); 3] {
    let entries = || [FallbackModel::new(SECOND).max_tokens(700), FallbackModel::new(THIRD)];
    [
        (Platform::Anthropic, Fallbacks::in_client(entries())),
        (Platform::Vertex, Fallbacks::from(entries())),
        (Platform::Anthropic, Fallbacks::from(entries())),
    ]
}

/// Queues a refusal, and the response of the next model.
fn respond_after_refusal(claude: &MockServer, by_api: bool, from: &str, to: &str, mut content: Vec<Value>) {
    if by_api {
        let seam = json!({"type": "fallback", "from": {"model": from}, "to": {"model": to}});
        content.insert(0, seam);
        claude.respond(MockResponse::content(content.into()).model(to));
    } else {
        claude.respond(refusal());
        claude.respond(MockResponse::content(content.into()));
    }
}

fn text(text: &str) -> Vec<Value> {
    vec![json!({"type": "text", "text": text})]
}

fn call(id: &str) -> Vec<Value> {
    vec![json!({"type": "tool_use", "id": id, "name": "add", "input": {"a": 1, "b": 2}})]
}

#[tokio::test]
async fn later_requests_begin_with_the_model_that_answered() {
    for ((host, fallbacks), streams) in ways().into_iter().flat_map(|way| [(way.clone(), false), (way, true)]) {
        let by_api = host == Platform::Anthropic && matches!(fallbacks, Fallbacks::Models(_));
        let claude = MockServer::start().await.unwrap();
        let client = client(&claude, host);
        let build = || Chat::builder(&client).tools(tools![add]).fallbacks(fallbacks.clone()).max_tokens(900);
        let mut chat = build().build().unwrap();
        // The second model calls a tool, and gets the result.
        respond_after_refusal(&claude, by_api, FIRST, SECOND, call("toolu_1"));
        claude.respond(MockResponse::text("3"));
        let run = if streams {
            let mut events = chat.toolloop("1 + 2?").stream();
            let mut last = None;
            while let Some(event) = events.next().await {
                last = Some(event.unwrap());
            }
            let Some(Event::Done(run)) = last else { panic!("{last:?}") };
            run
        } else {
            chat.toolloop("1 + 2?").await.unwrap()
        };
        assert_eq!((run.end_reason(), run.text().as_str()), (&EndReason::Finished, "3"));
        assert_eq!(chat.state().served_by(), Some(SECOND));
        // The second model declines as well. The third one has the settings of the chat, not those of the second.
        respond_after_refusal(&claude, by_api, SECOND, THIRD, text("Fine."));
        assert_eq!(chat.send("How are you?").await.unwrap().text(), "Fine.");
        // A restored chat goes on with the third one.
        let stored = chat.state().to_json();
        let mut chat = build().restore(ChatState::from_json(&stored).unwrap()).build().unwrap();
        claude.respond(MockResponse::text("Bye."));
        chat.send("Bye").await.unwrap();

        let models: Vec<Value> = sent(&claude, "model");
        let limits: Vec<Value> = sent(&claude, "max_tokens");
        if by_api {
            assert_eq!(models, [FIRST, SECOND, SECOND, THIRD]);
            let rest = json!([{"model": THIRD, "max_tokens": 900}]);
            assert_eq!(sent(&claude, "fallbacks")[1..], [rest.clone(), rest, Value::Null]);
            assert_eq!(limits, [900, 700, 700, 900]);
        } else {
            assert_eq!(models, [FIRST, SECOND, SECOND, SECOND, THIRD, THIRD]);
            assert_eq!(limits, [900, 700, 700, 700, 900, 900]);
        }
        claude.assert_finished();
    }
}

#[tokio::test]
async fn the_first_model_is_asked_again_after_a_change() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(FIRST);
    let fallbacks = || Fallbacks::in_client([SECOND]);
    let chat = async || {
        let mut chat = Chat::builder(&client).fallbacks(fallbacks()).build().unwrap();
        respond_after_refusal(&claude, false, FIRST, SECOND, text("Hi."));
        chat.send("Hello").await.unwrap();
        assert_eq!(chat.state().served_by(), Some(SECOND));
        claude.respond(MockResponse::text("Yes."));
        chat
    };
    let last = || sent(&claude, "model").pop().unwrap();

    let mut pinned = chat().await.fork();
    pinned.send("Still there?").await.unwrap();
    assert_eq!(last(), SECOND);
    // Another list of fallbacks, and no fallbacks.
    chat().await.send("Still there?").fallbacks(Fallbacks::in_client([THIRD])).await.unwrap();
    assert_eq!(last(), FIRST);
    // Another model.
    chat().await.send("Still there?").model("claude-opus-5").await.unwrap();
    assert_eq!(last(), "claude-opus-5");
    let mut changed = chat().await;
    changed.reset_fallback();
    changed.send("Still there?").await.unwrap();
    assert_eq!(last(), FIRST);
    // An earlier conversation.
    let mut changed = chat().await;
    changed.rewind(0).unwrap();
    assert_eq!(changed.state().served_by(), None);
    changed.send("Hello?").await.unwrap();
    assert_eq!(last(), FIRST);
    claude.assert_finished();
}

#[tokio::test]
async fn a_refusal_of_all_models_does_not_change_the_chat() {
    for streams in [false, true] {
        let claude = MockServer::start().await.unwrap();
        let mut chat =
            Chat::builder(claude.client(FIRST)).fallbacks(Fallbacks::in_client([SECOND, THIRD])).build().unwrap();
        (0..3).for_each(|_| claude.respond(refusal()));
        if streams {
            let mut events = chat.toolloop("Hello").stream();
            while let Some(event) = events.next().await {
                event.unwrap();
            }
        } else {
            assert_eq!(*chat.toolloop("Hello").await.unwrap().end_reason(), EndReason::Refusal);
        }
        assert!(chat.history().is_empty());
        assert_eq!(chat.state().served_by(), None);
        claude.respond(MockResponse::text("Hi."));
        chat.send("Hi").await.unwrap();
        assert_eq!(sent(&claude, "model").pop().unwrap(), FIRST);
        claude.assert_finished();
    }
}

// ---- events

/// Returns a list of the events that describe the work of the models.
async fn events(mut events: claudette::chat::Events<'_>) -> Vec<String> {
    let mut log = Vec::new();
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::Text(text) => log.push(text),
            Event::Fallback(fallback) => log.push(format!("[{fallback}]")),
            Event::Retry(retry) => log.push(format!("[attempt {}]", retry.attempt())),
            Event::ToolCall(call) => log.push(format!("[{}]", call.name())),
            Event::Done(run) => log.push(format!("[{:?}]", run.end_reason())),
            _ => {}
        }
    }
    log
}

#[tokio::test]
async fn each_change_of_the_model_is_an_event() {
    for (host, fallbacks) in ways() {
        let by_api = host == Platform::Anthropic && matches!(fallbacks, Fallbacks::Models(_));
        let claude = MockServer::start().await.unwrap();
        let client = client(&claude, host);
        let mut chat = Chat::builder(&client).tools(tools![add]).fallbacks(fallbacks).build().unwrap();
        // The first model writes a text and a call, and then declines. The call does not run, even though it is read-only.
        claude.respond(
            MockResponse::content(json!([{"type": "text", "text": "Let me"}, call("toolu_1")[0].clone()]))
                .refused("cyber"),
        );
        if !by_api {
            let busy = MockResponse::error(529, "overloaded_error", "busy").header("retry-after-ms", "1");
            claude.respond(busy);
        }
        claude.respond(MockResponse::refusal("bio"));
        let mut content = text(" see.");
        content.extend(call("toolu_2"));
        claude.respond(MockResponse::content(content.into()));
        claude.respond(MockResponse::text("3"));
        let log = events(chat.toolloop("1 + 2?").eager(true).stream()).await;
        let mut expected = vec![
            "Let me".to_owned(),
            format!("[{FIRST} declined (cyber); {SECOND} continues]"),
            format!("[{SECOND} declined (bio); {THIRD} continues]"),
            " see.".to_owned(),
            "[add]".to_owned(),
            "3".to_owned(),
            "[Finished]".to_owned(),
        ];
        if !by_api {
            expected.insert(1, "[attempt 2]".to_owned());
        }
        assert_eq!(log, expected, "{host}");
        assert_eq!(chat.state().served_by(), Some(THIRD));
        let history = json!(chat.history().iter().collect::<Vec<_>>()).to_string();
        assert!(!history.contains("toolu_1") && history.contains("toolu_2"), "{history}");
        assert_eq!(history.contains("fallback"), by_api, "{history}");
        claude.assert_finished();
    }
}

// ---- limits and policies

#[tokio::test]
async fn an_impossible_context_policy_is_reported_before_anything_is_sent() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(FIRST);
    for fallbacks in [Fallbacks::in_client(["claude-haiku-4-5"]), Fallbacks::from(["claude-haiku-4-5"])] {
        let mut chat = Chat::builder(&client).fallbacks(fallbacks).context(ContextPolicy::compact()).build().unwrap();
        let error = chat.send("Hello").await.unwrap_err();
        let text = format!("{error} {:?}", std::error::Error::source(&error));
        assert!(error.is_misuse() && text.contains("claude-haiku-4-5"), "{text}");
        assert!(text.contains("does not support compaction"), "{text}");
    }
    assert!(claude.requests().is_empty());
}

#[tokio::test]
async fn a_cheaper_model_goes_on_within_the_limit() {
    // Another request of the first model with an answer after it does not fit, but both fit for the second one.
    for streams in [false, true] {
        let claude = MockServer::start().await.unwrap();
        let fallbacks = Fallbacks::in_client(["claude-haiku-4-5"]);
        let chat = Chat::builder(claude.client("claude-opus-5-5")).tools(tools![add]).fallbacks(fallbacks);
        let mut chat = chat.max_tokens(1_000).max_cost(0.05).build().unwrap();
        claude.respond(refusal().usage(json!({"input_tokens": 2_000, "output_tokens": 1})));
        claude.respond(MockResponse::content(call("toolu_1").into()));
        claude.respond(MockResponse::text("3"));
        let work = chat.toolloop("1 + 2?");
        if streams {
            assert_eq!(events(work.stream()).await.last().unwrap(), "[Finished]");
        } else {
            assert_eq!(*work.await.unwrap().end_reason(), EndReason::Finished);
        }
        assert_eq!(sent(&claude, "tool_choice"), [Value::Null, Value::Null, Value::Null]);
        assert!(chat.cost().unwrap().total() < 0.05);
        claude.assert_finished();
    }
}

// ---- journals

#[tokio::test]
async fn a_run_that_is_killed_goes_on_with_the_model_that_answered() {
    for killed_after in 1.. {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::refusal("cyber"));
        claude.respond(MockResponse::content(call("toolu_1").into()));
        claude.respond(MockResponse::text("3"));
        let memory = Memory::default();
        memory.kill_after(killed_after);
        let (killed, resumed) = (claude.client(FIRST), claude.client(FIRST));
        let life = async |client: &Client| {
            let chat = Chat::builder(client).tools(tools![add]).fallbacks(Fallbacks::in_client([SECOND]));
            let mut chat = chat.max_cost(10.0).build().unwrap();
            let run = chat.toolloop("1 + 2?").journal(memory.clone()).into_future();
            let run = tokio::time::timeout(std::time::Duration::from_millis(300), run).await.ok()?.unwrap();
            assert_eq!((run.end_reason(), run.text().as_str()), (&EndReason::Finished, "3"));
            assert_eq!(chat.state().served_by(), Some(SECOND));
            Some((chat.usage().total(), run.usage().total()))
        };
        if life(&killed).await.is_some() {
            // The start, two responses and the call have a record each.
            assert!(killed_after > 4, "{killed_after}");
            break;
        }
        memory.live_on();
        let totals = life(&resumed).await.unwrap();
        assert_eq!(sent(&claude, "model"), [FIRST, SECOND, SECOND], "killed after {killed_after}");
        // The tokens of the model that declined count, even if this process has not seen its refusal.
        let both = killed.usage().total() + resumed.usage().total();
        assert_eq!(totals, (both, both), "killed after {killed_after}");
        claude.assert_finished();
    }
}
