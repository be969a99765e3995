//! Fallbacks in the client: another model gets the request if the first one declines.

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
