//! Credentials that are requested for each attempt, and credentials that are fetched once for many requests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claudette::client::{BearerToken, CachedCredentials, Credentials, FetchedCredentials};
use claudette::http::HeaderMap;
use claudette::{BoxFuture, Client, Error, Result, Transport};
use futures_util::future::{join_all, poll_immediate};
use tokio::time::{advance, sleep};

use crate::support::http_response::{HttpRequest, HttpResponse, ready, respond};

/// A server that accepts some tokens, and keeps the tokens that it received.
#[derive(Clone)]
struct Server {
    accepts: fn(&str) -> bool,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(accepts: fn(&str) -> bool) -> Self {
        Self { accepts, seen: Arc::default() }
    }

    fn client(&self, credentials: impl Credentials) -> Client {
        Client::builder("claude-sonnet-5-5").transport(self.clone()).credentials(credentials).build().unwrap()
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

impl Transport for Server {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        let value = &request.headers()["authorization"];
        assert!(value.is_sensitive(), "a sensitive header does not appear in logs");
        let token = value.to_str().unwrap().trim_start_matches("Bearer ").to_owned();
        let is_accepted = (self.accepts)(&token);
        self.seen.lock().unwrap().push(token);
        let (status, body) = if is_accepted {
            (200, r#"{"content": [{"type": "text", "text": "done"}]}"#)
        } else {
            (401, r#"{"error": {"type": "authentication_error", "message": "No."}}"#)
        };
        ready(respond(status, "application/json", body))
    }
}

/// Credentials with a new token for each attempt.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Credentials for Counting {
    fn headers<'a>(&'a self, request: &'a HttpRequest) -> BoxFuture<'a, Result<HeaderMap>> {
        let token = self.0.fetch_add(1, Ordering::SeqCst).to_string();
        assert_eq!(request.uri(), "https://api.anthropic.com/v1/messages");
        assert!(request.body().as_pieces().is_some_and(|pieces| !pieces.is_empty()));
        Box::pin(async {
            let mut headers = BearerToken::new(token)?.headers(request).await?;
            // The client marks headers as sensitive, even if the credentials do not.
            headers.values_mut().for_each(|value| value.set_sensitive(false));
            Ok(headers)
        })
    }

    fn refused(&self, headers: &HeaderMap) -> bool {
        headers["authorization"] != "Bearer 3"
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_are_requested_for_each_attempt() {
    let server = Server::new(|token| token == "2");
    let client = server.client(Counting::default());
    let begin = tokio::time::Instant::now();
    assert_eq!(client.send("Hello").await.unwrap().text(), "done");
    assert_eq!(server.seen(), ["0", "1", "2"]);
    assert_eq!(begin.elapsed(), Duration::ZERO, "a retry with other credentials does not wait");
    let error = client.send("Hello").await.unwrap_err();
    assert!(error.is_authentication() && error.retry_after().is_none(), "{error}");
    assert_eq!(server.seen(), ["3"], "there are no other credentials");
}

#[tokio::test(start_paused = true)]
async fn the_first_refusal_does_not_count_as_a_retry() {
    for (most, expected) in [(0, vec!["0", "1"]), (1, vec!["0", "1", "2"])] {
        let server = Server::new(|_| false);
        let client = Client::builder("claude-sonnet-5-5").transport(server.clone()).max_retries(most);
        let error = client.credentials(Counting::default()).build().unwrap().send("Hello").await.unwrap_err();
        assert!(error.is_authentication(), "{error}");
        assert_eq!(server.seen(), expected, "{most} retries");
    }
}

/// Returns credentials whose fetches take a second each, fail if `fails` returns `true`, and are counted.
fn cached(fails: fn(usize) -> bool) -> (CachedCredentials, Arc<AtomicUsize>) {
    let count = Arc::<AtomicUsize>::default();
    let fetches = count.clone();
    let credentials = CachedCredentials::new(move || {
        let place = fetches.fetch_add(1, Ordering::SeqCst);
        async move {
            sleep(Duration::from_secs(1)).await;
            if fails(place) {
                return Err(Error::other("the vault is closed"));
            }
            Ok(FetchedCredentials::bearer(place.to_string())?.expires_in(Duration::from_secs(600)))
        }
    });
    (credentials, count)
}

#[tokio::test(start_paused = true)]
async fn many_requests_fetch_once_and_again_before_the_token_expires() {
    let (credentials, count) = cached(|_| false);
    let server = Server::new(|_| true);
    let client = server.client(credentials.refresh_early(Duration::from_secs(60)));
    for outcome in join_all((0..100).map(|_| client.send("Hello").into_future())).await {
        outcome.unwrap();
    }
    assert_eq!((count.load(Ordering::SeqCst), server.seen()), (1, vec!["0".to_owned(); 100]));
    // The token is valid until 600 seconds after the fetch began; the fetch took one second.
    advance(Duration::from_secs(538)).await;
    client.send("Hello").await.unwrap();
    assert_eq!(server.seen(), ["0"]);
    advance(Duration::from_secs(1)).await;
    client.send("Hello").await.unwrap();
    assert_eq!(server.seen(), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_fetch_fails_all_waiting_requests_and_is_repeated_later() {
    let (credentials, count) = cached(|place| place == 0);
    let server = Server::new(|_| true);
    let client = server.client(credentials);
    for outcome in join_all((0..20).map(|_| client.send("Hello").into_future())).await {
        let error = outcome.unwrap_err();
        assert!(format!("{error:?}").contains("the vault is closed"), "{error:?}");
    }
    assert_eq!((count.load(Ordering::SeqCst), server.seen().len()), (1, 0));
    client.send("Hello").await.unwrap();
    assert_eq!(server.seen(), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_still_valid_outlives_a_failed_fetch() {
    let (credentials, count) = cached(|place| place > 0);
    let server = Server::new(|_| true);
    let client = server.client(credentials);
    client.send("Hello").await.unwrap();
    advance(Duration::from_secs(545)).await;
    // The fetch fails a minute before the token expires, and again 30 seconds later.
    for (seconds, fetches) in [(0, 2), (28, 2), (2, 3), (20, 3)] {
        advance(Duration::from_secs(seconds)).await;
        client.send("Hello").await.unwrap();
        assert_eq!((count.load(Ordering::SeqCst), server.seen().last().unwrap().as_str()), (fetches, "0"));
    }
    advance(Duration::from_secs(5)).await;
    client.send("Hello").await.unwrap_err();
    assert_eq!(count.load(Ordering::SeqCst), 4);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_outlives_the_request_that_began_it() {
    let (credentials, count) = cached(|_| false);
    let server = Server::new(|_| true);
    let client = server.client(credentials);
    let mut first = client.send("Hello").into_future();
    assert!(poll_immediate(&mut first).await.is_none());
    let second = tokio::spawn(client.send("Hello").into_future());
    sleep(Duration::from_millis(500)).await;
    drop(first);
    second.await.unwrap().unwrap();
    assert_eq!((count.load(Ordering::SeqCst), server.seen()), (1, vec!["0".to_owned()]));

    // If no request is left, the fetch is dropped, and the next request begins another one.
    let (credentials, count) = cached(|_| false);
    let client = server.client(credentials);
    assert!(tokio::time::timeout(Duration::from_millis(500), client.send("Hello").into_future()).await.is_err());
    client.send("Hello").await.unwrap();
    assert_eq!((count.load(Ordering::SeqCst), server.seen()), (2, vec!["1".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_is_fetched_again() {
    let (credentials, count) = cached(|_| false);
    let server = Server::new(|token| token != "0");
    let client = server.client(credentials);
    for outcome in join_all((0..10).map(|_| client.send("Hello").into_future())).await {
        outcome.unwrap();
    }
    let seen = server.seen();
    assert_eq!(
        (count.load(Ordering::SeqCst), &seen[..10], &seen[10..]),
        (2, &vec!["0".to_owned(); 10][..], &vec!["1".to_owned(); 10][..])
    );
    assert!(!format!("{client:?}").contains('1'));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_panics_is_an_error() {
    let credentials = CachedCredentials::new(|| async { panic!("SECRET") });
    let error = Server::new(|_| true).client(credentials).send("Hello").await.unwrap_err();
    assert!(format!("{error:?}").contains("panicked"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_error_of_credentials_is_retried() {
    let count = AtomicUsize::new(0);
    let credentials = CachedCredentials::new(move || {
        let place = count.fetch_add(1, Ordering::SeqCst);
        async move { if place < 2 { Err(Error::connection("no vault")) } else { FetchedCredentials::bearer("t") } }
    });
    let server = Server::new(|_| true);
    server.client(credentials).send("Hello").await.unwrap();
    assert_eq!(server.seen(), ["t"]);
}
