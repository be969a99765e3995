//! Requests that are delayed by the rate limits of the API (`ClientBuilder::pace`). Most tests use the paused clock, so
//! they do not wait.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::client::ClientBuilder;
use claudette::http::HeaderValue;
use claudette::testing::{MockResponse, MockServer};
use claudette::{BoxFuture, Client, Error, Transport};
use futures_util::future::{join, join_all, poll_immediate};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::support::http_response::{HttpRequest, HttpResponse, ready, respond};

const MODEL: &str = "claude-sonnet-5-5";
const OTHER: &str = "claude-haiku-5-5";

/// An API that allows one request per second to one model, and at most sixty at once.
#[derive(Clone)]
struct Api {
    limit: Arc<Mutex<Limit>>,
    /// The time from a request to its response.
    latency: Duration,
}

struct Limit {
    rest: f64,
    at: Instant,
    begin: Instant,
    /// The times of the requests in seconds, and their models or paths.
    requests: Vec<(f64, String)>,
    refused: usize,
}

impl Api {
    fn with(rest: f64, latency: Duration) -> Self {
        let now = Instant::now();
        let limit = Limit { rest, at: now, begin: now, requests: Vec::new(), refused: 0 };
        Self { limit: Arc::new(Mutex::new(limit)), latency }
    }

    fn client(&self) -> ClientBuilder {
        Client::builder(MODEL).transport(self.clone())
    }

    /// Returns the seconds at which requests to this model arrived.
    fn times(&self, model: &str) -> Vec<f64> {
        let limit = self.limit.lock().unwrap();
        limit.requests.iter().filter(|(_, of)| of == model).map(|(time, _)| *time).collect()
    }
}

impl Transport for Api {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        let mut limit = self.limit.lock().unwrap();
        let now = Instant::now();
        limit.rest = (limit.rest + (now - limit.at).as_secs_f64()).min(60.0);
        limit.at = now;
        let time = limit.at - limit.begin;
        let body: Value = serde_json::from_slice(&request.body().as_pieces().unwrap().concat()).unwrap_or_default();
        let is_message = request.uri().path() == "/v1/messages";
        let name = if is_message { body["model"].as_str().unwrap() } else { request.uri().path() };
        limit.requests.push((time.as_secs_f64(), name.to_owned()));
        let is_limited = name == MODEL;
        let is_refused = is_limited && limit.rest < 0.999;
        let body = json!({"content": [{"type": "text", "text": "done"}], "input_tokens": 1, "data": []}).to_string();
        let mut response = respond(if is_refused { 429 } else { 200 }, "application/json", body);
        if !is_limited {
            return ready(response);
        }
        if is_refused {
            limit.refused += 1;
        } else {
            limit.rest -= 1.0;
        }
        // The clock of the server differs from that of the client.
        let reset = Duration::from_secs_f64((60.0 - limit.rest).ceil()).as_secs();
        for (name, value) in [
            ("anthropic-ratelimit-requests-limit", "60".to_owned()),
            ("anthropic-ratelimit-requests-remaining", limit.rest.floor().to_string()),
            ("anthropic-ratelimit-requests-reset", format!("2025-12-31T19:{:02}:{:02}-05:00", reset / 60, reset % 60)),
            ("date", "Thu, 01 Jan 2026 00:00:00 GMT".to_owned()),
        ] {
            response.headers_mut().insert(name, HeaderValue::try_from(value).unwrap());
        }
        let latency = self.latency;
        Box::pin(async move {
            sleep(latency).await;
            Ok(response)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn requests_are_sent_as_fast_as_the_api_allows_and_not_faster() {
    let api = Api::with(11.0, Duration::from_millis(300));
    let client = api.client().pace(true).build().unwrap();
    client.send("Hello").await.unwrap();
    for response in join_all((0..30).map(|_| client.clone().send("Hello").into_future())).await {
        response.unwrap();
    }
    let times = api.times(MODEL);
    assert_eq!((times.len(), api.limit.lock().unwrap().refused), (31, 0));
    assert_eq!(times.iter().filter(|time| **time < 0.5).count(), 11, "{times:?}");
    assert!((19.9..26.0).contains(&times[30]), "{times:?}");

    // After a pause, the limits are unused again. A client that does not pace its requests is refused.
    sleep(Duration::from_secs(120)).await;
    let client = api.client().max_retries(0).build().unwrap();
    let outcomes = join_all((0..70).map(|_| client.send("Hello").into_future())).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 60);
}

#[tokio::test(start_paused = true)]
async fn each_model_has_its_own_limits_and_other_endpoints_are_not_delayed() {
    let api = Api::with(1.0, Duration::ZERO);
    let client = api.client().pace(true).max_concurrent(1).build().unwrap();
    client.send("Hello").await.unwrap();
    let mut waits = client.send("Hello").into_future();
    assert!(poll_immediate(&mut waits).await.is_none());
    // These neither wait for the limit of the first model, nor for its place among the attempts.
    client.send("Hello").model(OTHER).await.unwrap();
    client.count_tokens("Hello").await.unwrap();
    client.models().await.unwrap();
    waits.await.unwrap();
    assert_eq!(api.times(OTHER), [0.0]);
    assert_eq!(api.times("/v1/messages/count_tokens"), [0.0]);
    assert_eq!(api.times("/v1/models"), [0.0]);
    assert!(api.times(MODEL)[1] > 0.9, "{:?}", api.times(MODEL));
}

/// The beginnings of prompts, and the seconds at which they arrived.
type Prompts = Arc<Mutex<Vec<(String, u64)>>>;

/// A transport that answers the first request with these headers and this status, and all others with a message.
struct Once {
    first: Mutex<Option<HttpResponse>>,
    begin: Instant,
    seen: Prompts,
}

impl Once {
    fn client(status: u16, usage: &Value, headers: &[(&'static str, &str)]) -> (ClientBuilder, Prompts) {
        let body = json!({"content": [{"type": "text", "text": "done"}], "usage": usage}).to_string();
        let mut first = respond(status, "application/json", body);
        for (name, value) in headers {
            first.headers_mut().insert(*name, value.parse().unwrap());
        }
        let seen = Prompts::default();
        let once = Self { first: Mutex::new(Some(first)), begin: Instant::now(), seen: seen.clone() };
        (Client::builder(MODEL).transport(once), seen)
    }
}

impl Transport for Once {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        let body: Value = serde_json::from_slice(&request.body().as_pieces().unwrap().concat()).unwrap();
        let prompt: String = body["messages"][0]["content"].as_str().unwrap().chars().take(10).collect();
        self.seen.lock().unwrap().push((prompt, self.begin.elapsed().as_secs()));
        let other = || respond(200, "application/json", r#"{"content":[{"type":"text","text":"done"}]}"#);
        ready(self.first.lock().unwrap().take().unwrap_or_else(other))
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_delays_all_requests_to_its_model() {
    for (paces, expected) in [(true, [0, 20, 20, 1]), (false, [0, 20, 1, 1])] {
        let (builder, seen) = Once::client(429, &json!({}), &[("retry-after", "20")]);
        let client = builder.pace(paces).build().unwrap();
        let (a, b, c) = (client.send("a"), client.send("b"), client.send("c").model(OTHER));
        let later = async {
            sleep(Duration::from_secs(1)).await;
            let (b, c) = join(b.into_future(), c.into_future()).await;
            (b.unwrap(), c.unwrap())
        };
        let (a, _) = join(a.into_future(), later).await;
        a.unwrap();
        let seen = seen.lock().unwrap().clone();
        let mut times: Vec<u64> = seen.iter().filter(|(prompt, _)| prompt == "a").map(|(_, time)| *time).collect();
        times.extend(["b", "c"].map(|prompt| seen.iter().find(|(of, _)| of == prompt).unwrap().1));
        assert_eq!(times, expected, "{seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_for_its_place_is_not_sent_into_a_pause() {
    let (builder, seen) = Once::client(429, &json!({}), &[("retry-after", "20")]);
    let client = builder.pace(true).max_concurrent(1).build().unwrap();
    let outcomes = join_all(["a", "b", "c"].map(|prompt| client.send(prompt).into_future())).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let times: Vec<u64> = seen.lock().unwrap().iter().map(|(_, time)| *time).collect();
    assert_eq!(times, [0, 20, 20, 20]);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_estimated_by_recent_responses() {
    let headers = [
        ("anthropic-ratelimit-input-tokens-limit", "2000"),
        ("anthropic-ratelimit-input-tokens-remaining", "0"),
        ("anthropic-ratelimit-input-tokens-reset", "2026-01-01T00:01:00Z"),
        ("date", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ];
    for (usage, expected) in [
        (json!({"input_tokens": 1_000}), 29..=30),
        (json!({"input_tokens": 100}), 2..=3),
        (json!({"input_tokens": 60, "cache_creation_input_tokens": 40, "cache_read_input_tokens": 900}), 2..=3),
        // Without usage, it is a token for four bytes.
        (json!({}), 30..=32),
    ] {
        let (builder, seen) = Once::client(200, &usage, &headers);
        let client = builder.pace(true).build().unwrap();
        let prompt = "word ".repeat(800);
        client.send(&*prompt).await.unwrap();
        client.send(&*prompt).await.unwrap();
        let time = seen.lock().unwrap()[1].1;
        assert!(expected.contains(&time), "{usage}: {time}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_limit_ends_with_the_total_timeout_and_with_the_longest_wait() {
    let headers = [
        ("anthropic-ratelimit-requests-limit", "1"),
        ("anthropic-ratelimit-requests-remaining", "0"),
        ("anthropic-ratelimit-requests-reset", "9999-12-31T23:59:59Z"),
        ("retry-after", "-1e400"),
    ];
    let (builder, seen) = Once::client(200, &json!({}), &headers);
    let client = builder.pace(true).build().unwrap();
    client.send("a").await.unwrap();
    let error = client.send("b").total_timeout(Duration::from_secs(10)).await.unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("`pace`"), "{error}");
    client.send("c").timeout(Duration::from_secs(1)).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [("a".to_owned(), 0), ("c".to_owned(), 60)]);
}

#[tokio::test]
async fn a_request_waits_for_a_real_server() {
    let claude = MockServer::start().await.unwrap();
    let client = Client::builder(MODEL).api_key("k").base_url(claude.url()).pace(true).build().unwrap();
    let used = MockResponse::text("Hi!")
        .header("anthropic-ratelimit-requests-limit", "1")
        .header("anthropic-ratelimit-requests-remaining", "0")
        .header("anthropic-ratelimit-requests-reset", "2026-01-01T00:00:02Z")
        .header("date", "Thu, 01 Jan 2026 00:00:00 GMT");
    claude.respond(used);
    (0..2).for_each(|_| claude.respond(MockResponse::text("Hi!")));
    let begin = Instant::now();
    client.send("a").await.unwrap();
    let mut second = client.send("b").stream();
    assert!(poll_immediate(second.next_text()).await.is_none());
    client.send("c").model(OTHER).await.unwrap();
    assert_eq!(claude.requests().len(), 2, "a request to another model overtakes it");
    second.finish().await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(2));
    claude.assert_finished();
}
