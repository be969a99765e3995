//! Workload identity federation that is set up in code: exchanges, refusals and errors.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use claudette::client::{Body, ClientBuilder, Credentials, WorkloadIdentity, WorkloadIdentityBuilder};
use claudette::http::{self, HeaderMap};
use claudette::{BoxFuture, Chat, Client, Error, Result, Transport};
use futures_util::future::join_all;
use serde_json::json;

use crate::support::http_response::{HttpRequest, HttpResponse, ready, respond};
use crate::support::identity::{Folder, IdentityServer, issued, set_mode};

const MODEL: &str = "claude-sonnet-5-5";
/// The identity token of the tests, which must not be in any error.
const JWT: &str = "eyJ.SECRET.assertion";

fn identity() -> WorkloadIdentityBuilder {
    let identity = WorkloadIdentity::builder().federation_rule_id("fdrl_1").organization_id("org-1");
    identity.identity_token(|| async { Ok(format!(" {JWT}\n")) })
}

fn builder(server: &IdentityServer) -> ClientBuilder {
    Client::builder(MODEL).base_url(&server.url).credentials(identity().build().unwrap())
}

/// Asserts that an error does not show secrets.
fn assert_clean(error: &Error) {
    let shown = format!("{error} {error:?} {:?}", error.message());
    assert!(!["SECRET", "token-1"].iter().any(|secret| shown.contains(secret)), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_identity_is_exchanged_and_the_token_is_sent() {
    let (server, folder) = (IdentityServer::with(|number| issued(number, 0), |_| true), Folder::new());
    let file = folder.write("jwt", "eyJ.first\n");
    let identity = WorkloadIdentity::builder()
        .federation_rule_id("fdrl_1")
        .organization_id("org-1")
        .service_account_id("svac_1")
        .workspace_id("wrkspc_1")
        .identity_token_file(&file);
    let client = Client::builder(MODEL).base_url(&server.url).beta("a-1").credentials(identity.build().unwrap());
    let client = client.build().unwrap();
    assert_eq!(client.send("Hi").beta("b-2").await.unwrap().text(), "done");
    std::fs::write(&file, "eyJ.second").unwrap();
    client.send("Hi").beta("oauth-2025-04-20").await.unwrap();

    let exchanges = server.exchanges();
    assert_eq!(exchanges.len(), 2, "an expired token is not sent");
    assert_eq!(exchanges[0].line, "POST /v1/oauth/token");
    assert_eq!(exchanges[0].header("anthropic-beta"), Some("oauth-2025-04-20,oidc-federation-2026-04-01"));
    assert_eq!(exchanges[0].header("content-type"), Some("application/json"));
    assert!(exchanges[0].header("user-agent").unwrap().starts_with("claudette-rust/"));
    assert_eq!(exchanges[0].header("authorization"), None);
    assert_eq!(
        exchanges[0].body,
        json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": "eyJ.first",
            "federation_rule_id": "fdrl_1",
            "organization_id": "org-1",
            "service_account_id": "svac_1",
            "workspace_id": "wrkspc_1",
        })
    );
    assert_eq!(exchanges[1].body["assertion"], "eyJ.second", "the file is read for each exchange");

    let requests = server.requests();
    assert_eq!(server.tokens(), ["token-1", "token-2"]);
    assert_eq!(requests[0].header("anthropic-beta"), Some("a-1,b-2,oauth-2025-04-20"));
    assert_eq!(requests[1].header("anthropic-beta"), Some("a-1,oauth-2025-04-20"));
    assert_eq!(requests[0].header("anthropic-workspace-id"), None, "the token belongs to the workspace");

    // What is not set is not sent.
    let server = IdentityServer::start();
    builder(&server).build().unwrap().send("Hi").await.unwrap();
    let body = &server.exchanges()[0].body;
    assert_eq!(body.as_object().unwrap().len(), 4, "{body}");
    assert_eq!(body["assertion"], JWT);
}

#[tokio::test(flavor = "multi_thread")]
async fn clones_and_chats_share_a_token() {
    let server = IdentityServer::start();
    let client = builder(&server).build().unwrap();
    let others = [client.clone(), client.with_model("claude-haiku-4-5"), client.with_own_totals()];
    for outcome in join_all((0..50).map(|place| others[place % 3].send("Hi").into_future())).await {
        outcome.unwrap();
    }
    let mut chat = Chat::new(&client).unwrap();
    chat.send("Hi").await.unwrap();
    let mut fork = chat.fork();
    fork.send("Hi").await.unwrap();
    assert_eq!((server.exchanges().len(), server.tokens()), (1, vec!["token-1".to_owned(); 52]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_replaced_once_without_a_retry() {
    let server = IdentityServer::with(|number| issued(number, 3_600), |token| token != "token-1");
    let client = builder(&server).max_retries(0).build().unwrap();
    for outcome in join_all((0..20).map(|_| client.send("Hi").into_future())).await {
        outcome.unwrap();
    }
    assert_eq!(server.exchanges().len(), 2);
    let refused = server.tokens().iter().filter(|token| *token == "token-1").count();
    assert_eq!((refused, server.tokens().len()), (20, 40));

    // If no token is accepted, there is one further try, whatever the number of retries.
    for most in [0, 2] {
        let server = IdentityServer::with(|number| issued(number, 3_600), |_| false);
        let client = builder(&server).max_retries(most).build().unwrap();
        let error = client.send("Hi").await.unwrap_err();
        assert!(error.is_authentication() && error.status() == Some(401), "{error}");
        assert_clean(&error);
        assert_eq!((server.tokens(), server.exchanges().len()), (vec!["token-1".to_owned(), "token-2".to_owned()], 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_is_not_a_token_is_an_error_without_secrets() {
    let answer = |body: String| move |_: usize| (200, String::new(), body.clone().into_bytes());
    let long = format!(r#"{{"access_token": "{}"}}"#, "SECRET ".repeat(200_000));
    for (body, words) in [
        ("<html>SECRET</html>".to_owned(), "not a JSON object"),
        (format!("\"{JWT}\""), "not a JSON object"),
        ("[\"SECRET\"]".to_owned(), "not a JSON object"),
        (r#"{"access_token": "SECRET", "expires_in": 60, "token_type": "mac"}"#.to_owned(), "token_type"),
        (r#"{"access_token": "SECRET", "expires_in": 60, "token_type": 1}"#.to_owned(), "token_type"),
        (r#"{"access_token": "SECRET", "token_type": "Bearer"}"#.to_owned(), "expires_in"),
        (r#"{"access_token": "SECRET", "token_type": "Bearer", "expires_in": "soon"}"#.to_owned(), "expires_in"),
        (r#"{"token_type": "Bearer", "expires_in": 60}"#.to_owned(), "access_token"),
        (r#"{"access_token": 7, "token_type": "Bearer", "expires_in": 60}"#.to_owned(), "access_token"),
        (r#"{"access_token": "SECRET\nx", "token_type": "Bearer", "expires_in": 60}"#.to_owned(), "control character"),
        (long, "larger than 1048576 bytes"),
    ] {
        let server = IdentityServer::with(answer(body.clone()), |_| true);
        let error = builder(&server).max_retries(0).build().unwrap().send("Hi").await.unwrap_err();
        assert!(format!("{error}").contains(words), "{words}: {error}");
        assert_clean(&error);
        assert!(server.requests().is_empty());
    }
    // These forms are accepted, as by the official SDKs.
    for body in [
        r#"{"access_token": "t", "token_type": "bearer", "expires_in": "60"}"#,
        r#"{"access_token": "t", "expires_in": 60.5, "scope": "x"}"#,
    ] {
        let server = IdentityServer::with(answer(body.to_owned()), |token| token == "t");
        builder(&server).build().unwrap().send("Hi").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_shows_only_the_fields_of_oauth() {
    let refusal = |body: String, status: u16| {
        let answer = move |_: usize| (status, "request-id: req_7\r\n".to_owned(), body.clone().into_bytes());
        IdentityServer::with(answer, |_| true)
    };
    let long = "d".repeat(1_000);
    let body = json!({
        "error": "invalid_grant",
        "error_description": format!("the assertion {JWT} is not valid: {long}"),
        "assertion": "SECRET",
    });
    let server = refusal(body.to_string(), 400);
    let error = builder(&server).build().unwrap().send("Hi").await.unwrap_err();
    assert_eq!((error.status(), error.is_authentication(), error.request_id()), (Some(400), true, Some("req_7")));
    let text = error.to_string();
    assert!(text.contains("invalid_grant: the assertion … is not valid") && text.contains("/v1/oauth/token"), "{text}");
    assert!(text.matches('d').count() < 270, "{text}");
    assert_clean(&error);
    assert_eq!(server.exchanges().len(), 1, "it is not repeated");

    // A refused identity is read once more, and the remedy is named.
    let server = refusal(r#"{"error": {"type": "authentication_error", "message": "No rule."}}"#.to_owned(), 401);
    let error = builder(&server).build().unwrap().send("Hi").await.unwrap_err();
    for words in ["No rule.", "federation rule", "ANTHROPIC_WORKSPACE_ID"] {
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
    assert_eq!((error.status(), server.exchanges().len()), (Some(401), 2));

    // A body that is not JSON is not shown. Redirects are not followed.
    let server = refusal("<html>SECRET</html>".to_owned(), 403);
    assert_clean(&builder(&server).build().unwrap().send("Hi").await.unwrap_err());
    let target = IdentityServer::start();
    let location = format!("location: {}/v1/oauth/token\r\n", target.url);
    for status in [302, 307, 308] {
        let location = location.clone();
        let server = IdentityServer::with(move |_| (status, location.clone(), Vec::new()), |_| true);
        let error = builder(&server).build().unwrap().send("Hi").await.unwrap_err();
        assert!(error.to_string().contains("redirects are not followed"), "{error}");
    }
    assert!(target.exchanges().is_empty() && target.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_of_the_token_endpoint_is_retried() {
    let answer = |number| if number < 3 { (503, String::new(), Vec::new()) } else { issued(number, 60) };
    let server = IdentityServer::with(answer, |_| true);
    let client = builder(&server).max_retries(2).build().unwrap();
    client.send("Hi").await.unwrap();
    assert_eq!((server.exchanges().len(), server.tokens()), (3, vec!["token-3".to_owned()]));
    let nobody = Client::builder(MODEL).base_url("http://127.0.0.1:9").max_retries(0);
    let error = nobody.credentials(identity().build().unwrap()).build().unwrap().send("Hi").await.unwrap_err();
    assert!(error.is_connection() && error.to_string().contains("/v1/oauth/token"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_is_not_sent_without_encryption() {
    let client = Client::builder(MODEL).base_url("http://api.example.com").allow_insecure_http();
    let error = client.credentials(identity().build().unwrap()).build().unwrap().send("Hi").await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("use https"), "{error}");
    assert_clean(&error);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_token_that_cannot_be_used_is_not_sent() {
    let (server, folder) = (IdentityServer::start(), Folder::new());
    let path = |name: &str| folder.path(name);
    let of_file = |name: &str| identity().identity_token_file(path(name));
    folder.write("blank", " \n");
    folder.write("long", &"SECRET".repeat(16 * 1024 / 6 + 1));
    std::fs::write(path("binary"), b"\xFFSECRET").unwrap();
    std::fs::create_dir(path("folder")).unwrap();
    for (identity, words) in [
        (of_file("missing"), "missing cannot be read"),
        (of_file("folder"), "folder cannot be read"),
        (of_file("binary"), "binary cannot be read"),
        (of_file("blank"), "blank is empty"),
        (of_file("long"), "longer than 16384 bytes"),
        (identity().identity_token(|| async { Err(Error::other("no metadata server")) }), "no metadata server"),
        (identity().identity_token(|| async { panic!("SECRET") }), "panicked"),
    ] {
        let client = Client::builder(MODEL).base_url(&server.url).credentials(identity.build().unwrap());
        let error = client.build().unwrap().send("Hi").await.unwrap_err();
        assert!(format!("{error:?}").contains(words), "{words}: {error:?}");
        assert_clean(&error);
    }
    assert!(server.exchanges().is_empty() && server.requests().is_empty());
    // The limit is that of the token without blanks.
    folder.write("limit", &format!("{}\n\n", "a".repeat(16 * 1024)));
    let client = Client::builder(MODEL).base_url(&server.url).credentials(of_file("limit").build().unwrap());
    client.build().unwrap().send("Hi").await.unwrap();
    // Anybody may read an identity file, because the platform decides about its mode.
    set_mode(&path("limit"), 0o644);
}

#[test]
fn an_identity_must_be_complete() {
    for (builder, words) in [
        (WorkloadIdentity::builder(), "federation_rule_id"),
        (WorkloadIdentity::builder().federation_rule_id(" "), "federation_rule_id"),
        (WorkloadIdentity::builder().federation_rule_id("fdrl_1"), "organization_id"),
        (WorkloadIdentity::builder().federation_rule_id("fdrl_1").organization_id("o"), "identity_token_file"),
    ] {
        assert!(!format!("{builder:?}").contains("SECRET"));
        let error = builder.build().unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains(words), "{error}");
    }
}

/// A transport that answers all requests and counts them.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Transport for Counting {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        assert!(request.uri().path().ends_with("/v1/messages"), "{}", request.uri());
        assert_eq!(request.headers()["authorization"], "Bearer token-1");
        assert!(request.headers()["authorization"].is_sensitive());
        self.0.fetch_add(1, Ordering::Relaxed);
        ready(respond(200, "", r#"{"content": [{"type": "text", "text": "done"}]}"#))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transport_of_the_program_does_not_see_the_identity() {
    let (server, transport) = (IdentityServer::start(), Counting::default());
    let client = builder(&server).base_url(format!("{}/gateway/v1", server.url)).transport(transport.clone());
    client.build().unwrap().send("Hi").await.unwrap();
    assert_eq!((transport.0.load(Ordering::Relaxed), server.requests().len()), (1, 0));
    assert_eq!(server.exchanges()[0].line, "POST /gateway/v1/oauth/token", "the path of the base URL is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_address_has_its_own_token() {
    let servers = [IdentityServer::start(), IdentityServer::with(|number| issued(number + 10, 60), |_| true)];
    let identity = Arc::new(identity().build().unwrap());
    let shared = |server: &IdentityServer| Client::builder(MODEL).base_url(&server.url).credentials(identity.clone());
    for server in [&servers[0], &servers[1], &servers[0]] {
        shared(server).build().unwrap().send("Hi").await.unwrap();
    }
    assert_eq!(
        (servers[0].tokens(), servers[1].tokens()),
        (vec!["token-1".to_owned(); 2], vec!["token-11".to_owned()])
    );
    assert_eq!(servers.map(|server| server.exchanges().len()), [1, 1]);
    assert!(!format!("{identity:?}").contains("token-1"));
}

/// Credentials that are one part of other ones.
struct Inner(WorkloadIdentity);

impl Credentials for Inner {
    fn headers<'a>(&'a self, request: &'a http::Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
        self.0.headers(request)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_its_own_credential_needs_no_identity() {
    let server = IdentityServer::with(|number| issued(number, 60), |token| token == "own");
    let client = Client::builder(MODEL).base_url(&server.url).credentials(Inner(identity().build().unwrap()));
    let client = client.max_retries(2).build().unwrap();
    client.send("Hi").header("authorization", "Bearer own").await.unwrap();
    let error = client.send("Hi").header("x-api-key", "refused").await.unwrap_err();
    assert!(error.is_authentication());
    assert_eq!((server.exchanges().len(), server.tokens()), (0, vec!["own".to_owned(), "none".to_owned()]));
}
