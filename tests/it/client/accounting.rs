//! The log, the usage and the cost of a client.

use claudette::catalog::Price;
use claudette::client::ClientBuilder;
use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, EndReason, Usage};
use serde_json::json;

fn client(claude: &MockServer, model: &str) -> ClientBuilder {
    Client::builder(model).api_key("secret-key").base_url(claude.url())
}

fn dollars(client: &Client) -> String {
    client.cost().map_or("unknown".into(), |cost| format!("{:.6}", cost.total()))
}

#[tokio::test]
async fn a_client_with_a_log_keeps_requests_responses_and_usage() {
    let claude = MockServer::start().await.unwrap();
    let client = client(&claude, "claude-sonnet-5-5").log(true).build().unwrap();
    claude.respond(MockResponse::text("One.").usage(json!({"input_tokens": 10, "output_tokens": 1})));
    claude.respond(MockResponse::error(400, "invalid_request_error", "no"));
    claude.respond(MockResponse::text("Two.").usage(json!({"input_tokens": 20, "output_tokens": 2})));
    let mut chat = Chat::new(&client).unwrap();
    chat.send("First?").await.unwrap();
    chat.send("No response.").await.unwrap_err();
    let mut stream = client.clone().send("Second?").stream();
    while stream.next_text().await.unwrap().is_some() {}

    let log = client.log();
    assert_eq!(log.len(), 2);
    assert_eq!(
        log[0].request()["messages"],
        json!([{"role": "user", "content": [{"type": "text", "text": "First?"}]}])
    );
    assert_eq!(log[0].request(), claude.requests()[0].body());
    assert_eq!((log[1].request(), &log[1].response().text()[..]), (claude.requests()[2].body(), "Two."));
    let used: Vec<u64> = log.iter().map(|exchange| exchange.usage().total()).collect();
    assert_eq!(used, [11, 33]);
    assert!(!format!("{log:?}").contains("secret-key"));
    assert_eq!(chat.client().log().len(), 2);
}

#[tokio::test]
async fn a_client_without_a_log_keeps_nothing() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("One."));
    let client = claude.client("claude-sonnet-5-5");
    client.send("First?").await.unwrap();
    assert!(client.log().is_empty());
}

#[tokio::test]
async fn the_price_is_that_of_the_answering_model_or_the_requested_one_or_unknown() {
    let claude = MockServer::builder().any_model().start().await.unwrap();
    let usage = json!({"input_tokens": 1_000_000, "output_tokens": 100_000});
    // In the table, a million tokens of claude-sonnet-5-5 cost 2 and 10 dollars, and those of claude-haiku-4-5 1 and 5.
    let own = Price::new(7.0, 20.0);
    for (asked, answered, price, expected) in [
        ("claude-sonnet-5-5", "claude-sonnet-5-5", None, "3.000000"),
        ("claude-sonnet-5-5", "claude-haiku-4-5", None, "1.500000"),
        ("claude-sonnet-5-5", "my-own-model", None, "3.000000"),
        ("claude-sonnet-5-5", "my-own-model", Some(own), "9.000000"),
        ("my-own-model", "claude-haiku-4-5", Some(own), "1.500000"),
        ("my-own-model", "my-own-model", Some(own), "9.000000"),
        ("my-own-model", "my-own-model", None, "unknown"),
        ("my-own-model", "another-model", None, "unknown"),
    ] {
        let builder = client(&claude, asked);
        let client = match price {
            Some(price) => builder.price("my-own-model", price),
            None => builder,
        };
        let client = client.build().unwrap();
        claude.respond(MockResponse::text("Hi.").usage(usage.clone()).model(answered));
        client.send("Hello").await.unwrap();
        assert_eq!(dollars(&client), expected, "{asked} was asked, {answered} answered");
        let total = client.cost_report().to_string();
        let total = total.lines().find(|line| line.contains("**Total**")).unwrap();
        let shown = if expected == "unknown" { expected.to_owned() } else { format!("${expected}") };
        assert!(total.contains("| **1,100,000** |") && total.contains(&shown), "{total}");

        // One response without a price makes the total unknown.
        claude.respond(MockResponse::text("Hi.").usage(usage.clone()).model("claude-haiku-4-5"));
        client.send("Hello").await.unwrap();
        assert_eq!(client.cost().is_none(), expected == "unknown");
    }
}

#[tokio::test]
async fn a_budget_uses_the_prices_of_the_client() {
    let claude = MockServer::start().await.unwrap();
    let dear = client(&claude, "claude-sonnet-5-5").price("claude-sonnet-5-5", Price::new(2_000.0, 10_000.0));
    let mut chat = Chat::builder(dear.build().unwrap()).max_tokens(1_000).build().unwrap();
    let error = chat.toolloop("Hello").max_cost(1.0).await.unwrap_err();
    assert!(error.is_misuse() && claude.requests().is_empty(), "{error}");

    claude.respond(MockResponse::text("Hi."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).max_tokens(1_000).build().unwrap();
    let run = chat.toolloop("Hello").max_cost(1.0).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Finished);
}

#[test]
fn usage_adds_up() {
    let one = |json: serde_json::Value| serde_json::from_value::<Usage>(json).unwrap();
    let all = [
        one(json!({"input_tokens": 24, "output_tokens": 27})),
        one(json!({"input_tokens": 8, "output_tokens": 12, "cache_read_input_tokens": 5,
                   "cache_creation": {"ephemeral_1h_input_tokens": 2}, "server_tool_use": {"web_search_requests": 1}})),
    ];
    let sum: Usage = all.iter().sum();
    assert_eq!(sum, all[0].clone() + all[1].clone());
    assert_eq!(
        sum.to_string(),
        "In: 32; Out: 39; Cache create: 0; Cache read: 5; Total Tokens: 76; Search: 1; Fetch: 0"
    );
    assert_eq!(sum.cache_creation_1h_input_tokens(), 2);
}
