//! The limit on the attempts that are under way at the same time (`ClientBuilder::max_concurrent`).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use claudette::catalog::Profile;
use claudette::client::{CreateMessage, MessageStream};
use claudette::testing::{MockResponse, MockServer};
use claudette::{BoxFuture, Chat, Client, Error, State, Transport, tool, tools};
use futures_util::future::{join_all, poll_immediate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use crate::support::http_response::{HttpRequest, HttpResponse, respond};

const MODEL: &str = "claude-sonnet-5-5";
const MESSAGE: &str = r#"{"content":[{"type":"text","text":"done"}],"stop_reason":"end_turn"}"#;
const EVENTS: [&str; 4] = [
    r#"{"type":"message_start","message":{"role":"assistant","content":[]}}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"done"}}"#,
    r#"{"type":"message_stop"}"#,
];

/// A server that counts the requests under way, which end with the last byte of the response.
#[derive(Clone, Default)]
struct Counts {
    under_way: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Counts {
    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let counts = self.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(counts.clone().answer(connection));
            }
        });
        url
    }

    async fn answer(self, mut connection: TcpStream) -> Option<()> {
        loop {
            let request = read_request(&mut connection).await?;
            self.most.fetch_max(self.under_way.fetch_add(1, SeqCst) + 1, SeqCst);
            let count = self.requests.fetch_add(1, SeqCst);
            sleep(Duration::from_millis(count as u64 % 5)).await;
            let head = "content-type: application/json\r\ncontent-length";
            let (begin, end) = if count % 7 == 3 {
                (String::new(), format!("HTTP/1.1 529 Busy\r\nretry-after-ms: 1\r\n{head}: 2\r\n\r\n{{}}"))
            } else if request.contains("\"stream\":true") {
                let chunk = |data: &str| format!("{:x}\r\ndata: {data}\n\n\r\n", data.len() + 8);
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
                (
                    head.to_owned() + &EVENTS[..3].iter().copied().map(chunk).collect::<String>(),
                    chunk(EVENTS[3]) + "0\r\n\r\n",
                )
            } else {
                (format!("HTTP/1.1 200 OK\r\n{head}: {}\r\n\r\n", MESSAGE.len()), MESSAGE.to_owned())
            };
            connection.write_all(begin.as_bytes()).await.ok()?;
            sleep(Duration::from_millis(count as u64 % 3)).await;
            self.under_way.fetch_sub(1, SeqCst);
            connection.write_all(end.as_bytes()).await.ok()?;
        }
    }
}

async fn read_request(connection: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if connection.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() >= length.parse().unwrap() {
                return Some(text.into_owned());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_attempts_than_allowed_reach_the_server() {
    let counts = Counts::default();
    let url = counts.serve().await;
    let builder = Client::builder(MODEL).api_key("k").base_url(url).max_retries(20).max_concurrent(4);
    let client = builder.build().unwrap();
    let requests = (0..50).map(|job| {
        // Clones, and clients made from this one, share the limit.
        let client = match job % 3 {
            0 => client.with_profile(Profile::unrestricted(MODEL)),
            _ => client.clone(),
        };
        tokio::spawn(async move {
            let request = client.send("Hello");
            let response = if job % 2 == 0 { request.await } else { request.stream().finish().await };
            assert_eq!(response.unwrap().text(), "done");
        })
    });
    for outcome in join_all(requests).await {
        outcome.unwrap();
    }
    assert_eq!((counts.most.load(SeqCst), counts.under_way.load(SeqCst)), (4, 0));
    assert!(counts.requests.load(SeqCst) > 50, "some attempts were retries");
}

fn one_at_a_time(claude: &MockServer) -> Client {
    let builder = Client::builder(MODEL).api_key("k").base_url(claude.url()).max_retries(0);
    builder.max_concurrent(1).build().unwrap()
}

/// Returns a stream that has begun and has not ended.
async fn begun(claude: &MockServer, client: &Client) -> MessageStream {
    claude.respond(MockResponse::text("one two three").chunked(3));
    let mut stream = client.send("First").stream();
    assert_eq!(stream.next_text().await.unwrap().as_deref(), Some("one "));
    stream
}

/// Sends a request that must not wait.
async fn passes(claude: &MockServer, client: &Client) {
    claude.respond(MockResponse::text("passed"));
    let response = timeout(Duration::from_secs(20), client.send("Now").into_future()).await;
    assert_eq!(response.expect("no other attempt counts").unwrap().text(), "passed");
}

#[tokio::test]
async fn a_stream_counts_until_it_has_ended_or_is_dropped() {
    let claude = MockServer::start().await.unwrap();
    let client = one_at_a_time(&claude);
    let stream = begun(&claude, &client).await;
    claude.respond(MockResponse::text("second"));
    let mut second = client.send("Second").into_future();
    assert!(timeout(Duration::from_millis(100), &mut second).await.is_err());
    assert_eq!(claude.requests().len(), 1);
    drop(stream);
    assert_eq!(second.await.unwrap().text(), "second");

    // A stream that has been read to its end does not count, even if it is kept.
    let mut stream = begun(&claude, &client).await;
    while stream.next_text().await.unwrap().is_some() {}
    passes(&claude, &client).await;
    assert_eq!(stream.finish().await.unwrap().text(), "one two three");

    // The other endpoints share the limit.
    let stream = begun(&claude, &client).await;
    assert!(timeout(Duration::from_millis(50), client.count_tokens("Hello").into_future()).await.is_err());
    assert!(timeout(Duration::from_millis(50), client.models()).await.is_err());
    drop(stream);
    assert!(!client.models().await.unwrap().is_empty());
    claude.assert_finished();
}

#[tokio::test]
async fn an_attempt_that_fails_in_any_way_does_not_count_any_longer() {
    let claude = MockServer::start().await.unwrap();
    let client = one_at_a_time(&claude);
    let fails = |response: MockResponse, request: fn(CreateMessage) -> CreateMessage| {
        claude.respond(response);
        request(client.send("Hello")).into_future()
    };
    fails(MockResponse::error(400, "invalid_request_error", "no"), |request| request).await.unwrap_err();
    passes(&claude, &client).await;
    fails(MockResponse::raw(200, "application/json", "{"), |request| request).await.unwrap_err();
    passes(&claude, &client).await;
    let slow = || MockResponse::text("late").delay(Duration::from_secs(3_600));
    let error = fails(slow(), |request| request.timeout(Duration::from_millis(50))).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    passes(&claude, &client).await;
    assert!(timeout(Duration::from_millis(50), fails(slow(), |request| request)).await.is_err());
    passes(&claude, &client).await;

    // The stream breaks, and is kept.
    claude.respond(MockResponse::text("one two three").chunked(3).cut_after(4));
    let mut stream = client.send("Hello").stream();
    while stream.next_text().await.is_ok_and(|text| text.is_some()) {}
    passes(&claude, &client).await;
    drop(stream);
}

#[tokio::test]
async fn requests_wait_in_order_and_leave_the_queue_when_they_are_dropped() {
    let claude = MockServer::start().await.unwrap();
    let client = one_at_a_time(&claude);
    let stream = begun(&claude, &client).await;
    let mut waiting: Vec<_> = ["a", "b", "c", "d"].map(|prompt| client.send(prompt).into_future()).into();
    for request in &mut waiting {
        assert!(poll_immediate(request).await.is_none());
    }
    drop(waiting.remove(1));
    (0..3).for_each(|_| claude.respond(MockResponse::text("done")));
    drop(stream);
    for response in join_all(waiting).await {
        response.unwrap();
    }
    let sent: Vec<_> =
        claude.requests().iter().map(|request| request.body()["messages"][0]["content"].clone()).collect();
    assert_eq!(sent, ["First", "a", "c", "d"]);
}

/// Asks another model with the same client.
#[tool]
async fn ask(client: State<Client>) -> Result<String, Error> {
    Ok(client.send("Inner").await?.text())
}

#[tokio::test]
async fn nothing_counts_while_tools_run() {
    let claude = MockServer::start().await.unwrap();
    let client = one_at_a_time(&claude);
    claude.respond(MockResponse::tool_use("ask", serde_json::json!({})));
    claude.respond(MockResponse::text("inner"));
    claude.respond(MockResponse::text("outer"));
    let mut chat = Chat::builder(&client).tools(tools![ask].state(client.clone())).build().unwrap();
    let mut events = chat.toolloop("Go.").stream();
    let read = async { while events.next().await.transpose().unwrap().is_some() {} };
    timeout(Duration::from_secs(20), read).await.expect("the inner request does not wait for the outer one");
    claude.assert_finished();
}

/// A transport whose responses take a second each.
struct Slow(Arc<AtomicUsize>);

impl Transport for Slow {
    fn send(&self, _: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        self.0.fetch_add(1, SeqCst);
        Box::pin(async {
            sleep(Duration::from_secs(1)).await;
            Ok(respond(200, "application/json", MESSAGE))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_part_of_the_total_timeout_only() {
    let (sent, begin) = (Arc::<AtomicUsize>::default(), Instant::now());
    let client = Client::builder(MODEL).transport(Slow(sent.clone())).max_concurrent(2).build().unwrap();
    let requests = (0..6).map(|_| client.send("Hello").timeout(Duration::from_millis(1_100)).into_future());
    for response in join_all(requests).await {
        response.unwrap();
    }
    assert_eq!((sent.load(SeqCst), begin.elapsed().as_millis()), (6, 3_000));

    let limits = [1_500, 1_500, 1_500, 1_500, 1_200].map(Duration::from_millis);
    let outcomes = join_all(limits.map(|limit| client.send("Hello").total_timeout(limit).into_future())).await;
    // Two end in time, two are interrupted, and one is not sent.
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false, false, false]);
    assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(Error::is_timeout), "{outcomes:?}");
    assert!(outcomes[4].as_ref().unwrap_err().to_string().contains("`max_concurrent`"), "{outcomes:?}");
    assert_eq!(sent.load(SeqCst), 10);
}

#[test]
fn a_limit_of_zero_is_misuse() {
    let error = Client::builder(MODEL).api_key("k").max_concurrent(0).build().unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("`.max_concurrent(0)`"), "{error}");
    Client::builder(MODEL).api_key("k").max_concurrent(usize::MAX).build().unwrap();
}
