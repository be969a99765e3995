//! Cache breakpoints.

use claudette::testing::{MockResponse, MockServer};
use claudette::wire::CachePolicy;
use claudette::{CacheControl, Chat, Client, Document, History, Message, Text, messages, tool, tools};
use serde_json::{Value, json};

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

/// Multiplies a by b.
#[tool]
async fn mults(
    /// First factor
    a: i64,
    /// Second factor
    b: i64,
) -> i64 {
    a * b
}

fn hour() -> CacheControl {
    CacheControl::ephemeral().ttl_1h()
}

fn minutes() -> CacheControl {
    CacheControl::ephemeral()
}

/// Returns the cache breakpoints of a request.
fn marks(value: &Value) -> Vec<String> {
    fn find(value: &Value, place: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match name.as_str() {
                        "cache_control" => found.push(format!("{place}={}", value["ttl"].as_str().unwrap_or("5m"))),
                        _ => find(value, &format!("{place}/{name}"), found),
                    }
                }
            }
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(index, value)| find(value, &format!("{place}/{index}"), found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    find(value, "", &mut found);
    found
}

fn body(claude: &MockServer, request: usize) -> Value {
    claude.requests()[request].body().clone()
}

fn cached(claude: &MockServer) -> Client {
    let client = Client::builder("claude-sonnet-5-5").api_key("key").base_url(claude.url());
    client.cache(true).build().unwrap()
}

#[tokio::test]
async fn five_cached_turns_have_one_breakpoint_each_and_earlier_messages_do_not_change() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).cache(true).build().unwrap();
    let mut stored = Vec::new();
    for turn in 0..5 {
        claude.respond(MockResponse::tool_use("sums", json!({"a": turn, "b": 1})));
        claude.respond(MockResponse::text("Done."));
        chat.toolloop(format!("{turn}+1?")).await.unwrap();
        stored.push(chat.history().to_json());
    }
    for request in 0..10 {
        assert_eq!(marks(&body(&claude, request)), ["=5m"], "request {request}");
    }
    for (shorter, longer) in stored.iter().zip(&stored[1..]) {
        assert!(longer.starts_with(shorter.strip_suffix(']').unwrap()));
    }
    let messages: Vec<_> =
        (0..10).map(|request| body(&claude, request)["messages"].as_array().unwrap().clone()).collect();
    for (before, after) in messages.iter().zip(&messages[1..]) {
        // The last message was open, so it may have grown.
        let sealed = before.len() - 1;
        assert_eq!(before[..sealed], after[..sealed]);
    }
    assert!(!stored[4].contains("cache_control"));
}

#[tokio::test]
async fn a_client_sets_caching_for_all_requests_and_each_request_can_change_it() {
    let claude = MockServer::start().await.unwrap();
    (0..5).for_each(|_| claude.respond(MockResponse::text("Hi.")));
    let client = cached(&claude);
    client.send("Hello").await.unwrap();
    let mut chat = Chat::new(&client).unwrap();
    chat.send("Hello").await.unwrap();
    chat.send("Hello").cache(false).await.unwrap();
    let mut plain = Chat::builder(&client).cache(false).build().unwrap();
    plain.send("Hello").await.unwrap();
    plain.send("Hello").cache(hour()).await.unwrap();
    let marks: Vec<_> = (0..5).map(|request| marks(&body(&claude, request))).collect();
    assert_eq!(marks, [vec!["=5m"], vec!["=5m"], vec![], vec![], vec!["=1h"]]);
}

#[tokio::test]
async fn custom_breakpoints_are_on_tools_system_and_the_last_message() {
    let claude = MockServer::start().await.unwrap();
    (0..4).for_each(|_| claude.respond(MockResponse::text("Hi.")));
    let cache = CachePolicy::none().tools(hour()).system(hour()).last_message(minutes());
    let tools = || tools![sums, mults];
    let chat =
        Chat::builder(claude.client("claude-sonnet-5-5")).system("Be brief.").tools(tools()).cache(cache.clone());
    let mut chat = chat.build().unwrap();
    chat.send("Hello").await.unwrap();
    chat.send(("And", "now?")).await.unwrap();
    assert_eq!(marks(&body(&claude, 0)), ["/tools/1=1h", "/system/0=1h", "/messages/0/content/0=5m"]);
    assert_eq!(marks(&body(&claude, 1)), ["/tools/1=1h", "/system/0=1h", "/messages/2/content/1=5m"]);
    assert!(!chat.history().to_json().contains("cache_control"));

    let client = claude.client("claude-sonnet-5-5");
    client.send("Hello").system("Be brief.").tools(tools()).cache(cache).await.unwrap();
    assert_eq!(marks(&body(&claude, 2)), ["/tools/1=1h", "/system/0=1h", "/messages/0/content/0=5m"]);

    // With both, the automatic breakpoint has no effect, because the last block already has one.
    client.send("Hello").cache(CachePolicy::automatic().last_message(minutes())).await.unwrap();
    assert_eq!(marks(&body(&claude, 3)), ["/messages/0/content/0=5m"]);
    claude.assert_finished();
}

#[tokio::test]
async fn a_deferred_tool_has_no_breakpoint() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hi."));
    let search = claudette::BuiltinTool::tool_search_regex();
    let tools = tools![sums].with(search).with(claudette::BuiltinTool::web_fetch().defer_loading(true));
    let client = claude.client("claude-sonnet-5-5");
    client.send("Hello").tools(tools).cache(CachePolicy::none().tools(minutes())).await.unwrap();
    assert_eq!(marks(&body(&claude, 0)), ["/tools/1=5m"]);
}

#[tokio::test]
async fn blocks_of_a_system_prompt_can_have_breakpoints() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hi."));
    let system = (Text::new("You know these orders: …").cache_control(hour()), "Today is Monday.");
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).system(system).cache(true).build().unwrap();
    chat.send("Hello").await.unwrap();
    assert_eq!(marks(&body(&claude, 0)), ["=5m", "/system/0=1h"]);
    assert_eq!(body(&claude, 0)["system"][1], json!({"type": "text", "text": "Today is Monday."}));
}

#[tokio::test]
async fn too_many_breakpoints_are_misuse_and_nothing_is_sent() {
    let claude = MockServer::start().await.unwrap();
    let marked = |text: &str| Text::new(text).cache_control(minutes());
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).cache(true).build().unwrap();
    for turn in 0..4 {
        claude.respond(MockResponse::text("Noted."));
        chat.send(marked("Read this.")).await.unwrap();
        // The fourth leaves no room for the automatic breakpoint.
        assert_eq!(marks(&body(&claude, turn)).len(), turn + 1);
    }
    let error = chat.send(marked("And this.")).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("the request has 5 cache breakpoints"), "{error}");
    assert_eq!((claude.requests().len(), chat.history().len()), (4, 8));

    // A prompt without a breakpoint continues the chat.
    claude.respond(MockResponse::text("Yes."));
    chat.send("Did you?").await.unwrap();
    assert_eq!(marks(&body(&claude, 4)).len(), 4);
}

#[tokio::test]
async fn an_hour_after_five_minutes_is_misuse() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let cache = CachePolicy::none().system(minutes()).last_message(hour());
    let error = client.send("Hello").system("Be brief.").cache(cache).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("breakpoints of one hour must come first"), "{error}");
    let inside = Document::content(vec![Text::new("One").cache_control(minutes())]);
    let error = client.send((inside, "?")).cache(hour()).await.unwrap_err();
    assert!(error.is_misuse(), "{error}");
    assert!(claude.requests().is_empty());
}

#[test]
fn a_history_with_too_many_breakpoints_is_repaired() {
    let marked = |text: &str| Message::user(Text::new(text).cache_control(minutes()));
    let many = messages![marked("1"), "2", marked("3"), "4", marked("5"), "6", marked("7"), "8", marked("9")];
    let client = Client::builder("claude-sonnet-5-5").api_key("key").build().unwrap();
    let error = Chat::builder(&client).history(many.clone()).build().unwrap_err();
    assert!(
        error.to_string().contains("message 8: with it there are 5 cache breakpoints, but the API accepts at most 4"),
        "{error}"
    );
    let mended = History::repair(many.clone());
    assert_eq!((mended.len(), marks(&json!(mended))), (9, vec![]));

    let few = History::from(many[..7].to_vec());
    assert_eq!(History::repair(few.clone()), few);
}
