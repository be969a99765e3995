//! A client with real servers, networks and environments: credentials are only sent to their own address, errors are
//! judged by their content, and problems are reported at once.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::future::IntoFuture;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use claudette::catalog::Price;
use claudette::client::{BearerToken, Body, ClientBuilder, Credentials, HttpTransport};
use claudette::http::HeaderMap;
use claudette::testing::{MockResponse, MockServer};
use claudette::{BoxFuture, Chat, Client, Error, Event, Response, Transport};
use futures_util::{StreamExt, stream};
use proptest::prelude::*;
use serde_json::json;

use crate::support::http_response::{HttpRequest, HttpResponse, ready, respond};
use crate::support::process::run_alone;

const MODEL: &str = "claude-sonnet-5-5";
const DONE: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-5-5","content":[{"type":"text","text":"done"}],"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":1}}"#;

// ---- a server

/// A server on loopback that sends the next prepared response to each request, and repeats the last one.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let (seen, answers) = (requests.clone(), answers.into_iter().collect::<Vec<_>>());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read_request(&mut stream) else { continue };
                let mut seen = seen.lock().unwrap();
                let answer = &answers[seen.len().min(answers.len() - 1)];
                seen.push(request);
                let _ = stream.write_all(answer);
            }
        });
        Self { url, requests }
    }

    fn client(&self) -> ClientBuilder {
        Client::builder(MODEL).api_key("k").base_url(&self.url)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Returns the value of this header in the first request.
    fn header(&self, name: &str) -> Option<String> {
        let requests = self.requests();
        let line = requests.first()?.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))?;
        Some(line.to_owned())
    }
}

fn read_request(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text.into_owned());
            }
        }
    }
}

/// Formats a response with these header lines.
fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head =
        format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn ok() -> Vec<u8> {
    answer(200, "content-type: application/json\r\n", DONE)
}

/// Formats the message of [`DONE`] as a stream.
fn done_as_events() -> String {
    [
        r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-5-5","content":[],"stop_reason":null,"usage":{"input_tokens":7,"output_tokens":1}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"done"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}"#,
        r#"{"type":"message_stop"}"#,
    ]
    .map(|data| {
        let kind = serde_json::from_str::<serde_json::Value>(data).unwrap()["type"].as_str().unwrap().to_owned();
        format!("event: {kind}\ndata: {data}\n\n")
    })
    .concat()
}

// ---- a process with another environment

/// Runs a client with these environment variables in a new process, and returns its output.
///
/// `code` contains the settings in code: `base`, `key`, `header` (`name=value`), `no_credentials`, `insecure`,
/// `transport`, `layer`, `credentials`, `root`, `only_build`.
fn ask(environment: &[(&str, &str)], code: &[(&str, &str)]) -> String {
    let mut command = run_alone(module_path!(), "a_client_in_another_environment");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ANTHROPIC_")) {
        command.env_remove(name);
    }
    // The profiles of the user who runs the tests are not used.
    command.env("HOME", "/nonexistent").env("APPDATA", "/nonexistent");
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_DIR"] {
        command.env_remove(name);
    }
    let code: BTreeMap<_, _> = code.iter().copied().collect();
    command.env("CLAUDETTE_TEST_CODE", serde_json::to_string(&code).unwrap()).envs(environment.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.split_once("OUTCOME ")).map(|(_, outcome)| outcome.to_owned());
    line.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test]
async fn a_client_in_another_environment() {
    let Ok(code) = std::env::var("CLAUDETTE_TEST_CODE") else { return };
    let code: BTreeMap<String, String> = serde_json::from_str(&code).unwrap();
    let mut builder = Client::builder(MODEL).max_retries(0);
    let echo = Echo::default();
    for (name, value) in &code {
        builder = match name.as_str() {
            "base" => builder.base_url(value),
            "key" => builder.api_key(value),
            "header" => builder.header(value.split_once('=').unwrap().0, value.split_once('=').unwrap().1),
            "no_credentials" => builder.no_credentials(),
            "insecure" => builder.allow_insecure_http(),
            "transport" => builder.transport(echo.clone()),
            "layer" => {
                let echo = echo.clone();
                builder.wrap_transport(|inner| Layer(echo, inner))
            }
            "credentials" => builder.credentials(echo.clone()),
            "root" if value.is_empty() => builder.transport(HttpTransport::new()),
            "root" => builder.transport(HttpTransport::builder().root_certificate(value.as_str()).build().unwrap()),
            "only_build" => builder,
            _ => panic!("unknown setting {name}"),
        };
    }
    let outcome = match builder.build() {
        Err(error) => format!("refused: {error} {error:?}").replace('\n', " "),
        Ok(_) if code.contains_key("only_build") => "built".to_owned(),
        Ok(client) => match client.send("Hi").await {
            Ok(response) => response.text(),
            Err(error) => format!("failed: {error:?}").replace('\n', " "),
        },
    };
    println!("OUTCOME {outcome} {}", echo.0.lock().unwrap());
}

/// A transport and credentials that keep the headers of the last request.
#[derive(Clone, Default)]
struct Echo(Arc<Mutex<String>>);

impl Echo {
    fn keep(&self, request: &HttpRequest) {
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value.as_bytes())));
        *self.0.lock().unwrap() = format!("{} {}", request.uri(), headers.collect::<Vec<_>>().join(" "));
    }
}

impl Transport for Echo {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
        self.keep(&request);
        ready(respond(200, "", DONE))
    }
}

/// A layer that keeps the headers of the last request.
struct Layer(Echo, Arc<dyn Transport>);

impl Transport for Layer {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        self.0.keep(&request);
        self.1.send(request)
    }
}

impl Credentials for Echo {
    fn headers<'a>(&'a self, request: &'a HttpRequest) -> BoxFuture<'a, Result<HeaderMap, Error>> {
        self.keep(request);
        Box::pin(async { BearerToken::new("own")?.headers(request).await })
    }
}

const KEY: (&str, &str) = ("ANTHROPIC_API_KEY", "sk-environment");
const TOKEN: (&str, &str) = ("ANTHROPIC_AUTH_TOKEN", "token-environment");
const HEADERS: (&str, &str) = ("ANTHROPIC_CUSTOM_HEADERS", "X-Private: of the environment\n\nX-Other: too");

// ---- credentials

#[test]
fn credentials_from_the_environment_are_sent_to_its_own_address() {
    let sent = |environment: &[(&str, &str)], code: &[(&str, &str)]| {
        let server = Server::start([ok()]);
        let mut environment = environment.to_vec();
        environment.push(("ANTHROPIC_BASE_URL", &server.url));
        let own = [code, &[("base", server.url.as_str())]].concat();
        let code = if code.contains(&("base", "own")) { &own[1..] } else { code };
        assert_eq!(ask(&environment, code).trim(), "done");
        let headers = ["authorization", "x-private", "x-other"].map(|name| server.header(name).unwrap_or_default());
        headers.join("|")
    };
    assert_eq!(sent(&[KEY], &[]), "Bearer sk-environment||");
    assert_eq!(sent(&[TOKEN], &[]), "Bearer token-environment||");
    assert_eq!(sent(&[KEY, TOKEN], &[]), "Bearer sk-environment||", "the key comes before the token");
    assert_eq!(sent(&[("ANTHROPIC_API_KEY", " \t\n"), TOKEN], &[]), "Bearer token-environment||", "blank is unset");
    assert_eq!(sent(&[("ANTHROPIC_API_KEY", ""), TOKEN], &[]), "Bearer token-environment||");
    assert_eq!(sent(&[("ANTHROPIC_API_KEY", " sk-1\r\n")], &[]), "Bearer sk-1||", "blanks around it are not sent");
    assert_eq!(sent(&[KEY, HEADERS], &[]), "Bearer sk-environment|of the environment|too");
    // The same address in code counts as the environment's own.
    assert_eq!(sent(&[KEY, HEADERS], &[("base", "own")]), "Bearer sk-environment|of the environment|too");
    // Settings in code take precedence.
    assert_eq!(sent(&[KEY, TOKEN], &[("key", "sk-code")]), "Bearer sk-code||");
    assert_eq!(sent(&[KEY], &[("header", "authorization=Basic x")]), "Basic x||");
    assert_eq!(sent(&[KEY], &[("header", "x-api-key=x")]), "||");
    assert_eq!(sent(&[KEY, HEADERS], &[("no_credentials", "")]), "|of the environment|too");
    let own = ("ANTHROPIC_CUSTOM_HEADERS", "Authorization: Bearer own");
    assert_eq!(sent(&[own], &[]), "Bearer own||", "a header may be the credential");
    assert_eq!(sent(&[own], &[("key", "sk-code")]), "Bearer sk-code||");
}

#[test]
fn credentials_from_the_environment_are_sent_nowhere_else() {
    let environment = [KEY, TOKEN, HEADERS];
    let is_clean = |text: &str| !["environment", "x-private", "x-other"].iter().any(|secret| text.contains(secret));
    let server = Server::start([ok()]);
    let base = ("base", server.url.as_str());

    let refused = ask(&environment, &[base]);
    for words in ["refused: no credentials", "ANTHROPIC_API_KEY", &server.url, "api_key", "no_credentials"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    assert!(is_clean(&refused) && server.requests().is_empty(), "{refused}");
    // The same applies if the environment contains another address.
    let gateway = [environment.as_slice(), &[("ANTHROPIC_BASE_URL", "https://gateway.example.com")]].concat();
    assert!(ask(&gateway, &[base]).starts_with("refused: no credentials"));
    let official = ("base", "https://api.anthropic.com/v1");
    assert!(ask(&gateway, &[official]).starts_with("refused: no credentials"), "the key belongs to the gateway");
    assert_eq!(ask(&environment, &[official, ("only_build", "")]).trim(), "built");

    assert_eq!(ask(&environment, &[base, ("no_credentials", "")]).trim(), "done");
    assert_eq!(server.header("authorization"), None);
    assert_eq!(ask(&environment, &[base, ("key", "sk-code")]).trim(), "done");
    assert!(server.requests()[1].contains("authorization: Bearer sk-code\r\n"));
    assert!(server.requests().iter().all(|request| is_clean(request)), "{:?}", server.requests());

    let handed = ask(&environment, &[("transport", "")]);
    assert!(handed.starts_with("done ") && is_clean(&handed) && !handed.contains("authorization"), "{handed}");
    let handed = ask(&environment, &[("transport", ""), ("key", "sk-code")]);
    assert!(handed.contains("authorization=Bearer sk-code") && is_clean(&handed), "{handed}");

    let own = [environment.as_slice(), &[("ANTHROPIC_BASE_URL", server.url.as_str())]].concat();
    let handed = ask(&own, &[("credentials", "")]);
    assert!(handed.contains(&server.url) && is_clean(&handed) && !handed.contains("authorization"), "{handed}");
    let sent = server.requests().last().unwrap().clone();
    assert!(sent.contains("authorization: Bearer own\r\n") && is_clean(&sent), "{sent}");
}

#[test]
fn a_layer_does_not_change_where_credentials_are_sent() {
    let server = Server::start([ok()]);
    let (base, layer) = (("base", server.url.as_str()), ("layer", ""));
    let environment = [KEY, HEADERS, ("ANTHROPIC_BASE_URL", &server.url)];

    let seen = ask(&environment, &[layer]);
    for words in ["done ", &server.url, "authorization=Bearer sk-environment", "x-private=of the environment"] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
    assert_eq!(server.header("authorization").as_deref(), Some("Bearer sk-environment"));
    assert_eq!(server.header("x-private").as_deref(), Some("of the environment"));

    // Another address in code, or a transport of the program's own, does not receive them.
    let refused = ask(&[KEY, HEADERS], &[base, layer]);
    assert!(refused.starts_with("refused: no credentials"), "{refused}");
    let seen = ask(&environment, &[("transport", ""), layer]);
    assert!(seen.starts_with("done ") && !seen.contains("environment"), "{seen}");
}

#[test]
fn without_credentials_nothing_is_sent() {
    for environment in [&[][..], &[("ANTHROPIC_API_KEY", " ")], &[("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")]] {
        let refused = ask(environment, &[]);
        assert!(refused.starts_with("refused: no credentials") && refused.contains("ANTHROPIC_API_KEY"), "{refused}");
    }
    // A line that is not a header is not shown, because it may be a key.
    for line in ["SECRET", "X-Good: 1\nX SECRET: 1", "SECRET\u{e9}: 1"] {
        let refused = ask(&[KEY, ("ANTHROPIC_CUSTOM_HEADERS", line)], &[]);
        assert!(refused.contains("line") && refused.contains("ANTHROPIC_CUSTOM_HEADERS"), "{refused}");
        assert!(!refused.contains("SECRET"), "{refused}");
    }
    let refused = ask(&[KEY, ("ANTHROPIC_BASE_URL", "ftp://user:SECRET@host")], &[]);
    assert!(refused.contains("ANTHROPIC_BASE_URL") && !refused.contains("SECRET"), "{refused}");
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let output = run_alone(module_path!(), "a_client_in_another_environment")
            .env("CLAUDETTE_TEST_CODE", "{}")
            .env("ANTHROPIC_API_KEY", std::ffi::OsStr::from_bytes(b"\xFF"))
            .output()
            .unwrap();
        let refused = String::from_utf8_lossy(&output.stdout);
        assert!(
            refused.contains("refused: the environment variable ANTHROPIC_API_KEY is not valid UTF-8"),
            "{refused}"
        );
    }
}

#[test]
fn an_invalid_key_is_refused_and_not_shown() {
    let build = |key: &str| Client::builder(MODEL).api_key(key).build().map(drop);
    for blank in ["", " ", "\r\n\t"] {
        let error = build(blank).unwrap_err();
        assert!(error.is_misuse() && error.to_string().starts_with("no credentials"), "{error}");
    }
    for inside in ["\n", "\r\nx-evil: 1", "\0", "\t", " ", "\u{7f}", "é", "\u{200b}"] {
        let error = build(&format!("SECRET{inside}SECRET")).unwrap_err();
        assert!(error.is_misuse() && !format!("{error} {error:?}").contains("SECRET"), "{error}");
    }
    build(" sk-ant_1.2~+/= \n").unwrap();
}

#[tokio::test]
async fn the_last_setting_of_credentials_counts() {
    let server = Server::start([ok()]);
    server.client().no_credentials().build().unwrap().send("Hi").await.unwrap();
    assert_eq!(server.header("authorization"), None);
    let server = Server::start([ok()]);
    server.client().no_credentials().auth_token("t").build().unwrap().send("Hi").await.unwrap();
    assert_eq!(server.header("authorization").as_deref(), Some("Bearer t"));
    assert_eq!(server.header("accept-encoding").as_deref(), Some("identity"));
}

// ---- addresses

#[tokio::test]
async fn a_base_url_is_understood_in_every_form() {
    let server = Server::start([ok()]);
    for (form, path) in [
        ("", "/v1/messages"),
        ("/", "/v1/messages"),
        ("/v1", "/v1/messages"),
        ("/v1/", "/v1/messages"),
        ("/v1/messages", "/v1/messages"),
        ("/api/anthropic", "/api/anthropic/v1/messages"),
        ("/api/anthropic/v1/messages/ \r\n", "/api/anthropic/v1/messages"),
    ] {
        let client = Client::builder(MODEL).api_key("k").base_url(format!(" {}{form}", server.url)).build().unwrap();
        client.send("Hi").await.unwrap();
        assert!(server.requests().last().unwrap().starts_with(&format!("POST {path} HTTP")), "{form:?}");
    }
    let sent = server.requests().len();
    let with_user = server.url.replace("//", "//USER:SECRET@");
    for form in ["?api-version=SECRET", "/v1?x", "/?", "#SECRET", "/v1#"] {
        let base = format!("{with_user}{form}");
        let error = Client::builder(MODEL).api_key("k").base_url(base).build().unwrap_err();
        assert!(error.is_misuse(), "{form:?}: {error}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(&server.url) && !text.contains("SECRET") && !text.contains("USER"), "{text}");
    }
    assert_eq!(server.requests().len(), sent);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_base_url_shows_its_user(
        scheme in "(https?://|ftp://|HTTPS:/|)", user in "[ -~é]{0,9}", more in "[ -~é\\n]{0,9}",
        host in "(localhost|example.com|\\[::1\\]|ho st|h:99999|)", tail in "[/?#a-z]{0,9}",
    ) {
        let base = format!("{scheme}{user}:SECRET{more}@{host}{tail}");
        if let Err(error) = Client::builder(MODEL).api_key("k").base_url(&base).build() {
            prop_assert!(error.is_misuse());
            prop_assert!(!format!("{error} {error:?}").contains("SECRET"), "{base}: {error:?}");
        }
    }
}

#[test]
fn http_to_another_machine_must_be_allowed() {
    for (base, is_fine) in [
        ("http://localhost:8080", true),
        ("http://127.0.0.1", true),
        ("http://127.8.0.1:1", true),
        ("http://[::1]:8080/v1", true),
        ("https://example.com", true),
        ("http://example.com", false),
        ("http://10.0.0.1:8080", false),
        ("http://localhost.example.com", false),
        ("http://localhost@example.com", false),
        ("http://[2001:db8::1]", false),
    ] {
        let builder = || Client::builder(MODEL).api_key("k").base_url(base);
        match builder().build() {
            Ok(_) => assert!(is_fine, "{base}"),
            Err(error) => {
                let names = error.to_string().contains("allow_insecure_http");
                assert!(error.is_misuse() && names && !is_fine, "{base}: {error}");
                builder().no_credentials().build().unwrap_err();
            }
        }
        builder().allow_insecure_http().build().unwrap();
    }
    let refused = ask(&[KEY, ("ANTHROPIC_BASE_URL", "http://example.com")], &[]);
    assert!(refused.contains("allow_insecure_http"), "{refused}");
}

#[test]
fn a_proxy_is_not_used_for_this_machine_and_does_not_see_the_user_info() {
    let (proxy, server) = (Server::start([ok()]), Server::start([ok()]));
    let proxies = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, proxy.url.as_str()));
    let localhost = server.url.replace("127.0.0.1", "localhost");
    for base in [&server.url, &localhost] {
        assert_eq!(ask(&proxies, &[("base", base), ("key", "k")]).trim(), "done");
    }
    assert_eq!((proxy.requests().len(), server.requests().len()), (0, 2));

    let elsewhere = [("base", "http://user:SECRET@claude.invalid"), ("key", "k"), ("insecure", "")];
    assert_eq!(ask(&proxies, &elsewhere).trim(), "done", "other machines are reached through the proxy");
    let request = &proxy.requests()[0];
    assert!(request.starts_with("POST http://claude.invalid/v1/messages "), "{request}");
    assert!(!request.contains("SECRET") && !request.contains("user:"), "{request}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_does_not_show_the_user_info() {
    let elsewhere = Server::start([ok()]);
    let location = elsewhere.url.replace("//", "//USER:SECRET@") + "/v1/messages?token=SECRET";
    let server = Server::start([answer(307, &format!("location: {location}\r\n"), "")]);
    let error = server.client().build().unwrap().send("Hi").await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains(&elsewhere.url), "{error}");
    assert!(!format!("{error:?}").contains("SECRET") && !format!("{error:?}").contains("USER"), "{error:?}");
    assert!(elsewhere.requests().is_empty());
}

// ---- certificates

#[test]
fn without_certificates_http_works_and_https_says_what_to_do() {
    let hidden = [("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")];
    let server = Server::start([ok()]);
    assert_eq!(ask(&hidden, &[("base", &server.url), ("key", "k")]).trim(), "done");
    let insecure = [("base", "http://example.com"), ("key", "k"), ("insecure", ""), ("only_build", "")];
    assert_eq!(ask(&hidden, &insecure).trim(), "built");
    // Systems that do not keep certificates in files always have some.
    if cfg!(target_os = "linux") {
        for code in [&[("key", "k")][..], &[("key", "k"), ("layer", "")]] {
            let refused = ask(&hidden, code);
            for words in ["refused", "certificates", "ca-certificates", "SSL_CERT_FILE", "http_client"] {
                assert!(refused.contains(words), "{words}: {refused}");
            }
        }
    }
}

/// The certificate of an authority that exists only in this test. Its private key was not kept.
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBiDCCAS+gAwIBAgIUagIBhTsfMQOpOFEmjHzx1AXU6fwwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOY2xhdWRldHRlIHRlc3QwIBcNMjYxMTI4MTEwNzQyWhgPMjEy
NjExMDQxMTA3NDJaMBkxFzAVBgNVBAMMDmNsYXVkZXR0ZSB0ZXN0MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAElvaLDuw76lh6FIMsPOCEbQD0pvBGi/4K3Sng3tbB
ta9ZpsgQwmbQjQKSdQp8J9j8Er4evHjT2mzNU7/eECbpPKNTMFEwHQYDVR0OBBYE
FP0wcn1AglLUqQUw77IyaVz/psaQMB8GA1UdIwQYMBaAFP0wcn1AglLUqQUw77Iy
aVz/psaQMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgW3GQMJoM
ZjmTfZ0oD57NJC/IooRNy1AjpzYGY3+h3iwCICB5qY7haZwaXbv9COXOSly7dvMq
nW6CHXND3HNQ3+yk
-----END CERTIFICATE-----
";

#[test]
fn certificates_are_read_from_the_paths_in_the_environment() {
    let folder = std::env::temp_dir().join(format!("claudette-certificates-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("authority.pem");
    std::fs::write(&file, CERTIFICATE).unwrap();
    let (file, folder) = (file.to_str().unwrap(), folder.to_str().unwrap());
    let built = |environment: &[(&str, &str)]| ask(environment, &[("key", "k"), ("only_build", "")]);
    assert_eq!(built(&[("SSL_CERT_FILE", file)]).trim(), "built");
    assert_eq!(built(&[("SSL_CERT_DIR", folder)]).trim(), "built");
    assert_eq!(built(&[("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", folder)]).trim(), "built");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_root_certificate_replaces_missing_system_certificates() {
    let hidden = [("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")];
    let base = ("base", "https://127.0.0.1:1");
    let asked = ask(&hidden, &[base, ("key", "k"), ("root", CERTIFICATE)]);
    assert!(asked.starts_with("failed: ") && asked.contains("could not be reached"), "{asked}");
    if cfg!(target_os = "linux") {
        let asked = ask(&hidden, &[base, ("key", "k"), ("root", "")]);
        assert!(asked.starts_with("failed: ") && asked.contains("ca-certificates"), "{asked}");
    }
}

#[test]
fn a_program_may_install_its_crypto_provider_after_building_a_client() {
    // The provider is global, so the test runs itself again in a process of its own.
    if std::env::var_os("CLAUDETTE_TEST_CRYPTOGRAPHY").is_none() {
        let name = "a_program_may_install_its_crypto_provider_after_building_a_client";
        let output = run_alone(module_path!(), name).env("CLAUDETTE_TEST_CRYPTOGRAPHY", "1").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    Client::builder(MODEL).api_key("k").build().unwrap();
    Client::builder(MODEL).api_key("k").base_url("http://127.0.0.1:9").build().unwrap();
    rustls::crypto::ring::default_provider().install_default().expect("no client has installed a provider");
    Client::builder(MODEL).api_key("k").build().unwrap();
}

// ---- errors in all kinds of responses

/// Returns the properties of an error.
fn learned(error: &Error) -> (Option<&str>, Option<&str>, bool, bool, Option<Duration>) {
    let (kind, id) = (error.error_type(), error.request_id());
    (kind, id, error.is_overloaded(), error.is_invalid_request(), error.retry_after())
}

#[tokio::test]
async fn an_error_is_recognised_in_every_kind_of_response() {
    let overloaded =
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Too many"},"request_id":"req_1"}"#;
    let bare = r#"{"error":{"type":"overloaded_error","message":"Too many"},"request_id":"req_1"}"#;
    let list = format!("[{bare}]");
    let event = format!("event: error\ndata: {overloaded}\n\n");
    for (status, media, body) in [
        (529, "application/json", overloaded),
        (529, "text/html", overloaded),
        (529, "text/event-stream", event.as_str()),
        (500, "application/json", bare),
        (400, "application/json", &list),
        (200, "application/json", overloaded),
        (200, "application/json", bare),
        (200, "application/json", &list),
        (200, "text/event-stream", overloaded),
        (200, "Text/Event-Stream; charset=utf-8", &list),
        (200, "text/plain", bare),
        (200, "text/event-stream", &event),
        (200, "application/json", &event),
        (200, "", overloaded),
    ] {
        let headers = format!("content-type: {media}\r\nretry-after-ms: 1\r\n");
        let failing = || Server::start([answer(status, &headers, body), ok()]);
        for asks in ["plain", "stream", "count", "models"] {
            // The error is reported with its own type and message.
            let server = failing();
            let error = send(&server.client().max_retries(0).build().unwrap(), asks).await.unwrap_err();
            let expected = (Some("overloaded_error"), Some("req_1"), true, false, Some(Duration::from_millis(1)));
            assert_eq!(learned(&error), expected, "{status} {media} {asks}: {error}");
            assert_eq!((error.status(), error.message()), (Some(status), Some("Too many")), "{media} {asks}: {error}");
            assert!(error.to_string().contains("overloaded_error: Too many"), "{error}");
            // The request is retried.
            let server = failing();
            if ["plain", "stream"].contains(&asks) {
                let text = send(&server.client().build().unwrap(), asks).await.unwrap();
                assert_eq!((text.as_str(), server.requests().len()), ("done", 2), "{status} {media} {asks}");
            }
        }
    }
}

/// Sends one kind of request, and returns the text of the response.
async fn send(client: &Client, asks: &str) -> Result<String, Error> {
    Ok(match asks {
        "plain" => client.send("Hi").await?.text(),
        "stream" => client.send("Hi").stream().finish().await?.text(),
        "count" => client.count_tokens("Hi").await?.to_string(),
        _ => client.models().await?.len().to_string(),
    })
}

#[tokio::test]
async fn a_permanent_error_is_not_retried_in_any_kind_of_response() {
    let invalid = r#"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: too large"}}"#;
    for (status, media) in [(400, "application/json"), (200, "application/json"), (200, "text/event-stream")] {
        for asks in ["plain", "stream"] {
            let server = Server::start([answer(status, &format!("content-type: {media}\r\n"), invalid)]);
            let error = send(&server.client().build().unwrap(), asks).await.unwrap_err();
            assert!(error.is_invalid_request() && error.to_string().contains("too large"), "{error}");
            assert_eq!(server.requests().len(), 1, "{status} {media} {asks}");
        }
    }
}

#[tokio::test]
async fn errors_of_other_servers_are_judged_by_their_content() {
    type Predicate = fn(&Error) -> bool;
    let google = r#"[{"error":{"code":429,"message":"Quota used up","status":"RESOURCE_EXHAUSTED"}}]"#;
    let engine = r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;
    let too_long = r#"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error"}}"#;
    let other = r#"{"error":{"message":"Slow down","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#;
    for (statuses, body, kind, message, is, passes) in [
        ([429, 200], google, "RESOURCE_EXHAUSTED", "Quota used up", Error::is_rate_limited as Predicate, true),
        ([503, 200], engine, "unavailable_error", "Loading model", Error::is_server_error, true),
        ([400, 200], too_long, "exceed_context_size_error", "too long", Error::is_invalid_request, false),
        ([429, 429], other, "tokens", "Slow down", Error::is_rate_limited, true),
        // The type of the error takes precedence over the status of a gateway.
        (
            [400, 502],
            r#"{"error":{"type":"overloaded_error","message":"no"}}"#,
            "overloaded_error",
            "no",
            Error::is_overloaded,
            true,
        ),
    ] {
        for status in statuses {
            let server = Server::start([answer(status, "retry-after-ms: 1\r\n", body)]);
            let error = server.client().max_retries(1).build().unwrap().send("Hi").await.unwrap_err();
            assert!(is(&error), "{status} {body}: {error}");
            assert_eq!((error.error_type(), error.message()), (Some(kind), Some(message)), "{status}");
            assert_eq!(server.requests().len(), if passes { 2 } else { 1 }, "{status} {body}");
        }
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_read_hides_neither_status_nor_headers() {
    let gzip = b"\x1f\x8b\x08 no matter what".as_slice();
    let headers = "retry-after-ms: 1\r\nx-request-id: req_2\r\n";
    for coding in ["gzip", "GZIP", "br", "zstd", "identity, gzip"] {
        for status in [429, 200] {
            let coded = answer(status, &format!("{headers}content-encoding: {coding}\r\n"), gzip);
            let server = Server::start([coded.clone()]);
            let error = server.client().max_retries(0).build().unwrap().send("Hi").await.unwrap_err();
            assert_eq!((error.status(), error.request_id()), (Some(status), Some("req_2")), "{coding}: {error}");
            assert_eq!(error.retry_after(), Some(Duration::from_millis(1)));
            assert_eq!(error.is_rate_limited(), status == 429);
            assert!(error.to_string().contains(coding) && error.to_string().contains("identity"), "{error}");
            // Only the status decides whether the error is temporary.
            let server = Server::start([coded, ok()]);
            assert_eq!(server.client().build().unwrap().send("Hi").await.is_ok(), status == 429, "{coding}");
        }
    }
    // All of these mean that the body is not compressed.
    for coding in ["identity", "Identity", "identity, ", ""] {
        let server = Server::start([answer(200, &format!("content-encoding: {coding}\r\n"), DONE)]);
        assert_eq!(server.client().build().unwrap().send("Hi").await.unwrap().text(), "done", "{coding:?}");
    }
    let page = "<html><title>502 Bad Gateway</title></html>";
    for status in [502, 200] {
        for asks in ["plain", "stream"] {
            for media in ["text/html", "application/json", "text/event-stream"] {
                let server = Server::start([answer(status, &format!("{headers}content-type: {media}\r\n"), page)]);
                let error = send(&server.client().max_retries(0).build().unwrap(), asks).await.unwrap_err();
                let known = (error.status(), error.message(), error.request_id());
                assert_eq!(known, (Some(status), Some(page), Some("req_2")), "{media} {asks}: {error}");
            }
        }
    }
    // Half a body is better than none.
    let server = Server::start([b"HTTP/1.1 529 Status\r\ncontent-length: 99\r\n\r\nhalf".to_vec()]);
    let error = server.client().max_retries(0).build().unwrap().send("Hi").await.unwrap_err();
    assert_eq!((error.is_overloaded(), error.message()), (true, Some("half")), "{error}");
}

#[tokio::test]
async fn the_request_id_is_found_in_headers_and_bodies() {
    for header in ["request-id", "x-request-id", "X-Amzn-RequestId", "apim-request-id"] {
        let server =
            Server::start([answer(400, &format!("{header}: req_header\r\n"), r#"{"error":{"message":"no"}}"#)]);
        let error = server.client().build().unwrap().send("Hi").await.unwrap_err();
        assert_eq!(error.request_id(), Some("req_header"), "{header}");
        assert!(error.to_string().contains("req_header"), "{error}");
        // The status of the response may be a success.
        let server = Server::start([answer(200, &format!("{header}: req_header\r\n"), "[]")]);
        let error = server.client().build().unwrap().send("Hi").await.unwrap_err();
        assert_eq!(error.request_id(), Some("req_header"), "{header}");
    }
    let both = answer(400, "x-request-id: proxy\r\nrequest-id: api\r\n", r#"{"error":{},"request_id":"body"}"#);
    let error = Server::start([both]).client().build().unwrap().send("Hi").await.unwrap_err();
    assert_eq!(error.request_id(), Some("api"));
}

// ---- all kinds of responses

#[tokio::test]
async fn a_response_is_read_from_every_kind_of_body() {
    let expected: Response = serde_json::from_str(DONE).unwrap();
    for media in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "text/event-stream",
        "TEXT/Event-Stream;x=1",
        "text/plain",
        "",
    ] {
        for body in
            [DONE.to_owned(), format!("\n {DONE}\n"), done_as_events(), format!("\n: comment\n\n{}", done_as_events())]
        {
            for asks in ["plain", "stream"] {
                let server = Server::start([answer(200, &format!("content-type: {media}\r\n"), &body)]);
                let client = server.client().max_retries(0).build().unwrap();
                let response = match asks {
                    "plain" => client.send("Hi").await,
                    _ => client.send("Hi").stream().finish().await,
                };
                let response = response.unwrap_or_else(|error| panic!("{media:?} {asks} {body}: {error}"));
                assert_eq!(response.content(), expected.content(), "{media:?} {asks} {body}");
                assert_eq!(client.usage().input_tokens(), 7, "counted once: {media:?} {asks} {body}");
            }
        }
    }
}

#[tokio::test]
async fn a_truncated_stream_of_events_is_not_a_response() {
    let cut = done_as_events().replace("event: message_stop", "event: ping");
    let cut = cut.replace(r#"{"type":"message_stop"}"#, r#"{"type":"ping"}"#);
    let server = Server::start([answer(200, "content-type: text/event-stream\r\n", cut)]);
    let error = server.client().max_retries(0).build().unwrap().send("Hi").await.unwrap_err();
    assert!(error.is_truncated(), "{error}");
    assert_eq!(error.partial().unwrap().text(), "done");
}

// ---- time

async fn at_once<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), future).await.expect("the future is ready at once")
}

#[tokio::test]
async fn a_wait_that_is_too_long_fails_at_once() {
    let limited = r#"{"type":"error","error":{"type":"rate_limit_error","message":"weekly limit"}}"#;
    let failing = |wait: &str| Server::start([answer(429, &format!("retry-after: {wait}\r\n"), limited)]);
    for (wait, seconds) in [("61", 61), ("3600", 3_600), ("604800", 604_800)] {
        for retry in ["", "x-should-retry: true\r\n"] {
            let server = failing(format!("{wait}\r\n{retry}").trim_end());
            let request = server.client().max_retries(9).build().unwrap().send("Hi").into_future();
            let error = at_once(request).await.unwrap_err();
            assert_eq!(server.requests().len(), 1);
            assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
            assert!(error.to_string().contains(&format!("{seconds}s")), "{error}");
        }
    }
    // The same applies to a wait that exceeds the caller's deadline.
    let request = failing("30").client().build().unwrap().send("Hi").total_timeout(Duration::from_secs(20));
    let error = at_once(request.into_future()).await.unwrap_err();
    assert!(error.is_rate_limited() && error.to_string().contains("30s"), "{error}");

    let mut chat = Chat::new(failing("3600").client().build().unwrap()).unwrap();
    let mut events = chat.toolloop("Hi").stream();
    match at_once(events.next()).await {
        Some(Err(error)) => assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600))),
        Some(Ok(Event::Retry(retry))) => panic!("must not wait {:?}", retry.wait()),
        other => panic!("{other:?}"),
    }
    let error = at_once(failing("1e300").client().build().unwrap().send("Hi").into_future()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::MAX));
}

#[tokio::test]
async fn every_duration_can_be_set() {
    let server = Server::start([ok()]);
    let for_ever = server.client().timeout(Duration::MAX).idle_timeout(Duration::MAX).build().unwrap();
    let request = || for_ever.send("Hi").timeout(Duration::MAX).total_timeout(Duration::MAX);
    assert_eq!(request().await.unwrap().text(), "done");
    assert_eq!(request().stream().finish().await.unwrap().text(), "done");
    // A stream with pauses.
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("one two").chunked(2).delay(Duration::from_millis(20)));
    let client = Client::builder(MODEL).api_key("k").base_url(claude.url()).idle_timeout(Duration::MAX);
    let stream = client.build().unwrap().send("Hi").stream();
    assert_eq!(stream.finish().await.unwrap().text(), "one two");

    // With a timeout of zero, nothing is sent.
    let server = Server::start([ok()]);
    let client = server.client().max_retries(0).build().unwrap();
    for request in [client.send("Hi").timeout(Duration::ZERO), client.send("Hi").total_timeout(Duration::ZERO)] {
        assert!(request.await.unwrap_err().is_timeout());
    }
    let client = server.client().max_retries(0).timeout(Duration::ZERO).build().unwrap();
    assert!(client.send("Hi").await.unwrap_err().is_timeout());
    assert!(server.requests().is_empty());
    let client = Client::builder(MODEL).transport(Hanging(200, "")).max_retries(0).idle_timeout(Duration::ZERO);
    assert!(client.build().unwrap().send("Hi").stream().next().await.unwrap().unwrap_err().is_timeout());
}

/// A transport whose responses begin but never continue.
struct Hanging(u16, &'static str);

impl Transport for Hanging {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
        let body = Body::from_stream(stream::iter([Ok(self.1)]).chain(stream::pending()));
        ready(respond(self.0, "text/event-stream", body))
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_hangs_times_out() {
    let client = |hanging| Client::builder(MODEL).transport(hanging).max_retries(0).build().unwrap();
    let begun = tokio::time::Instant::now();
    // The error contains the status, although its body never arrives.
    let error = client(Hanging(529, "half")).send("Hi").await.unwrap_err();
    assert_eq!((error.is_overloaded(), error.message()), (true, Some("half")), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    for start in ["", "\n", "\n\n"] {
        let error = client(Hanging(200, start)).send("Hi").stream().next().await.unwrap().unwrap_err();
        assert!(error.is_timeout(), "{error}");
    }
}

// ---- large amounts

/// A transport that returns another page of models for every request.
struct Endless(fn(usize) -> String, Mutex<usize>);

impl Transport for Endless {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
        let mut asked = self.1.lock().unwrap();
        *asked += 1;
        let page = (self.0)(*asked);
        ready(respond(200, "", page))
    }
}

#[tokio::test]
async fn a_list_of_models_that_does_not_end_is_an_error() {
    for page in [
        (|_| r#"{"data":[{"id":"m"}],"has_more":true}"#.to_owned()) as fn(usize) -> String,
        |_| r#"{"data":[],"has_more":true}"#.to_owned(),
        |asked| format!(r#"{{"data":[{{"id":"m{}"}}],"has_more":true}}"#, asked % 2),
        |asked| format!(r#"{{"data":[{{"id":"m{asked}"}}],"has_more":true}}"#),
    ] {
        let client = Client::builder(MODEL).transport(Endless(page, Mutex::default())).build().unwrap();
        let error = tokio::time::timeout(Duration::from_secs(60), client.models()).await.unwrap().unwrap_err();
        assert!(error.to_string().contains("does not end"), "{error}");
    }
}

/// A transport whose responses arrive in many small pieces.
struct Pieces(usize);

impl Transport for Pieces {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
        let pieces = (0..self.0).map(|_| Ok(vec![b' '; 16])).chain([Ok(DONE.as_bytes().to_vec())]);
        ready(respond(200, "", Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()))))
    }
}

#[tokio::test]
async fn a_body_in_small_pieces_takes_linear_time() {
    // Copying the whole body for each piece would copy 1.3 TB.
    let client = Client::builder(MODEL).transport(Pieces(400_000)).max_retries(0).build().unwrap();
    let begun = Instant::now();
    assert_eq!(client.send("Hi").await.unwrap().text(), "done");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_upload_of_a_dropped_request_stops() {
    const SIZE: usize = 24 << 20;
    for (in_a_chat, times_out, answers_early) in
        [(false, false, false), (true, false, false), (false, true, false), (false, true, true)]
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (given_up, is_given_up) = std::sync::mpsc::channel();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut piece = vec![0; 1 << 16];
            let mut received = stream.read(&mut piece).unwrap();
            if answers_early {
                stream.write_all(b"HTTP/1.1 200 Status\r\ncontent-length: 9\r\n\r\nhal").unwrap();
            }
            // The rest is read after the request was dropped.
            is_given_up.recv().unwrap();
            while let Ok(count @ 1..) = stream.read(&mut piece) {
                received += count;
            }
            received
        });
        let client = Client::builder(MODEL).api_key("k").base_url(url).max_retries(0).build().unwrap();
        let (words, limit) = ("x".repeat(SIZE), Duration::from_millis(300));
        if times_out {
            assert!(client.send(words).timeout(limit).await.unwrap_err().is_timeout());
        } else if in_a_chat {
            let mut chat = Chat::new(client).unwrap();
            tokio::time::timeout(limit, chat.toolloop(words).into_future()).await.unwrap_err();
        } else {
            tokio::time::timeout(limit, client.send(words).into_future()).await.unwrap_err();
        }
        given_up.send(()).unwrap();
        let received = tokio::task::spawn_blocking(|| server.join().unwrap()).await.unwrap();
        // Bytes in the buffers of the operating system are still sent.
        assert!(received < SIZE / 2, "{received} of {SIZE} bytes came, {in_a_chat} {times_out} {answers_early}");
    }
}

// ---- display of errors

#[tokio::test]
async fn an_error_is_shown_with_its_causes_and_what_to_do() {
    let server = Server::start([answer(
        401,
        "",
        r#"{"type":"error","error":{"type":"authentication_error","message":"invalid key"}}"#,
    )]);
    let error = server.client().build().unwrap().send("Hi").await.unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "the API answered 401 authentication_error: invalid key\n\n\
         Help: check the key, which is set by `.api_key(..)` or the environment variable ANTHROPIC_API_KEY"
    );
    assert_eq!(format!("{error:#?}"), format!("{error:?}"));

    let unreachable =
        Client::builder(MODEL).api_key("k").base_url("http://127.0.0.1:9").max_retries(0).build().unwrap();
    let error = unreachable.send("Hi").await.unwrap_err();
    let shown = format!("{error:?}");
    assert!(shown.starts_with(&format!("{error}\n\nCaused by:\n    0: ")), "{shown}");
    let mut cause = error.source();
    while let Some(error) = cause {
        assert!(shown.contains(&error.to_string()), "{error} in {shown}");
        cause = error.source();
    }
    assert!(shown.contains("\n\nHelp: check the network"), "{shown}");

    let misuse = Client::builder(MODEL).api_key("").build().unwrap_err();
    assert_eq!(format!("{misuse:?}"), misuse.to_string(), "the message contains the remedy");
}

#[tokio::test]
async fn an_error_shows_neither_megabytes_nor_control_characters() {
    let nasty = "\u{1b}[2J\r\u{9b}31m\u{202E}".to_owned() + &"x".repeat(1 << 20);
    let escaped = |text: &str| serde_json::to_string(text).unwrap();
    let body = format!(r#"{{"error":{{"type":{0},"message":{0},"code":{0}}},"request_id":{0}}}"#, escaped(&nasty));
    let cut = done_as_events().replace("done", &"y".repeat(1 << 20)).replace("message_stop", "ping");
    for (status, body) in [(400, &body), (200, &body), (400, &nasty), (200, &nasty), (200, &cut)] {
        for asks in ["plain", "stream", "models"] {
            let server = Server::start([answer(status, "content-type: text/event-stream\r\n", body)]);
            let error = send(&server.client().max_retries(0).build().unwrap(), asks).await.unwrap_err();
            for shown in [format!("{error}"), format!("{error:?}"), format!("{error:#?}")] {
                assert!(shown.len() < 20_000, "{asks}: {} bytes", shown.len());
                let raw = shown.chars().find(|char| char.is_control() && *char != '\n' || *char == '\u{202E}');
                assert_eq!(raw, None, "{asks}: {shown:?}");
            }
        }
    }
    let error = Error::other(nasty.clone());
    assert!(format!("{error:?}").len() < 20_000);
}

// ---- cost

#[tokio::test]
async fn the_price_is_that_of_the_model_that_answered_and_unknown_without_one() {
    let claude = MockServer::builder().any_model().start().await.unwrap();
    let usage = json!({"input_tokens": 1_000_000, "output_tokens": 0});
    for model in ["cheap", "dear", "free", "dear"] {
        claude.respond(MockResponse::text("Hi.").usage(usage.clone()).model(model));
    }
    let client = Client::builder("dear").api_key("k").base_url(claude.url());
    let client = client.price("cheap", Price::new(1.0, 1.0)).price("dear", Price::new(50.0, 50.0)).build().unwrap();
    let dollars = |client: &Client| client.cost().map(|cost| cost.total());
    client.send("Hi").await.unwrap();
    assert_eq!(dollars(&client), Some(1.0), "the model that answered, not the requested one");
    client.send("Hi").model("cheap").await.unwrap();
    assert_eq!(dollars(&client), Some(51.0));
    client.send("Hi").model("free").await.unwrap();
    assert_eq!(dollars(&client), None, "the cost of that response is unknown");
    client.send("Hi").await.unwrap();
    assert_eq!(dollars(&client), None, "so the total is unknown");
    assert!(client.cost_report().to_string().contains("unknown"), "{}", client.cost_report());
}
