//! The cache of AWS credentials.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use claudette::Client;
use claudette::testing::{MockResponse, MockServer};
use futures_util::future::join_all;

use super::support::{BEDROCK_MODEL, REGION, client};

type Answer = Result<Option<Duration>, fn() -> CredentialsError>;

/// A source of numbered credentials with these lifetimes. The last answer is repeated.
#[derive(Clone, Debug)]
struct Source(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    answers: Mutex<Vec<Answer>>,
    fetches: AtomicU32,
    delay: Duration,
}

impl Source {
    fn new(answers: impl Into<Vec<Answer>>) -> Self {
        let delay = Duration::from_millis(20);
        Self(Arc::new(Inner { answers: Mutex::new(answers.into()), fetches: AtomicU32::new(0), delay }))
    }

    fn fetches(&self) -> u32 {
        self.0.fetches.load(Ordering::SeqCst)
    }

    async fn client(&self, server: &MockServer) -> Client {
        let builder = claudette_aws::bedrock().region(REGION).base_url(server.base_url());
        client(BEDROCK_MODEL, builder.credentials_provider(self.clone()).await.unwrap())
    }
}

impl ProvideCredentials for Source {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let number = self.0.fetches.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::time::sleep(self.0.delay).await;
            let answer = {
                let mut answers = self.0.answers.lock().unwrap();
                if answers.len() > 1 { answers.remove(0) } else { answers[0] }
            };
            let lifetime = answer.map_err(|error| error())?;
            let expiry = lifetime.map(|lifetime| SystemTime::now() + lifetime);
            Ok(Credentials::new(format!("AKID{number}"), "SECRET", Some(format!("TOKEN{number}")), expiry, "test"))
        })
    }
}

const HOUR: Answer = Ok(Some(Duration::from_hours(1)));

async fn server() -> MockServer {
    MockServer::builder().bedrock().auto_reply(true).start().await.unwrap()
}

/// Returns the session token of each request.
fn tokens(server: &MockServer) -> Vec<String> {
    let requests = server.requests();
    requests.iter().map(|request| request.header("x-amz-security-token").unwrap().to_owned()).collect()
}

#[tokio::test]
async fn requests_at_the_same_time_share_one_fetch() {
    let (server, source) = (server().await, Source::new([HOUR]));
    let client = source.client(&server).await;
    for answer in join_all((0..8).map(|_| client.send("Hello").into_future())).await {
        answer.unwrap();
    }
    client.send("Hello").await.unwrap();
    assert_eq!((source.fetches(), server.requests().len()), (1, 9));
}

#[tokio::test]
async fn requests_at_the_same_time_share_an_error_and_the_next_one_fetches_again() {
    let (server, source) = (server().await, Source::new([Err(broken as fn() -> CredentialsError), HOUR]));
    let client = source.client(&server).await;
    for answer in join_all((0..8).map(|_| client.send("Hello").into_future())).await {
        let error = answer.unwrap_err();
        assert!(
            format!("{error:?}").contains("the AWS credentials for Amazon Bedrock could not be fetched"),
            "{error:?}"
        );
    }
    // The client has not retried it.
    assert_eq!((source.fetches(), server.requests().len()), (1, 0));
    client.send("Hello").await.unwrap();
    assert_eq!(source.fetches(), 2);
}

fn broken() -> CredentialsError {
    CredentialsError::provider_error("the vault is sealed")
}

fn missing() -> CredentialsError {
    CredentialsError::not_loaded("nobody is signed in")
}

#[tokio::test]
async fn missing_credentials_are_misuse() {
    let (server, source) = (server().await, Source::new([Err(missing as fn() -> CredentialsError)]));
    let error = source.client(&server).await.send("Hello").await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("nobody is signed in"), "{error}");
    assert_eq!(source.fetches(), 1);
}

#[tokio::test]
async fn a_dropped_request_does_not_block_the_others() {
    let (server, source) = (server().await, Source::new([HOUR]));
    let client = source.client(&server).await;
    let dropped = tokio::time::timeout(Duration::from_millis(5), client.send("Hello").into_future()).await;
    assert!(dropped.is_err());
    client.send("Hello").await.unwrap();
    assert_eq!(source.fetches(), 2);
}

#[tokio::test]
async fn credentials_are_fetched_again_before_they_expire() {
    let (server, source) = (server().await, Source::new([Ok(Some(Duration::from_millis(400))), HOUR]));
    let client = source.client(&server).await;
    client.send("Hello").await.unwrap();
    tokio::time::sleep(Duration::from_millis(210)).await;
    client.send("Hello").await.unwrap();
    client.send("Hello").await.unwrap();
    assert_eq!(tokens(&server), ["TOKEN1", "TOKEN2", "TOKEN2"]);
}

#[tokio::test]
async fn credentials_that_are_still_valid_outlive_a_failed_fetch() {
    let answers = [Ok(Some(Duration::from_secs(2))), Err(broken as fn() -> CredentialsError), HOUR];
    let (server, source) = (server().await, Source::new(answers));
    let client = source.client(&server).await;
    client.send("Hello").await.unwrap();
    tokio::time::sleep(Duration::from_millis(1050)).await;
    client.send("Hello").await.unwrap();
    assert_eq!((tokens(&server), source.fetches()), (vec!["TOKEN1".to_owned(), "TOKEN1".to_owned()], 2));
}

#[tokio::test]
async fn expired_credentials_are_fetched_again_once() {
    let server = MockServer::bedrock().await.unwrap();
    let source = Source::new([HOUR]);
    let client = source.client(&server).await;
    server.respond(MockResponse::text("one"));
    server.respond(MockResponse::error(403, "ExpiredTokenException", "The security token is expired"));
    server.respond(MockResponse::text("two"));
    assert_eq!(client.send("Hello").await.unwrap().text(), "one");
    assert_eq!(client.send("Hello").await.unwrap().text(), "two");
    assert_eq!(tokens(&server), ["TOKEN1", "TOKEN1", "TOKEN2"]);
    server.assert_finished();
}

#[tokio::test]
async fn a_configuration_of_the_aws_sdk_has_a_region_and_credentials() {
    let server = server().await;
    let source = SharedCredentialsProvider::new(Source::new([HOUR]));
    let config = SdkConfig::builder().region(Region::new("eu-north-1")).credentials_provider(source).build();
    let builder = || claudette_aws::bedrock().base_url(server.base_url()).sdk_config(&config);
    for (builder, scope) in [
        (builder(), "Credential=AKID1/"),
        (builder().region("us-east-2"), "/us-east-2/"),
        (builder().access_key("AKIDOWN", "SECRET"), "Credential=AKIDOWN/"),
        (builder(), "/eu-north-1/"),
    ] {
        client(BEDROCK_MODEL, builder.await.unwrap()).send("Hello").await.unwrap();
        let requests = server.requests();
        let authorization = requests.last().unwrap().header("authorization").unwrap();
        assert!(authorization.contains(scope), "{authorization}");
    }
}

#[tokio::test]
async fn no_text_shows_a_secret() {
    let builder = claudette_aws::bedrock().region(REGION);
    let builder = builder.access_key("AKIDSECRET", "SECRET").session_token("SECRET");
    assert!(!format!("{builder:?}").contains("SECRET"));
    let host = builder.await.unwrap();
    assert!(!format!("{host:?}").contains("SECRET"));
    let client = client(BEDROCK_MODEL, host);
    assert!(!format!("{client:?}").contains("SECRET"));
}
