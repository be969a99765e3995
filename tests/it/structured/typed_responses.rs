//! Responses as values of a type.

use std::collections::BTreeMap;
use std::fmt::Debug;

use claudette::structured::Strategy;
use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::ToolParam;
use claudette::wire::ThinkingConfig;
use claudette::{Chat, tool, tools};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::texts::says;

/// A president of the United States.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
struct President {
    first: String,
    last: String,
    /// Years in office
    years: Vec<u32>,
    party: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Fahrenheit,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Shape {
    Circle { radius: f64 },
    Square { side: f64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
enum Either {
    Number(i64),
    Text(String),
}

/// A folder and its folders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
struct Folder {
    name: String,
    folders: Vec<Folder>,
}

fn jefferson() -> President {
    President { first: "Thomas".into(), last: "Jefferson".into(), years: vec![1801, 1809], party: None }
}

/// Requests a value from a model, which answers with it by the strategy of the request.
async fn ask<T>(model: &str, value: &T, strategy: Option<Strategy>) -> (Strategy, Value)
where
    T: ToolParam + Serialize + Clone + PartialEq + Debug + Send + 'static,
{
    let claude = MockServer::start().await.unwrap();
    let json = serde_json::to_value(value).unwrap();
    claude.respond_with(move |request: &Value| {
        let schema = &request["output_config"]["format"]["schema"];
        let tools = request["tools"].as_array().and_then(|tools| tools.last()).map(|tool| &tool["input_schema"]);
        let is_wrapped = tools.unwrap_or(schema)["properties"]["value"].is_object();
        let json = if is_wrapped { json!({ "value": json }) } else { json.clone() };
        if schema.is_object() { MockResponse::text(json.to_string()) } else { MockResponse::tool_use("respond", json) }
    });
    let client = claude.client(model);
    let mut request = client.structured::<T>("What is it?");
    if let Some(strategy) = strategy {
        request = request.strategy(strategy);
    }
    let structured = request.response().await.unwrap();
    assert_eq!((&structured.value, structured.attempts), (value, 1));
    assert!(structured.usage.total() > 0 && structured.usage == client.usage());
    claude.assert_finished();
    (structured.strategy, claude.requests()[0].body().clone())
}

#[tokio::test]
async fn every_shape_comes_back_natively() {
    const MODEL: &str = "claude-sonnet-5-5";
    let mut used = vec![
        ask(MODEL, &jefferson(), None).await,
        ask(MODEL, &vec![jefferson()], None).await,
        ask(MODEL, &Unit::Celsius, None).await,
        ask(MODEL, &Shape::Square { side: 2.0 }, None).await,
        ask(MODEL, &Either::Number(7), None).await,
        ask(MODEL, &Either::Text("seven".into()), None).await,
        ask(MODEL, &Some(7_i64), None).await,
        ask(MODEL, &None::<i64>, None).await,
        ask(MODEL, &7_u8, None).await,
        ask(MODEL, &"seven".to_owned(), None).await,
        ask(MODEL, &true, None).await,
    ];
    for (strategy, request) in used.drain(..) {
        assert_eq!(strategy, Strategy::Native);
        assert!(request.get("tool_choice").is_none() && request.get("tools").is_none(), "{request}");
        assert_eq!(request["output_config"]["format"]["type"], "json_schema");
    }
}

#[tokio::test]
async fn a_schema_that_the_api_cannot_enforce_goes_through_a_tool() {
    let folder = Folder { name: "a".into(), folders: vec![Folder { name: "b".into(), folders: vec![] }] };
    let map = BTreeMap::from([("a".to_owned(), 1_u8)]);
    for (strategy, request) in [
        ask("claude-sonnet-5-5", &folder, None).await,
        ask("claude-sonnet-5-5", &map, None).await,
        ask("claude-sonnet-5-5", &jefferson(), Some(Strategy::Tool)).await,
    ] {
        assert_eq!(strategy, Strategy::Tool);
        // This model refuses forced calls.
        assert!(request.get("tool_choice").is_none(), "{request}");
        let content = request["messages"][0]["content"].to_string();
        assert!(content.contains("`respond`"), "{content}");
    }
    for (_, request) in [
        ask("claude-haiku-4-5", &folder, None).await,
        ask("claude-haiku-4-5", &Unit::Celsius, Some(Strategy::Tool)).await,
    ] {
        assert_eq!(request["tool_choice"], json!({"type": "tool", "name": "respond"}));
    }
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let error = client.structured::<Folder>("What?").strategy(Strategy::Native).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("contains itself"), "{error}");
    assert!(claude.requests().is_empty());
}

#[tokio::test]
async fn a_model_that_thinks_is_not_forced() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("respond", json!({"value": 7})));
    let client = claude.client("claude-haiku-4-5");
    let request = client.structured::<u8>("Seven?").strategy(Strategy::Tool);
    assert_eq!(request.thinking(ThinkingConfig::enabled(1_024)).max_tokens(4_096).await.unwrap(), 7);
    assert!(claude.requests()[0].body().get("tool_choice").is_none());
}

#[tokio::test]
async fn a_wrong_value_is_sent_back_with_the_reasons() {
    for (model, strategy) in [("claude-sonnet-5-5", Strategy::Native), ("claude-haiku-4-5", Strategy::Tool)] {
        let claude = MockServer::start().await.unwrap();
        let response = |json: Value| match strategy {
            Strategy::Native => MockResponse::text(json.to_string()),
            _ => MockResponse::tool_use("respond", json),
        };
        claude.respond(response(json!({"first": "Thomas", "years": ["1801"]})));
        claude.respond(response(json!({"first": "Thomas", "last": "Jefferson", "years": []})));
        claude.respond(response(json!(jefferson())));
        let client = claude.client(model);
        let structured = client
            .structured::<President>("Who was the third president?")
            .strategy(strategy)
            .max_attempts(3)
            .validate(|it| if it.years.is_empty() { Err("years must not be empty".into()) } else { Ok(()) })
            .response()
            .await
            .unwrap();
        assert_eq!((structured.value, structured.attempts), (jefferson(), 3));
        assert_eq!(structured.usage, client.usage());
        let said = |place: usize| {
            let body = claude.requests()[place].body().clone();
            body["messages"].as_array().unwrap().last().unwrap()["content"].to_string()
        };
        assert!(says(&said(1), &["`last`", "`years[0]`"]), "{}", said(1));
        assert!(said(2).contains("years must not be empty"), "{}", said(2));
        claude.assert_finished();
    }
}

#[tokio::test]
async fn a_value_that_stays_wrong_is_an_error_with_the_response() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    claude.respond(MockResponse::text("not JSON"));
    claude.respond(MockResponse::text(r#"{"value":300}"#));
    let error = client.structured::<u8>("Seven?").await.unwrap_err();
    assert!(error.is_mismatch() && error.to_string().contains("a valid `u8` in 2 attempts"), "{error}");
    assert_eq!(error.partial().unwrap().text(), r#"{"value":300}"#);
    claude.assert_finished();

    // Neither of these responses is read as a value.
    claude.respond(MockResponse::text(r#"{"value":7}"#).stop_reason("refusal"));
    let error = client.structured::<u8>("Seven?").await.unwrap_err();
    assert!(error.is_refusal() && error.partial().is_some(), "{error}");
    claude.respond(MockResponse::text(r#"{"value":7}"#).stop_reason("max_tokens"));
    let error = client.structured::<u8>("Seven?").await.unwrap_err();
    assert!(error.is_incomplete() && error.partial().unwrap().text() == r#"{"value":7}"#, "{error}");
    claude.assert_finished();
}

/// The years of a president.
#[tool]
async fn years_of(
    /// Last name
    name: &str,
) -> Vec<u32> {
    if name == "Jefferson" { vec![1801, 1809] } else { vec![] }
}

#[tokio::test]
async fn in_a_chat_tools_run_first_and_the_conversation_continues() {
    for (model, strategy) in [("claude-sonnet-5-5", Strategy::Native), ("claude-haiku-4-5", Strategy::Tool)] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::text("Hello!"));
        claude.respond(MockResponse::tool_use("years_of", json!({"name": "Jefferson"})));
        claude.respond(match strategy {
            Strategy::Native => MockResponse::text(json!(jefferson()).to_string()),
            _ => MockResponse::tool_use("respond", json!(jefferson())),
        });
        claude.respond(MockResponse::text("He was."));
        let mut chat = Chat::builder(claude.client(model)).tools(tools![years_of]).build().unwrap();
        chat.send("Hello.").await.unwrap();
        let president = chat.structured::<President>("Who was the third?").strategy(strategy).await.unwrap();
        assert_eq!(president, jefferson());
        assert_eq!(chat.send("Was he?").await.unwrap().text(), "He was.");
        claude.assert_finished();
        let last = claude.requests()[3].body().clone();
        assert!(
            last.get("output_config").is_none() && last.get("tool_choice").is_none(),
            "the settings are for that turn only"
        );
        assert_eq!(last["tools"].as_array().unwrap().len(), 1);
        let choices: Vec<_> = claude.requests().iter().map(|request| request.body()["tool_choice"].clone()).collect();
        if strategy == Strategy::Tool {
            assert_eq!(choices[1]["type"], "any", "the model may call a tool of the chat first");
        }
    }
}

#[tokio::test]
async fn a_value_is_streamed_while_it_is_written() {
    for (model, strategy) in [("claude-sonnet-5-5", Strategy::Native), ("claude-haiku-4-5", Strategy::Tool)] {
        let claude = MockServer::start().await.unwrap();
        let response = |json: Value| match strategy {
            Strategy::Native => MockResponse::text(json.to_string()).chunked(7),
            _ => MockResponse::tool_use("respond", json).chunked(7),
        };
        let value = json!([jefferson(), jefferson()]);
        claude.respond(response(json!({"value": [{"first": "Thomas"}]})));
        claude.respond(response(json!({ "value": value })));
        let client = claude.client(model);
        let mut stream = client.structured::<Vec<President>>("Twice, please.").strategy(strategy).stream();
        let (mut seen, mut finished) = (Vec::new(), 0);
        while let Some(partial) = stream.next().await.transpose().unwrap() {
            seen.push(partial.value().clone());
            finished += usize::from(partial.is_finished("/0/last"));
        }
        assert_eq!(seen.last(), Some(&value), "{seen:?}");
        assert!(seen.len() > 7 && finished > 0, "{seen:?}");
        let first = seen.iter().find_map(|value| value[0]["first"].as_str().filter(|name| !name.is_empty()));
        assert!("Thomas".starts_with(first.unwrap()));
        let structured = stream.finish().await.unwrap();
        assert_eq!((structured.value, structured.attempts), (vec![jefferson(), jefferson()], 2));
        assert_eq!(structured.usage, client.usage());
        claude.assert_finished();
    }
}

#[tokio::test]
async fn a_stream_in_a_chat_restarts_after_its_tools() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("years_of", json!({"name": "Jefferson"})));
    claude.respond(MockResponse::text(json!(jefferson()).to_string()).chunked(5));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![years_of]).build().unwrap();
    let mut stream = chat.structured::<President>("Who was the third?").stream();
    let mut last = Value::Null;
    while let Some(partial) = stream.next().await.transpose().unwrap() {
        last = partial.value().clone();
    }
    assert_eq!(last, json!(jefferson()));
    assert_eq!(stream.finish().await.unwrap().value, jefferson());
    // A failed stream yields its error once, and has no value.
    claude.respond(MockResponse::text("{").stop_reason("max_tokens"));
    let mut stream = chat.structured::<President>("And the fourth?").stream();
    let error = loop {
        match stream.next().await {
            Some(Ok(_)) => {}
            Some(Err(error)) => break error,
            None => panic!("the stream must yield its error before it ends"),
        }
    };
    assert!(error.is_incomplete(), "{error}");
    assert!(stream.next().await.is_none());
    assert!(stream.finish().await.is_err());
}

/// Returns `true` if `after` extends `before`: texts, lists and objects may only grow.
fn is_prefix(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Null, _) => true,
        (Value::String(before), Value::String(after)) => after.starts_with(before.as_str()),
        (Value::Array(before), Value::Array(after)) => {
            before.len() <= after.len() && before.iter().zip(after).all(|(before, after)| is_prefix(before, after))
        }
        (Value::Object(before), Value::Object(after)) => {
            before.iter().all(|(key, before)| after.get(key).is_some_and(|after| is_prefix(before, after)))
        }
        (before, after) => before == after,
    }
}

fn presidents() -> impl proptest::strategy::Strategy<Value = Vec<President>> {
    use proptest::prelude::*;

    let president =
        (any::<String>(), any::<String>(), prop::collection::vec(any::<u32>(), 0..4), any::<Option<String>>());
    let president = president.prop_map(|(first, last, years, party)| President { first, last, years, party });
    prop::collection::vec(president, 0..4)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn any_value_arrives_however_it_is_cut(value in presidents(), chunks in 1_usize..60, by_tool: bool) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let claude = MockServer::start().await.unwrap();
            let json = json!({ "value": value });
            let (strategy, response) = if by_tool {
                (Strategy::Tool, MockResponse::tool_use("respond", json))
            } else {
                (Strategy::Native, MockResponse::text(json.to_string()))
            };
            claude.respond(response.chunked(chunks));
            let client = claude.client("claude-haiku-4-5");
            let mut stream = client.structured::<Vec<President>>("All of them.").strategy(strategy).stream();
            let mut before = Value::Null;
            while let Some(partial) = stream.next().await.transpose().unwrap() {
                assert!(is_prefix(&before, partial.value()), "{before} and then {}", partial.value());
                before = partial.value().clone();
            }
            assert_eq!(before, json!(value));
            assert_eq!(stream.finish().await.unwrap().value, value);
        });
    }
}
