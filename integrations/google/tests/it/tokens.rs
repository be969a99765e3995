//! The life of a token: one fetch for all requests, refreshed early, dropped when it is refused.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use claudette::Client;
use claudette::client::{Body, Credentials};
use claudette::http::{HeaderMap, Request};
use claudette::testing::MockServer;
use claudette_google::{GoogleCredentials, google_cloud_auth};
use futures_util::future::join_all;
use serde_json::json;

use super::support::{Answer, Google, MODEL, login};

fn credentials(google: &Google) -> GoogleCredentials {
    GoogleCredentials::from_json(login(&google.url("/token"))).unwrap()
}

async fn headers(credentials: &GoogleCredentials) -> claudette::Result<HeaderMap> {
    credentials.headers(&Request::new(Body::from(""))).await
}

async fn token(credentials: &GoogleCredentials) -> String {
    headers(credentials).await.unwrap()["authorization"].to_str().unwrap().to_owned()
}

async fn client(claude: &MockServer, credentials: impl Into<GoogleCredentials>) -> Client {
    let vertex = claudette_google::vertex().region("global").base_url(claude.base_url()).credentials(credentials);
    Client::builder(MODEL).host(vertex.await.unwrap()).build().unwrap()
}

#[tokio::test]
async fn parallel_requests_share_one_fetch() {
    let google =
        Google::start(|number, _| Answer::token(&format!("token-{number}"), 3_600).delayed(Duration::from_millis(100)))
            .await;
    let claude = MockServer::builder().vertex().auto_reply(true).start().await.unwrap();
    let client = client(&claude, credentials(&google)).await;
    let answers = join_all((0..50).map(|_| client.send("Hello").into_future())).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!((claude.requests().len(), google.received().len()), (50, 1));
    client.send("Hello").await.unwrap();
    assert_eq!(google.received().len(), 1, "the token is kept");
}

#[tokio::test]
async fn a_refused_token_is_dropped_once() {
    let google = Google::tokens().await;
    let verify = |request: &claudette::testing::RecordedRequest| match request.header("authorization") {
        Some("Bearer token-1") => Err("it was revoked".to_owned()),
        _ => Ok(()),
    };
    let claude = MockServer::builder().vertex().auto_reply(true).verify(verify).start().await.unwrap();
    let client = client(&claude, credentials(&google)).await;
    let answers = join_all((0..8).map(|_| client.send("Hello").into_future())).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(google.received().len(), 2, "eight refusals of one token cause one fetch");
}

#[tokio::test]
async fn a_token_that_is_always_refused_ends_with_the_error() {
    let google = Google::tokens().await;
    let claude =
        MockServer::builder().vertex().auto_reply(true).verify(|_| Err("no".to_owned())).start().await.unwrap();
    let client = client(&claude, credentials(&google)).await;
    let error = client.send("Hello").await.unwrap_err();
    assert!(error.is_authentication(), "{error:?}");
    let shown = format!("{error:?}");
    assert!(shown.contains("Application Default Credentials") && !shown.contains("token-"), "{shown}");
    assert_eq!(google.received().len(), claude.requests().len(), "each attempt has a new token");
    assert!(claude.requests().len() <= 4);
}

#[tokio::test]
async fn a_refusal_of_an_old_token_keeps_the_new_one() {
    let google = Google::tokens().await;
    let credentials = credentials(&google);
    let first = headers(&credentials).await.unwrap();
    assert!(credentials.refused(&first));
    let second = headers(&credentials).await.unwrap();
    assert_eq!(second["authorization"], "Bearer token-2");
    assert!(credentials.refused(&first), "another request had the old token");
    assert_eq!(token(&credentials).await, "Bearer token-2");
}

#[tokio::test]
async fn a_token_is_refreshed_before_it_expires() {
    // It is refreshed four minutes before its end, so one second after the fetch.
    let google = Google::start(|number, _| Answer::token(&format!("token-{number}"), 241)).await;
    let credentials = credentials(&google);
    assert_eq!(token(&credentials).await, "Bearer token-1");
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if token(&credentials).await == "Bearer token-2" {
            return;
        }
    }
    panic!("the token was not refreshed: {:?}", google.received());
}

#[tokio::test]
async fn a_failed_fetch_is_not_kept() {
    // A permanent failure, a passing one, and then a token.
    let google = Google::start(|number, _| match number {
        1 => Answer::json(400, &json!({"error": "invalid_grant"})),
        2 => Answer::new(503, "later"),
        _ => Answer::token("token-3", 3_600),
    })
    .await;
    let credentials = credentials(&google);
    assert!(headers(&credentials).await.unwrap_err().is_misuse());
    assert!(headers(&credentials).await.unwrap_err().is_connection());
    assert_eq!(token(&credentials).await, "Bearer token-3");
}

#[tokio::test]
async fn a_passing_failure_is_retried_by_the_client() {
    let google = Google::start(|number, _| match number {
        1 => Answer::new(503, "later"),
        _ => Answer::token("token-2", 3_600),
    })
    .await;
    let claude = MockServer::builder().vertex().auto_reply(true).start().await.unwrap();
    client(&claude, credentials(&google)).await.send("Hello").await.unwrap();
    assert_eq!(claude.requests()[0].header("authorization"), Some("Bearer token-2"));
}

#[tokio::test]
async fn a_rotated_file_is_read_again() {
    let google = Google::start(|_, request| {
        let is_new = request.body.contains("refresh-token-8");
        if is_new { Answer::token("new", 3_600) } else { Answer::token("old", 3_600) }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.json");
    let text = login(&google.url("/token"));
    std::fs::write(&file, &text).unwrap();
    let credentials = GoogleCredentials::from_file(&file).unwrap();
    let old = headers(&credentials).await.unwrap();
    std::fs::write(&file, text.replace("refresh-token-7", "refresh-token-8")).unwrap();
    assert_eq!(token(&credentials).await, "Bearer old");
    assert!(credentials.refused(&old));
    assert_eq!(token(&credentials).await, "Bearer new");
}

/// The task that refreshes tokens ends with its runtime. Credentials in a `static` outlive it.
#[test]
fn credentials_outlive_a_runtime() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let servers = runtime();
    let google = servers.block_on(Google::start(|number, _| Answer::token(&format!("token-{number}"), 1)));
    let credentials = credentials(&google);
    assert_eq!(runtime().block_on(token(&credentials)), "Bearer token-1");
    std::thread::sleep(Duration::from_millis(1_100));
    assert_eq!(runtime().block_on(token(&credentials)), "Bearer token-2");
}

#[tokio::test]
async fn the_program_can_give_credentials_of_google() {
    use google_cloud_auth::credentials::{CacheableResource, Credentials, CredentialsProvider, EntityTag};
    use google_cloud_auth::errors::CredentialsError;

    #[derive(Debug, Default)]
    struct Own(AtomicUsize);

    impl CredentialsProvider for Own {
        async fn headers(&self, _: http::Extensions) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let mut data = HeaderMap::new();
            data.insert("authorization", format!("Bearer own-{number}").parse().unwrap());
            data.insert("x-goog-user-project", "own-project".parse().unwrap());
            Ok(CacheableResource::New { entity_tag: EntityTag::new(), data })
        }

        async fn universe_domain(&self) -> Option<String> {
            None
        }
    }

    let claude = MockServer::builder().vertex().auto_reply(true).start().await.unwrap();
    client(&claude, Credentials::from(Own::default())).await.send("Hello").await.unwrap();
    let request = &claude.requests()[0];
    assert_eq!(request.header("authorization"), Some("Bearer own-2"), "the first was for the project");
    assert!(request.path().contains("/projects/own-project/"), "{}", request.path());
}
