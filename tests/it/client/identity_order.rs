//! Which identity of the environment a client uses, and where it is sent.

use std::sync::{Arc, Mutex};

use claudette::{BoxFuture, Client, Error, Result, Transport};
use serde_json::{Value, json};

use crate::support::http_response::{HttpRequest, HttpResponse, ready, respond};
use crate::support::identity::{Folder, IdentityServer, ask, set_mode};

/// A transport that keeps the headers of the last request.
#[derive(Clone, Default)]
struct Echo(Arc<Mutex<String>>);

impl Transport for Echo {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        *self.0.lock().unwrap() = format!("{:?}", request.headers().keys().collect::<Vec<_>>());
        ready(respond(200, "", r#"{"content": [{"type": "text", "text": "done"}]}"#))
    }
}

/// A subscriber that keeps all fields of spans and events.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl tracing::field::Visit for Log {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push_str(&format!("{field}={value:?} ").replace('\n', " "));
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

/// The other process. The settings in code are `base`, `profile`, `header`, `beta`, `no_credentials`, `transport`,
/// `insecure`, `requests` (one after the other), `parallel` (at the same time), `max_retries` and `log`.
#[tokio::test]
async fn a_client_with_an_identity() {
    let Ok(code) = std::env::var("CLAUDETTE_TEST_IDENTITY") else { return };
    let code: Value = serde_json::from_str(&code).unwrap();
    let (text, number) = (|name: &str| code[name].as_str(), |name: &str| code[name].as_u64());
    let log = Log::default();
    if code["log"] == true {
        tracing::subscriber::set_global_default(log.clone()).unwrap();
    }
    let most = number("max_retries").unwrap_or(0);
    let mut builder = Client::builder("claude-sonnet-5-5").max_retries(most.try_into().unwrap());
    if let Some(url) = text("base") {
        builder = builder.base_url(url);
    }
    if let Some(name) = text("profile") {
        builder = builder.profile(name);
    }
    if let Some(beta) = text("beta") {
        builder = builder.beta(beta);
    }
    if let Some((name, value)) = text("header").and_then(|header| header.split_once('=')) {
        builder = builder.header(name, value);
    }
    if code["no_credentials"] == true {
        builder = builder.no_credentials();
    }
    if code["insecure"] == true {
        builder = builder.allow_insecure_http();
    }
    let echo = Echo::default();
    if code["transport"] == true {
        builder = builder.transport(echo.clone());
    }
    let shown = |error: Error| format!("{error:?}").replace('\n', " ");
    let outcome = match builder.build() {
        Err(error) => format!("refused ({}): {}", error.is_misuse(), shown(error)),
        Ok(client) => {
            let mut outcomes = Vec::new();
            for _ in 0..number("requests").unwrap_or(1) {
                let parallel = (0..number("parallel").unwrap_or(1)).map(|_| client.send("Hi").into_future());
                outcomes.extend(futures_util::future::join_all(parallel).await);
            }
            let outcomes = outcomes.into_iter().map(|outcome| match outcome {
                Ok(response) => response.text(),
                Err(error) => format!("failed: {}", shown(error)),
            });
            outcomes.collect::<Vec<_>>().join(" ")
        }
    };
    println!("OUTCOME {outcome} {}{}", echo.0.lock().unwrap(), log.0.lock().unwrap());
}

/// The variables of a federation whose identity is in this file.
fn federation(file: &str) -> [(&'static str, &str); 3] {
    [
        ("ANTHROPIC_FEDERATION_RULE_ID", "fdrl_1"),
        ("ANTHROPIC_ORGANIZATION_ID", "org-1"),
        ("ANTHROPIC_IDENTITY_TOKEN_FILE", file),
    ]
}

#[test]
fn the_first_credential_of_the_environment_is_used() {
    let (server, folder) = (IdentityServer::start(), Folder::new());
    for profile in ["work", "active", "default"] {
        folder.fixed(profile, &format!("of-{profile}"));
    }
    folder.write("active_config", " active\n");
    folder.write("jwt", "eyJ.workload\n");
    let (root, jwt) = (folder.text(""), folder.text("jwt"));
    let mut environment = vec![
        ("ANTHROPIC_API_KEY", "the-key"),
        ("ANTHROPIC_AUTH_TOKEN", "the-token"),
        ("ANTHROPIC_PROFILE", "work"),
        ("ANTHROPIC_FEDERATION_RULE_ID", "fdrl_1"),
        ("ANTHROPIC_ORGANIZATION_ID", "org-1"),
        ("ANTHROPIC_IDENTITY_TOKEN_FILE", &jwt),
        ("ANTHROPIC_IDENTITY_TOKEN", "eyJ.variable"),
        ("ANTHROPIC_CONFIG_DIR", &root),
        ("ANTHROPIC_BASE_URL", &server.url),
    ];
    let mut used = |without: &str, code: Value| {
        environment.retain(|(name, _)| *name != without);
        assert_eq!(ask(&environment, &code), "done", "without {without}");
        server.tokens().last().unwrap().clone()
    };
    assert_eq!(used("", json!({"profile": "default"})), "of-default", "a setting in code comes first");
    assert_eq!(used("", json!({})), "the-key");
    assert_eq!(used("ANTHROPIC_API_KEY", json!({})), "the-token");
    assert_eq!(used("ANTHROPIC_AUTH_TOKEN", json!({})), "of-work");
    assert!(server.exchanges().is_empty());
    assert_eq!(used("ANTHROPIC_PROFILE", json!({})), "token-1");
    assert_eq!(server.exchanges()[0].body["assertion"], "eyJ.workload", "the file comes before the variable");
    assert_eq!(used("ANTHROPIC_IDENTITY_TOKEN_FILE", json!({})), "token-2");
    assert_eq!(server.exchanges()[1].body["assertion"], "eyJ.variable");
    assert_eq!(used("ANTHROPIC_ORGANIZATION_ID", json!({})), "of-active", "an incomplete federation does not count");
    std::fs::remove_file(folder.path("active_config")).unwrap();
    assert_eq!(used("", json!({})), "of-default");
    // Empty variables count as missing.
    environment.extend(["API_KEY", "AUTH_TOKEN", "PROFILE"].map(|name| match name {
        "API_KEY" => ("ANTHROPIC_API_KEY", ""),
        "AUTH_TOKEN" => ("ANTHROPIC_AUTH_TOKEN", " "),
        _ => ("ANTHROPIC_PROFILE", "\t"),
    }));
    assert_eq!(ask(&environment, &json!({})), "done");
    assert_eq!(server.tokens().last().unwrap(), "of-default");
    assert_eq!(server.exchanges().len(), 2);
}

#[test]
fn errors_of_a_profile_are_reported_if_it_was_chosen() {
    let (server, folder) = (IdentityServer::start(), Folder::new());
    let (root, home) = (folder.text(".config/anthropic"), folder.text(""));
    let base = ("ANTHROPIC_BASE_URL", server.url.as_str());
    let (config, home) = (("ANTHROPIC_CONFIG_DIR", root.as_str()), ("HOME", home.as_str()));

    // A profile that the user chose does not exist.
    for (environment, words) in [
        (&[base, home, ("ANTHROPIC_PROFILE", "work")][..], "work.json does not exist"),
        (&[base, config, ("ANTHROPIC_PROFILE", "work")], "work.json does not exist"),
        (&[base, config], "default.json does not exist"),
        (&[base, home, ("ANTHROPIC_PROFILE", "../work")], "ANTHROPIC_PROFILE"),
    ] {
        let refused = ask(environment, &json!({}));
        assert!(refused.starts_with("refused (true)") && refused.contains(words), "{refused}");
    }
    // There is no profile, which is usual.
    let refused = ask(&[base, home], &json!({}));
    assert!(refused.starts_with("refused (true): no credentials"), "{refused}");

    if cfg!(unix) {
        // The default profile is broken, and was not chosen. The file in the home directory is found.
        folder.fixed(".config/anthropic/x", "unused");
        let default = folder.write(".config/anthropic/configs/default.json", "{");
        let refused = ask(&[base, home], &json!({}));
        assert!(refused.starts_with("refused (true): no credentials"), "{refused}");
        assert!(refused.contains("default.json") && refused.contains("not valid JSON"), "{refused}");
        // Chosen by the folder, by the pointer or by name, its error is reported.
        folder.write(".config/anthropic/active_config", "default");
        let pointed = ask(&[base, home], &json!({}));
        std::fs::remove_file(folder.path(".config/anthropic/active_config")).unwrap();
        for refused in [
            pointed,
            ask(&[base, config], &json!({})),
            ask(&[base, home], &json!({"profile": "default"})),
            ask(&[base, home, ("ANTHROPIC_PROFILE", "default")], &json!({})),
        ] {
            assert!(refused.starts_with("refused (true): the profile"), "{refused}");
            assert!(refused.contains("default.json is not valid JSON (line 1"), "{refused}");
        }
        std::fs::write(&default, r#"{"authentication": {"type": "user_oauth"}}"#).unwrap();
        folder.write(".config/anthropic/credentials/default.json", r#"{"access_token": "of-home"}"#);
        assert_eq!(ask(&[base, home], &json!({})), "done");
        assert_eq!(server.tokens(), ["of-home"]);
        set_mode(&default, 0o666);
        assert!(ask(&[base, home], &json!({})).starts_with("refused (true): no credentials"));
    }
}

#[test]
fn the_identity_of_the_environment_is_sent_to_its_own_address_only() {
    let (server, other, folder) = (IdentityServer::start(), IdentityServer::start(), Folder::new());
    folder.fixed("default", "of-default");
    folder.write("jwt", "eyJ.workload");
    let (root, jwt) = (folder.text(""), folder.text("jwt"));
    let base = ("ANTHROPIC_BASE_URL", server.url.as_str());
    let profile = vec![base, ("ANTHROPIC_CONFIG_DIR", &root)];
    let federation = [&[base][..], &federation(&jwt)].concat();
    for environment in [&profile, &federation] {
        let refused = ask(environment, &json!({"base": other.url}));
        assert!(refused.starts_with("refused (true): no credentials") && refused.contains(&other.url), "{refused}");
        assert_eq!(ask(environment, &json!({"base": other.url, "no_credentials": true})), "done");
        assert_eq!(ask(environment, &json!({"base": other.url, "header": "x-api-key=own"})), "done");
        let handed = ask(environment, &json!({"transport": true}));
        assert!(handed.starts_with("done ") && !handed.contains("authorization"), "{handed}");
    }
    assert_eq!(other.tokens(), ["none"; 4]);
    assert!(other.exchanges().is_empty() && server.exchanges().is_empty() && server.requests().is_empty());
    // The same address in code is the environment's own. A credential in a header replaces the identity.
    assert_eq!(ask(&federation, &json!({"base": server.url})), "done");
    assert_eq!(ask(&federation, &json!({"header": "authorization=Bearer own"})), "done");
    assert_eq!((server.tokens(), server.exchanges().len()), (vec!["token-1".to_owned(), "own".to_owned()], 1));
}

#[test]
fn the_address_of_a_profile_is_used_unless_another_one_is_set() {
    let (server, other, folder) = (IdentityServer::start(), IdentityServer::start(), Folder::new());
    folder.fixed("default", "of-default");
    folder.config(
        "default",
        &json!({"base_url": format!("{}/v1", server.url), "authentication": {"type": "user_oauth"}}),
    );
    let root = folder.text("");
    let config = ("ANTHROPIC_CONFIG_DIR", root.as_str());
    let secret = ("ANTHROPIC_CUSTOM_HEADERS", "x-private: environment");
    assert_eq!(ask(&[config, secret], &json!({})), "done");
    assert_eq!(server.requests()[0].header("x-private"), Some("environment"), "it is the environment's address");
    // A profile in code does not make its address the environment's.
    assert_eq!(ask(&[config, secret], &json!({"profile": "default"})), "done");
    assert_eq!(server.requests()[1].header("x-private"), None);
    assert_eq!(server.tokens(), ["of-default"; 2]);

    let base = ("ANTHROPIC_BASE_URL", other.url.as_str());
    for code in [json!({}), json!({"profile": "default"}), json!({"profile": "default", "base": other.url})] {
        assert_eq!(ask(&[config, base], &code), "done", "{code}");
    }
    assert_eq!(ask(&[config], &json!({"profile": "default", "base": other.url})), "done");
    assert_eq!((server.requests().len(), other.tokens()), (2, vec!["of-default".to_owned(); 4]));
    // The environment's profile belongs to its own address.
    let refused = ask(&[config], &json!({"base": other.url}));
    assert!(refused.starts_with("refused (true): no credentials"), "{refused}");

    folder.config("default", &json!({"base_url": "http://api.example.com", "authentication": {"type": "user_oauth"}}));
    let refused = ask(&[config], &json!({"insecure": true}));
    assert!(refused.contains("base_url") && refused.contains("use https"), "{refused}");
}
