//! The limits of a loop: the number of calls at a time, and the number of responses.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{BoxFuture, Chat, Client, EndReason, Error, Event, Transport, tool, tools};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::http_response::{HttpRequest, HttpResponse, ready, respond};

/// Brews slowly.
#[tool]
async fn brew(
    /// Drink to brew
    what: String,
) -> String {
    tokio::time::sleep(Duration::from_millis(300)).await;
    format!("a cup of {what}")
}

/// Pours quickly.
#[tool]
fn pour(
    /// Drink to pour
    what: String,
) -> String {
    format!("some {what}")
}

/// A transport with scripted responses and no delay, so that a paused clock advances only for the tools.
#[derive(Clone)]
struct Host(Arc<Mutex<VecDeque<Value>>>);

impl Host {
    fn new(contents: impl IntoIterator<Item = Value>) -> Self {
        Self(Arc::new(Mutex::new(contents.into_iter().collect())))
    }
}

impl Transport for Host {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
        let content = self.0.lock().unwrap().pop_front().expect("there is a response for each request");
        let calls = content.as_array().unwrap().iter().any(|block| block["type"] == "tool_use");
        let response = json!({"content": content, "stop_reason": if calls { "tool_use" } else { "end_turn" }});
        ready(respond(200, "", response.to_string()))
    }
}

/// Returns the duration of a loop whose model orders these drinks at once.
async fn time_of(orders: &[&str], max_parallel: Option<usize>) -> Duration {
    let calls: Vec<_> = orders
        .iter()
        .enumerate()
        .map(|(place, what)| json!({"type": "tool_use", "id": format!("toolu_{place}"), "name": "brew", "input": {"what": what}}))
        .collect();
    let host = Host::new([json!(calls), json!([{"type": "text", "text": "Here you are."}])]);
    let client = Client::builder("claude-sonnet-5-5").transport(host).build().unwrap();
    let mut chat = Chat::builder(client).tools(tools![brew]).build().unwrap();
    let start = Instant::now();
    let work = chat.toolloop("Something to drink, please.");
    let run = match max_parallel {
        Some(most) => work.max_parallel(most).await.unwrap(),
        None => work.await.unwrap(),
    };
    let took = start.elapsed();
    let cups: Vec<_> = run.steps()[0].outcomes().iter().map(|outcome| outcome.text().into_owned()).collect();
    assert_eq!(cups, orders.iter().map(|what| format!("a cup of {what}")).collect::<Vec<_>>());
    assert_eq!(run.text(), "Here you are.");
    took
}

#[tokio::test(start_paused = true)]
async fn parallel_calls_take_as_long_as_the_longest() {
    let two = time_of(&["tea", "coffee"], None).await;
    assert!((300..400).contains(&two.as_millis()), "{two:?}");
    let ten = time_of(&["tea"; 10], Some(5)).await;
    assert!((600..700).contains(&ten.as_millis()), "{ten:?}");
    // Eight at a time by default.
    let nine = time_of(&["tea"; 9], None).await;
    assert!((600..700).contains(&nine.as_millis()), "{nine:?}");
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_one_runs_calls_one_after_another() {
    // Zero counts as one.
    for most in [0, 1] {
        let two = time_of(&["tea", "coffee"], Some(most)).await;
        assert!((600..700).contains(&two.as_millis()), "{two:?}");
    }
}

/// Returns the messages, tools and tool choice of each request.
fn asked(claude: &MockServer) -> Vec<(Vec<Value>, Value, Value)> {
    let part = |body: &Value| {
        (body["messages"].as_array().unwrap().clone(), body["tools"].clone(), body["tool_choice"].clone())
    };
    claude.requests().iter().map(|request| part(request.body())).collect()
}

#[tokio::test]
async fn a_model_that_always_calls_tools_answers_in_the_last_step() {
    for (most, streamed) in (1..=3_u32).flat_map(|most| [(most, false), (most, true)]) {
        let claude = MockServer::start().await.unwrap();
        for _ in 0..most {
            // The model calls tools while it may.
            claude.respond_with(|request| match &request["tool_choice"]["type"] {
                Value::String(none) if none == "none" => MockResponse::text("That is what there is."),
                _ => MockResponse::tool_uses([("pour", json!({"what": "tea"})), ("pour", json!({"what": "milk"}))]),
            });
        }
        let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![pour]).build().unwrap();
        let work = chat.toolloop("More and more, please.").max_steps(most).final_prompt("That is enough.");
        let run = if streamed {
            let mut events = work.stream();
            loop {
                if let Event::Done(run) = events.next().await.unwrap().unwrap() {
                    break run;
                }
            }
        } else {
            work.await.unwrap()
        };

        assert_eq!(run.text(), "That is what there is.");
        assert_eq!(*run.end_reason(), EndReason::MaxSteps);
        assert_eq!(run.steps().len(), most as usize);
        claude.assert_finished();

        let asked = asked(&claude);
        assert_eq!(asked.len(), most as usize);
        let ((last, tools, choice), earlier) = asked.split_last().unwrap();
        assert_eq!(*choice, json!({"type": "none"}));
        assert_eq!(tools[0]["name"], "pour", "the tools are still listed");
        for (messages, listed, choice) in earlier {
            assert_eq!((listed, choice), (tools, &Value::Null));
            assert_eq!(messages[..], last[..messages.len()], "earlier messages are unchanged");
        }
        let prompt = json!({"type": "text", "text": "More and more, please."});
        let enough = json!({"type": "text", "text": "That is enough."});
        assert_eq!(last.len(), 2 * most as usize - 1);
        if most == 1 {
            assert_eq!(last[0], json!({"role": "user", "content": [prompt, enough]}));
        } else {
            assert_eq!(last[0], json!({"role": "user", "content": [prompt]}));
            let end = last.last().unwrap();
            let kinds: Vec<_> = end["content"].as_array().unwrap().iter().map(|block| &block["type"]).collect();
            assert_eq!(kinds, ["tool_result", "tool_result", "text"]);
            assert_eq!((&end["role"], &end["content"][2]), (&json!("user"), &enough));
        }
    }
}
