//! The retries of failed requests. The clock is paused and advances automatically, so the tests do not wait.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use claudette::client::ClientBuilder;
use claudette::http::{HeaderName, HeaderValue};
use claudette::{BoxFuture, Client, Error, Transport};
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use crate::support::http_response::{HttpRequest, HttpResponse, ready, respond, respond_events};

const RESPONSE: &str =
    r#"{"content":[{"type":"text","text":"Hello."}],"stop_reason":"end_turn","usage":{"input_tokens":7}}"#;

/// A transport with scripted responses that records the time of each request.
#[derive(Clone, Default)]
struct Host {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Instant>>>,
}

enum Answer {
    Status(u16, Vec<(&'static str, String)>, &'static str),
    Never,
}

impl Host {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Self::default() }
    }

    fn client(&self) -> ClientBuilder {
        Client::builder("claude-sonnet-5-5").transport(self.clone())
    }

    /// Returns the waits between the attempts, in seconds.
    fn waits(&self) -> Vec<f64> {
        let asked = self.asked.lock().unwrap();
        asked.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect()
    }
}

impl Transport for Host {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
        self.asked.lock().unwrap().push(Instant::now());
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move {
            let (status, headers, body) = match answer {
                Some(Answer::Status(status, headers, body)) => (status, headers, body),
                Some(Answer::Never) => std::future::pending().await,
                None => (200, Vec::new(), RESPONSE),
            };
            let mut response = respond(status, "", body);
            response.headers_mut().extend(
                headers
                    .iter()
                    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())),
            );
            Ok(response)
        })
    }
}

fn failed(status: u16, headers: &[(&'static str, &str)]) -> Answer {
    Answer::Status(status, headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(), "{}")
}

/// Returns the wait after a 429 with these headers, or `None` if the request is not retried.
async fn wait(headers: &[(&'static str, &str)]) -> Option<f64> {
    let host = Host::new([failed(429, headers)]);
    let _ = host.client().max_retries(1).build().unwrap().send("Hello").await;
    host.waits().first().copied()
}

/// Returns `true` for the default wait of the client: half a second, reduced by up to a quarter.
fn is_default(wait: f64) -> bool {
    (0.37..=0.51).contains(&wait)
}

#[tokio::test(start_paused = true)]
async fn the_server_sets_the_wait() {
    for (text, expected) in [
        ("20", Some(20.0)),
        ("0.25", Some(0.25)),
        ("60", Some(60.0)),
        // Invalid values are ignored.
        ("0", None),
        ("-10", None),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
    ] {
        let waited = wait(&[("retry-after", text)]).await.unwrap();
        assert!(expected.map_or(is_default(waited), |expected| (waited - expected).abs() < 0.01), "{text:?}: {waited}");
        let milliseconds = text.parse::<f64>().map_or(text.to_owned(), |seconds| (seconds * 1e3).to_string());
        let waited = wait(&[("retry-after-ms", &milliseconds)]).await.unwrap();
        assert!(
            expected.map_or(is_default(waited), |expected| (waited - expected).abs() < 0.01),
            "{text:?} ms: {waited}"
        );
    }
    for seconds in [-3_600_i64, -1, 0, 20] {
        let now = SystemTime::now();
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let date = if seconds < 0 { now - distance } else { now + distance };
        let waited = wait(&[("retry-after", &httpdate::fmt_http_date(date))]).await.unwrap();
        match seconds {
            20 => assert!((18.0..=20.0).contains(&waited), "{waited}"),
            // The date is in the past, or within the current second.
            _ => assert!(is_default(waited), "{seconds}: {waited}"),
        }
    }
    let waited = wait(&[("retry-after", "20"), ("retry-after-ms", "1500")]).await.unwrap();
    assert!((waited - 1.5).abs() < 0.01, "milliseconds take precedence: {waited}");
    let waited = wait(&[("retry-after", "20"), ("retry-after-ms", "0")]).await.unwrap();
    assert!((waited - 20.0).abs() < 0.01, "unless they are invalid: {waited}");
}

#[tokio::test(start_paused = true)]
async fn the_server_decides_whether_to_retry() {
    for (status, retried) in [
        (400, false),
        (401, false),
        (402, false),
        (403, false),
        (404, false),
        (408, true),
        (409, true),
        (412, false),
        (413, false),
        (422, false),
        (429, true),
        (431, false),
        (499, false),
        (500, true),
        (503, true),
        (504, true),
        (529, true),
    ] {
        for (advice, retried) in
            [(None, retried), (Some("true"), true), (Some("false"), false), (Some("TRUE"), retried)]
        {
            let headers: Vec<_> = advice.map(|advice| ("x-should-retry", advice)).into_iter().collect();
            let host = Host::new([failed(status, &headers)]);
            let result = host.client().build().unwrap().send("Hello").await;
            assert_eq!(result.is_ok(), retried, "{status}, x-should-retry: {advice:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_spending_limit_is_not_retried() {
    for code in ["contract_spend_limit_reached", "enforced_spend_limit_reached", "ramp_limit_exceeded"] {
        let body = format!(
            r#"{{"type":"error","error":{{"type":"rate_limit_error","message":"no","details":{{"error_code":"{code}"}}}}}}"#
        );
        let host = Host::new([Answer::Status(429, Vec::new(), body.leak())]);
        let error = host.client().build().unwrap().send("Hello").await.unwrap_err();
        assert!(error.is_rate_limited());
        assert_eq!(error.error_code(), Some(code));
        assert!(host.waits().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn waits_double_up_to_eight_seconds() {
    let host = Host::new((0..7).map(|_| failed(529, &[])));
    host.client().max_retries(7).build().unwrap().send("Hello").await.unwrap();
    for (wait, most) in host.waits().into_iter().zip([0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]) {
        assert!((most * 0.75 - 0.01..=most + 0.01).contains(&wait), "{wait} of {most}");
    }
    let host = Host::new((0..3).map(|_| failed(529, &[])));
    assert!(host.client().build().unwrap().send("Hello").await.unwrap_err().is_overloaded());
    assert_eq!(host.waits().len(), 2, "two retries by default");
}

#[tokio::test(start_paused = true)]
async fn the_default_timeout_is_ten_minutes() {
    let host = Host::new([Answer::Never]);
    host.client().build().unwrap().send("Hello").await.unwrap();
    let waited = host.waits()[0];
    assert!((600.3..=600.6).contains(&waited), "{waited}");

    let host = Host::new([Answer::Never]);
    let client = host.client().max_retries(0).timeout(Duration::from_secs(5)).build().unwrap();
    let begin = Instant::now();
    assert!(client.send("Hello").await.unwrap_err().is_timeout());
    assert_eq!(begin.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_all_attempts() {
    // A wait beyond the deadline is not begun.
    let host = Host::new([failed(429, &[("retry-after", "60")])]);
    let begin = Instant::now();
    let request = host.client().build().unwrap().send("Hello").total_timeout(Duration::from_secs(30));
    let error = request.await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
    assert_eq!(begin.elapsed(), Duration::ZERO);

    // An attempt has the remaining time.
    let host = Host::new([failed(529, &[("retry-after", "20")]), Answer::Never]);
    let begin = Instant::now();
    let request = host.client().build().unwrap().send("Hello").total_timeout(Duration::from_secs(30));
    assert!(request.await.unwrap_err().is_timeout());
    assert_eq!(begin.elapsed().as_secs(), 30);
}

/// A transport whose responses are made by a function.
struct Answering<F>(F);

impl<F: Fn() -> HttpResponse + Send + Sync + 'static> Transport for Answering<F> {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
        ready((self.0)())
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_ends_but_a_slow_reader_does_not_count() {
    let start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\n\
        event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\
        \"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\
        event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\
        \"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\n";
    let ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n: and a comment\n\n";
    let pings = move |()| async move {
        tokio::time::sleep(Duration::from_secs(10)).await;
        Some((Ok(ping.as_bytes().to_vec()), ()))
    };
    let transport = move || {
        let body = stream::iter([Ok(start.as_bytes().to_vec())]).chain(stream::unfold((), pings));
        respond_events(body)
    };
    let client = || Client::builder("claude-sonnet-5-5").transport(Answering(transport));

    let mut stream = client().build().unwrap().send("Hello").stream();
    assert_eq!(stream.next_text().await.unwrap().as_deref(), Some("Hel"));
    // The time of the reader does not count.
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let begin = Instant::now();
    let error = stream.next_text().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(begin.elapsed().as_secs(), 600, "pings and comments are not content");
    assert!(error.to_string().contains("`stall_timeout`"), "{error}");

    let client = move || client().stall_timeout(None);
    let begin = Instant::now();
    let mut stream = client().idle_timeout(Duration::from_secs(9)).build().unwrap().send("Hello").stream();
    assert_eq!(stream.next_text().await.unwrap().as_deref(), Some("Hel"));
    let error = stream.next_text().await.unwrap_err();
    assert_eq!(begin.elapsed().as_secs(), 9, "no ping came in time");
    assert!(error.to_string().contains("`idle_timeout`"), "{error}");

    let mut stream = client().idle_timeout(Duration::from_secs(11)).build().unwrap().send("Hello").stream();
    assert_eq!(stream.next_text().await.unwrap().as_deref(), Some("Hel"));
    let patience = tokio::time::timeout(Duration::from_secs(86_400), stream.next_text());
    assert!(patience.await.is_err(), "without timeouts, the stream waits forever");
}
