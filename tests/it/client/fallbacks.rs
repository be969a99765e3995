//! Fallbacks in the client: another model gets the request if the first one declines.

use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{FallbackModel, Fallbacks, StopReason};
use claudette::{Client, Message, Response, Result, messages};
use serde_json::{Value, json};

const FIRST: &str = "claude-opus-5-5";

fn refusal(content: Value, details: &Value) -> MockResponse {
    let mut all = json!({"type": "refusal", "category": "cyber", "explanation": null});
    all.as_object_mut().unwrap().extend(details.as_object().unwrap().clone());
    MockResponse::content(content).stop_reason("refusal").with("stop_details", all)
}

fn claim() -> Value {
    json!({"fallback_credit_token": "credit", "fallback_has_prefill_claim": true})
}

fn fallbacks() -> Fallbacks {
    Fallbacks::in_client(["claude-opus-5", "claude-sonnet-5-5"])
}

async fn sent(client: &Client, streams: bool) -> Result<Response> {
    let request = client.send("Hello").fallbacks(fallbacks());
    if !streams {
        return request.await;
    }
    let (mut stream, mut text) = (request.stream(), String::new());
    while let Some(piece) = stream.next_text().await? {
        text += &piece;
    }
    let response = stream.finish().await?;
    assert_eq!(response.text(), text);
    Ok(response)
}

#[tokio::test]
async fn another_model_answers_after_a_refusal() {
    for streams in [false, true] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(refusal(json!([]), &json!({"fallback_credit_token": "credit"})).id("msg_first"));
        claude.respond(MockResponse::text("Hello there.").chunked(3));
        let client = claude.client(FIRST);
        let response = sent(&client, streams).await.unwrap();
        assert_eq!(response.text(), "Hello there.");
        let seam = response.content()[0].as_fallback().unwrap();
        assert_eq!((seam.from(), seam.to(), seam.category()), (FIRST, "claude-opus-5", Some("cyber")));
        if streams {
            assert_eq!(response.id(), "msg_first");
        }
        let runs = response.usage().iterations();
        let kinds: Vec<_> = runs.map(|run| (run.kind().to_string(), run.model().unwrap().to_owned())).collect();
        let run = |kind: &str, model: &str| (kind.to_owned(), model.to_owned());
        assert_eq!(kinds, [run("message", FIRST), run("fallback_message", "claude-opus-5")]);
        // The sum of all requests is the cost of the response.
        let (total, joined) = (client.cost().unwrap().total(), client.spent(&response).cost.unwrap().total());
        assert!((total - joined).abs() < 1e-12, "{total} {joined}");
        let requests = claude.requests();
        assert_eq!(requests[0].header("anthropic-beta"), Some("fallback-credit-2026-07-01"));
        assert!(requests[0].body().get("fallbacks").is_none());
        let mut second = requests[1].body().clone();
        assert_eq!(second["model"], "claude-opus-5");
        assert_eq!(second["fallback_credit_token"], json!({"token": "credit", "mode": "best_effort"}));
        assert_eq!(second["messages"].take(), requests[0].body()["messages"]);
        // The block is not sent back.
        assert_eq!(json!(Message::from(&response))["content"], json!([{"type": "text", "text": "Hello there."}]));
        claude.respond(MockResponse::text("Bye."));
        client.send(messages!["Hello", &response, "Bye"]).await.unwrap();
        claude.assert_finished();
    }
}

#[tokio::test]
async fn fallbacks_that_fail_or_decline_are_skipped() {
    for streams in [false, true] {
        let claude = MockServer::start().await.unwrap();
        let client = claude.client(FIRST);
        // The credit is refused, then the request itself, and the next model redeems the credit.
        claude.respond(refusal(json!([]), &json!({"fallback_credit_token": "credit"})));
        claude.respond(MockResponse::error(400, "invalid_request_error", "expired"));
        claude.respond(MockResponse::error(404, "not_found_error", "no such model"));
        claude.respond(MockResponse::text("Hi."));
        let response = sent(&client, streams).await.unwrap();
        assert_eq!((response.text().as_str(), response.content().len()), ("Hi.", 2));
        let tokens: Vec<bool> =
            claude.requests().iter().map(|request| request.body().get("fallback_credit_token").is_some()).collect();
        assert_eq!(tokens, [false, true, false, true]);
        // All decline.
        (0..3).for_each(|_| claude.respond(refusal(json!([]), &json!({}))));
        let response = sent(&client, streams).await.unwrap();
        assert_eq!(response.stop_reason(), Some(&StopReason::Refusal));
        assert_eq!(response.content().len(), 2);
        // The last model is overloaded.
        claude.respond(refusal(json!([]), &json!({})));
        claude.respond(MockResponse::error(404, "not_found_error", "no such model"));
        claude.respond(MockResponse::error(529, "overloaded_error", "busy").header("x-should-retry", "false"));
        let response = sent(&client, streams).await.unwrap();
        assert_eq!(response.stop_reason(), Some(&StopReason::Refusal));
        assert_eq!(response.stop_details().unwrap().get("recommended_model"), Some(&json!("claude-sonnet-5-5")));
        claude.assert_finished();
    }
}

#[tokio::test]
async fn a_stream_continues_in_the_middle_of_a_text() {
    const TEXT: &str = "One two three four.";
    for place in 1..TEXT.len() {
        let claude = MockServer::start().await.unwrap();
        let client = claude.client(FIRST);
        let content = json!([{"type": "text", "text": &TEXT[..place]}]);
        claude.respond(refusal(content, &claim()).chunked(4).byte_chunks(7));
        claude.respond_with(move |body| {
            let output = body["messages"][1]["content"].clone();
            let sent = output.as_str().or(output[0]["text"].as_str()).unwrap().to_owned();
            assert_eq!(sent, TEXT[..place].trim_end());
            MockResponse::text(&TEXT[sent.len()..]).chunked(3)
        });
        let response = sent(&client, true).await.unwrap();
        assert_eq!(response.text(), TEXT);
        assert_eq!(response.content()[1].kind(), "fallback");
        claude.respond(MockResponse::text("Bye."));
        client.send(messages!["Hello", &response, "Bye"]).await.unwrap();
        claude.assert_finished();
    }
}

#[tokio::test]
async fn output_without_a_claim_ends_with_the_refusal() {
    let claude = MockServer::start().await.unwrap();
    let content = json!([{"type": "text", "text": "One"}]);
    claude.respond(refusal(content.clone(), &json!({"fallback_credit_token": "credit"})));
    let response = sent(&claude.client(FIRST), true).await.unwrap();
    assert_eq!((response.text().as_str(), response.stop_reason()), ("One", Some(&StopReason::Refusal)));
    // Without a stream, the output has not been shown, so it is discarded.
    claude.respond(refusal(content, &json!({})));
    claude.respond(MockResponse::text("Two"));
    assert_eq!(sent(&claude.client(FIRST), false).await.unwrap().text(), "Two");
    claude.assert_finished();
}

#[tokio::test]
async fn wrong_fallbacks_are_reported_before_anything_is_sent() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(FIRST);
    let nothing: [FallbackModel; 0] = [];
    for (fallbacks, reason) in [
        (Fallbacks::in_client(nothing), "empty"),
        (Fallbacks::in_client(["a", "b", "c", "d"]), "at most 3"),
        (Fallbacks::in_client([FIRST]), "model of the request"),
        (Fallbacks::in_client(["a", "a"]), "named twice"),
        (Fallbacks::in_client([""]), "does not name a model"),
        (Fallbacks::in_client([FallbackModel::new("claude-sonnet-5-5").max_tokens(9_999_999)]), "cannot fall back"),
    ] {
        let error = client.send("Hello").fallbacks(fallbacks).await.unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains(reason), "{error}");
    }
    let both = client.send("Hello").fallbacks(fallbacks()).extra("fallbacks", "default").await.unwrap_err();
    assert!(both.is_misuse() && both.to_string().contains("one of the two"), "{both}");
    assert!(claude.requests().is_empty());
}

/// Returns a refusal with this content and the credit of the server, and the response of the next model.
fn refused(content: &Value, answer: &str) -> [MockResponse; 2] {
    [MockResponse::content(content.clone()).refused("cyber"), MockResponse::text(answer)]
}

#[tokio::test]
async fn a_streamed_change_of_the_model_is_the_same_in_all_chunks() {
    let call = json!({"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 12, "b": 34}});
    let text = |text: &str| json!({"type": "text", "text": text});
    let thinking = json!({"type": "thinking", "thinking": "Hm. Höm.", "signature": "sig"});
    for (content, shown) in [
        (json!([]), ""),
        (json!([text("Öne twö ")]), "Öne twö "),
        (json!([thinking, text("Öne")]), "Öne"),
        (json!([call]), ""),
        (json!([text("Öne "), call]), "Öne "),
    ] {
        let claude = MockServer::start().await.unwrap();
        let client = claude.client(FIRST);
        let mut expected: Option<Value> = None;
        // All at once, then in pieces that split events and characters.
        for (deltas, bytes) in
            std::iter::once((1, 1 << 20)).chain([1, 2, 5].into_iter().flat_map(|n| (1..=23).map(move |b| (n, b))))
        {
            for response in refused(&content, "three.") {
                claude.respond(response.id("msg_1").chunked(deltas).byte_chunks(bytes));
            }
            let response = sent(&client, true).await.unwrap();
            let place = || format!("{content} in {deltas} deltas and chunks of {bytes} bytes");
            assert_eq!(response.text(), format!("{shown}three."), "{}", place());
            assert_eq!(response.tool_uses().count(), 0, "{}", place());
            let response = json!(response);
            assert_eq!(*expected.get_or_insert_with(|| response.clone()), response, "{}", place());
            let sent = claude.requests().pop().unwrap().body()["messages"].clone();
            assert_eq!(sent.as_array().unwrap().len(), if shown.is_empty() { 1 } else { 2 }, "{}", place());
        }
        claude.assert_finished();
    }
}

#[tokio::test]
async fn the_api_and_the_client_change_the_model_in_the_same_way() {
    let by_api = || Fallbacks::from(["claude-opus-5", "claude-sonnet-5-5"]);
    for streams in [false, true] {
        let mut seen = Vec::new();
        for way in [by_api(), fallbacks()] {
            let claude = MockServer::start().await.unwrap();
            let client = claude.client(FIRST);
            claude.respond(MockResponse::refusal("cyber"));
            claude.respond(MockResponse::refusal("bio"));
            claude.respond_with(|request| {
                assert!(request.get("fallbacks").is_none(), "{request}");
                MockResponse::text(format!("I am {}.", request["model"].as_str().unwrap())).chunked(3)
            });
            let request = client.send("Hello").fallbacks(way.clone());
            let response = if streams { request.stream().finish().await.unwrap() } else { request.await.unwrap() };
            assert_eq!(response.model(), "claude-sonnet-5-5", "{way:?} {streams}");
            assert_eq!(claude.requests().len(), if way == by_api() { 1 } else { 3 });
            let seams = response.content().iter().filter_map(|block| block.as_fallback()).map(ToString::to_string);
            let runs =
                response.usage().iterations().map(|run| (run.kind().to_string(), run.model().map(str::to_owned)));
            seen.push((response.text(), seams.collect::<Vec<_>>(), runs.collect::<Vec<_>>()));
            // All runs count, each at the price of its model.
            assert_eq!(client.cost(), client.spent(&response).cost, "{way:?} {streams}");
            let tokens: u64 = response.usage().iterations().map(|run| run.usage().total()).sum();
            assert_eq!(client.usage().total(), tokens, "{way:?} {streams}");
            claude.assert_finished();
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(
            seen[0].1,
            [
                "claude-opus-5-5 declined (cyber); claude-opus-5 continues",
                "claude-opus-5 declined (bio); claude-sonnet-5-5 continues"
            ]
        );
        assert_eq!(
            seen[0].2.iter().map(|(kind, _)| &**kind).collect::<Vec<_>>(),
            ["message", "message", "fallback_message"]
        );
    }
}

/// Returns the status of the credit in the usage of a response.
fn status(response: &Response) -> Value {
    response.usage().get("fallback_credit").cloned().unwrap_or_default()
}

#[tokio::test]
async fn the_credit_of_a_refusal_is_redeemed() {
    for (streams, content) in [(false, json!([])), (true, json!([])), (true, json!([{"type": "text", "text": "One"}]))]
    {
        let claude = MockServer::start().await.unwrap();
        for response in refused(&content, " two.") {
            claude.respond(response);
        }
        let response = sent(&claude.client(FIRST), streams).await.unwrap();
        assert_eq!(status(&response), json!({"status": "redeemed"}), "{streams} {content}");
        claude.assert_finished();
        // Too late, the same request is answered at its normal price.
        let claude = MockServer::builder().credit_lifetime(Duration::ZERO).start().await.unwrap();
        for response in refused(&content, " two.") {
            claude.respond(response);
        }
        let response = sent(&claude.client(FIRST), streams).await.unwrap();
        assert_eq!(status(&response), json!({"status": "not_applied", "reason": "expired"}), "{streams} {content}");
        claude.assert_finished();
    }
}

#[tokio::test]
async fn a_credit_is_for_the_same_request_to_another_model() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(FIRST);
    let beta = "fallback-credit-2026-07-01";
    claude.respond(MockResponse::text("One").refused("cyber"));
    let refusal = client.send("Hello").beta(beta).await.unwrap();
    let token = refusal.stop_details().unwrap().get("fallback_credit_token").unwrap().clone();
    let request = |prompt: &str, model: &str, credit: Value| {
        client.send(prompt).model(model).beta(beta).extra("fallback_credit_token", credit)
    };
    let effort = |token: Value| json!({"token": token, "mode": "best_effort"});
    for (prompt, model, reason) in [
        ("Hello", "claude-opus-5", None),
        ("Hello?", "claude-opus-5", Some("body_mismatch")),
        ("Hello", FIRST, Some("invalid_target_model")),
    ] {
        claude.respond(MockResponse::text("Hi."));
        let response = request(prompt, model, effort(token.clone())).await.unwrap();
        assert_eq!(status(&response)["reason"].as_str(), reason, "{prompt} {model}");
        // A request that requires the credit is refused.
        if let Some(reason) = reason {
            let error = request(prompt, model, token.clone()).await.unwrap_err();
            assert!(error.status() == Some(400) && error.to_string().contains(reason), "{error}");
        }
    }
    // Without output, there is nothing to continue.
    claude.respond(MockResponse::refusal("cyber"));
    let refusal = client.send("Hello").beta(beta).await.unwrap();
    let token = refusal.stop_details().unwrap().get("fallback_credit_token").unwrap().clone();
    claude.respond(MockResponse::text("Hi."));
    let continued = client.send(messages!["Hello", "One"]).model("claude-sonnet-4-5").beta(beta);
    let continued = continued.extra("fallback_credit_token", effort(token)).await.unwrap();
    assert_eq!(status(&continued)["reason"], "continuation_excluded");
    // A credit of another server is not known, and a request without the beta feature does not get one.
    claude.respond(MockResponse::text("Hi."));
    assert_eq!(status(&request("Hello", "claude-opus-5", json!("other")).await.unwrap()), Value::Null);
    claude.respond(MockResponse::refusal("cyber"));
    let refusal = client.send("Hello").await.unwrap();
    assert_eq!(refusal.stop_details().unwrap().get("fallback_credit_token"), None);
    claude.assert_finished();
}

#[tokio::test]
async fn the_mock_server_merges_the_fields_of_a_fallback() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(FIRST);
    let fallback = FallbackModel::new("claude-opus-5").max_tokens(70).effort("low");
    let schema = json!({"type": "object", "additionalProperties": false});
    claude.respond(MockResponse::text("One").refused("cyber"));
    claude.respond_with(move |request| {
        assert_eq!((&request["model"], &request["max_tokens"]), (&json!("claude-opus-5"), &json!(70)));
        assert_eq!(request["output_config"]["effort"], "low");
        assert!(request["output_config"]["format"].is_object());
        // The model continues the output of the first one.
        assert_eq!(request["messages"][1], json!({"role": "assistant", "content": [{"type": "text", "text": "One"}]}));
        MockResponse::text(" two.")
    });
    let response = client.send("Hello").effort("high").output_schema(schema).fallbacks([fallback]).await.unwrap();
    assert_eq!(response.text(), "One two.");
    // An error of the next model is the answer to the request.
    claude.respond(MockResponse::refusal("cyber"));
    claude.respond(MockResponse::error(400, "invalid_request_error", "no"));
    let error = client.send("Hello").fallbacks(["claude-opus-5"]).await.unwrap_err();
    assert_eq!(error.status(), Some(400));
    let unknown = client.send("Hello").fallbacks(["claude-of-tomorrow"]).await.unwrap_err();
    assert!(unknown.is_not_found() && unknown.to_string().contains("claude-of-tomorrow"), "{unknown}");
    // The API chooses the model.
    claude.respond(MockResponse::refusal("cyber"));
    claude.respond(MockResponse::text("Hi."));
    let response = client.send("Hello").fallbacks(Fallbacks::Default).await.unwrap();
    assert_ne!(response.model(), FIRST);
}
