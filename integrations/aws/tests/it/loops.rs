//! Tool loops on each host, streamed and not. The servers refuse requests that the host would refuse.

use claudette::testing::{MockResponse, MockServer};
use claudette::{EndReason, Event};
use serde_json::json;

use super::support::{self, Pair};

fn script(pair: &Pair) {
    pair.server.respond(MockResponse::tool_use("sums", json!({"a": 604_542, "b": 6_458_932})));
    pair.server.respond(MockResponse::text("It is 7063474.").chunked(3));
}

const PROMPT: &str = "What is 604542+6458932?";

#[tokio::test]
async fn a_loop_is_the_same_on_each_host() {
    for pair in support::all().await {
        script(&pair);
        let run = pair.chat().toolloop(PROMPT).await.unwrap();
        assert_eq!(
            (run.text().as_str(), run.end_reason()),
            ("It is 7063474.", &EndReason::Finished),
            "{}",
            pair.service
        );
        assert_eq!(run.steps()[0].outcomes()[0].text(), "7063474");
        pair.server.assert_finished();
    }
}

#[tokio::test]
async fn a_loop_can_be_streamed_from_each_host() {
    for pair in support::all().await {
        script(&pair);
        let mut chat = pair.chat();
        let mut events = chat.toolloop(PROMPT).stream();
        let (mut texts, mut done) = (Vec::new(), None);
        while let Some(event) = events.next().await {
            match event.unwrap() {
                Event::Text(text) => texts.push(text),
                Event::Done(run) => done = Some(run),
                _ => {}
            }
        }
        assert_eq!(texts.concat(), "It is 7063474.");
        assert!(texts.len() > 1, "{}: {texts:?}", pair.service);
        assert_eq!(done.unwrap().text(), "It is 7063474.");
        pair.server.assert_finished();
    }
}

#[tokio::test]
async fn frames_can_arrive_in_pieces_of_any_size() {
    for size in [1, 7, 100] {
        let pair = support::bedrock(MockServer::builder()).await;
        pair.server.respond(MockResponse::text("one two three").chunked(3).byte_chunks(size));
        let mut stream = pair.client.send("Count.").stream();
        let mut text = String::new();
        while let Some(piece) = stream.next_text().await.unwrap() {
            text.push_str(&piece);
        }
        assert_eq!(text, "one two three");
    }
}

#[tokio::test]
async fn requests_are_signed_for_the_service() {
    for pair in support::all().await {
        script(&pair);
        pair.chat().toolloop(PROMPT).await.unwrap();
        for request in pair.server.requests() {
            let authorization = request.header("authorization").unwrap();
            assert!(
                authorization.starts_with("AWS4-HMAC-SHA256 ") && authorization.contains("Credential=AKIDEXAMPLE/"),
                "{authorization}"
            );
            assert!(authorization.contains(&format!("/us-east-1/{}/aws4_request", pair.service)), "{authorization}");
            assert_eq!(request.header("x-amz-security-token"), Some("EXAMPLETOKEN"));
        }
    }
}

#[tokio::test]
async fn a_key_is_a_bearer_token() {
    let server = MockServer::builder().bedrock().api_key("key-1").start().await.unwrap();
    let host = claudette_aws::bedrock().region("us-east-1").base_url(server.base_url()).api_key("key-1").await.unwrap();
    server.respond(MockResponse::text("Hi!"));
    assert_eq!(support::client(support::BEDROCK_MODEL, host).send("Hello").await.unwrap().text(), "Hi!");
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer key-1"));
    assert_eq!(server.requests()[0].header("x-amz-date"), None);
}

#[tokio::test]
async fn a_request_can_name_another_workspace() {
    let server = MockServer::claude_platform_aws().await.unwrap();
    let client = support::client(support::PLATFORM_MODEL, support::platform_host(&server).await);
    for _ in 0..2 {
        server.respond(MockResponse::text("Hi!"));
    }
    client.send("Hello").await.unwrap();
    client.send("Hello").header("anthropic-workspace-id", "wrkspc_2").await.unwrap();
    let workspaces: Vec<_> =
        server.requests().iter().map(|request| request.header("anthropic-workspace-id").unwrap().to_owned()).collect();
    assert_eq!(workspaces, ["wrkspc_1", "wrkspc_2"]);
    let signed = server.requests()[1].header("authorization").unwrap().to_owned();
    assert!(signed.contains(";anthropic-workspace-id;"), "{signed}");
}

#[tokio::test]
async fn regional_profiles_cost_ten_percent_more() {
    let mut costs = Vec::new();
    for region in ["us", "global"] {
        let server = MockServer::bedrock().await.unwrap();
        let model = format!("{region}.anthropic.claude-haiku-4-5-20251001-v1:0");
        let client = support::client(&model, support::bedrock_host(&server).await);
        server.respond(MockResponse::text("Hi!").usage(json!({"input_tokens": 1000, "output_tokens": 1000})));
        client.send("Hello").await.unwrap();
        costs.push(client.cost().unwrap().total());
    }
    assert!((costs[0] / costs[1] - 1.1).abs() < 1e-9, "{costs:?}");
}

#[derive(Debug, PartialEq, serde::Deserialize, claudette::schemars::JsonSchema)]
#[schemars(crate = "claudette::schemars")]
struct City {
    name: String,
}

/// The newest models have no structured outputs at `InvokeModel`, so the answer comes from a tool.
#[tokio::test]
async fn structured_answers_work_with_models_that_have_no_structured_outputs_on_bedrock() {
    let server = MockServer::bedrock().await.unwrap();
    let client = support::client("us.anthropic.claude-sonnet-5-5", support::bedrock_host(&server).await);
    server.respond(MockResponse::tool_use("respond", json!({"name": "Paris"})));

    let city = client.structured::<City>("The capital of France?").await.unwrap();

    assert_eq!(city, City { name: "Paris".to_owned() });
    assert!(server.requests()[0].body()["output_config"]["format"].is_null());
}

#[tokio::test]
async fn one_model_has_no_system_messages_on_bedrock() {
    let server = MockServer::bedrock().await.unwrap();
    let client = support::client("us.anthropic.claude-sonnet-5", support::bedrock_host(&server).await);
    assert!(!client.profile(client.default_model()).unwrap().takes_system_messages());
    assert!(client.profile(&"us.anthropic.claude-opus-5".into()).unwrap().takes_system_messages());
}
