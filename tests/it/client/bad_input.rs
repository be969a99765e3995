//! Invalid input is an error with a remedy before anything is sent. A refusal of the API is returned as its error.

use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, Message, tool, tools};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::support::process::run_alone;

/// Runs one of these tests again in a new process, whose environment contains these variables and no other credentials.
fn run_with(test: &str, variables: &[(&str, &str)]) {
    let mut again = run_alone(module_path!(), test);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ANTHROPIC_") {
            again.env_remove(name);
        }
    }
    // The profiles of the user who runs the tests are not used.
    again.env("HOME", "/nonexistent").env("APPDATA", "/nonexistent");
    let output = again.envs(variables.iter().copied()).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{variables:?}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_nothing_is_sent() {
    const EXPECTED: &str = "CLAUDETTE_TEST_EXPECTED";
    // The second process: either there is an error, or the request arrives.
    if let Ok(expected) = std::env::var(EXPECTED) {
        let clients = [Client::new("claude-sonnet-5-5"), Client::builder("claude-sonnet-5-5").build()];
        let chats = [Chat::new("claude-sonnet-5-5"), Chat::builder("claude-sonnet-5-5").build()];
        for result in clients.map(|client| client.map(drop)).into_iter().chain(chats.map(|chat| chat.map(drop))) {
            match result {
                Ok(()) => assert_eq!(expected, "sent"),
                Err(error) => {
                    assert!(error.is_misuse());
                    assert!(error.to_string().contains("ANTHROPIC_API_KEY"), "{error}");
                    assert_eq!(expected, "error", "{error}");
                }
            }
        }
        if expected == "sent" {
            Client::new("claude-sonnet-5-5").unwrap().send("Hello").await.unwrap();
        }
        return;
    }
    let claude = MockServer::builder().api_key("k").auto_reply(true).start().await.unwrap();
    let url = claude.url().to_owned();
    let (key, token, url) = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", ("ANTHROPIC_BASE_URL", url.as_str()));
    tokio::task::block_in_place(|| {
        for variables in [&[][..], &[(key, "")], &[(key, " \t")], &[(key, ""), (token, "  ")]] {
            let variables = [variables, &[url, (EXPECTED, "error")]].concat();
            run_with("without_a_key_nothing_is_sent", &variables);
        }
        assert!(claude.requests().is_empty());
        // With a key the request arrives, so the missing key was the reason.
        run_with("without_a_key_nothing_is_sent", &[(key, "k"), url, (EXPECTED, "sent")]);
    });
    assert_eq!(claude.requests().len(), 1);
}

#[tokio::test]
async fn an_unknown_model_is_the_apis_404() {
    let claude = MockServer::start().await.unwrap();
    let error = claude.client("claude-nonsense-9").send("Hello").await.unwrap_err();
    assert_eq!(error.status(), Some(404));
    assert_eq!(error.error_type(), Some("not_found_error"));
    assert!(error.request_id().unwrap().starts_with("req_"));
    assert!(error.to_string().contains("claude-nonsense-9"), "{error}");
}

/// Returns the bytes that a request to this base URL sends, and its error. The server does not answer.
async fn sent_to(base_url: impl Fn(u16) -> String, key: Option<&str>) -> (String, claudette::Error) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = base_url(listener.local_addr().unwrap().port());
    let builder = Client::builder("claude-sonnet-5-5").base_url(&url).max_retries(0);
    let builder = match key {
        Some(key) => builder.api_key(key),
        None => builder.no_credentials(),
    };
    let client = builder.build().unwrap();
    let accept = async {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut sent = vec![0; 64 << 10];
        let count = connection.read(&mut sent).await.unwrap();
        String::from_utf8_lossy(&sent[..count]).into_owned()
    };
    // The connection is closed without a response, so the error comes from the network.
    let (answer, sent) = tokio::join!(client.send("Hello").into_future(), accept);
    (sent, answer.unwrap_err())
}

#[tokio::test]
async fn a_user_in_the_base_url_is_neither_sent_nor_shown() {
    let url = |port| format!("http://username:hush@127.0.0.1:{port}");
    // Without other credentials, HTTP clients turn the user info into `Basic` credentials.
    let (without_key, _) = sent_to(url, None).await;
    let (with_key, error) = sent_to(url, Some("k")).await;
    assert!(!without_key.to_lowercase().contains("authorization"), "{without_key}");
    assert!(with_key.to_lowercase().contains("authorization: bearer k\r\n"), "{with_key}");
    for sent in [without_key, with_key] {
        assert!(sent.starts_with("POST /v1/messages HTTP/1.1\r\n"), "{sent}");
        assert!(!sent.contains("hush") && !sent.contains("username"), "{sent}");
    }

    let mut shown = vec![format!("{error} {error:?} {error:#?}")];
    let mut cause = std::error::Error::source(&error);
    assert!(cause.is_some(), "the network error is the source");
    while let Some(error) = cause {
        shown.push(format!("{error} {error:?}"));
        cause = error.source();
    }

    // Errors that contain the address do not contain the user info.
    for address in ["http://username:hush@127.0.0.1:1", "http://username:hush@claude.invalid"] {
        let error = Client::builder("claude-sonnet-5-5").base_url(address).build().unwrap_err();
        assert!(error.to_string().contains(address.split('@').next_back().unwrap()), "{error}");
        shown.push(format!("{error} {error:?}"));
    }

    // The client does not show it either, and requests for lists use the same address.
    let claude = MockServer::auto_reply().await.unwrap();
    let url = claude.url().replace("http://", "http://username:hush@");
    let builder = Client::builder("claude-sonnet-5-5").api_key("k").base_url(&url);
    let builder_shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    client.send("Hello").await.unwrap();
    client.models().await.unwrap();
    assert_eq!(claude.requests().len(), 2);
    shown.push(format!("{builder_shown} {client:?} {:?}", claude.requests()));
    let shown = shown.join("\n");
    assert!(!shown.contains("hush") && !shown.contains("username"), "{shown}");
}

#[tokio::test]
async fn an_empty_prompt_is_misuse() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let mut chat = Chat::new(&client).unwrap();
    for prompt in ["", " \n\t"] {
        assert!(chat.send(prompt).await.unwrap_err().is_misuse());
        assert!(chat.toolloop(prompt).await.unwrap_err().is_misuse());
        assert!(client.send(prompt).await.unwrap_err().is_misuse());
    }
    let error = chat.send(Message::assistant("I am the model.")).await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("assistant"), "{error}");
    assert!(chat.send(Vec::<Message>::new()).await.unwrap_err().is_misuse());
    assert!(chat.resume().await.unwrap_err().is_misuse());
    assert!(chat.history().is_empty());
    assert!(claude.requests().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn the_error_page_of_a_proxy_is_kept_as_text() {
    let page = "<html><body>502 Bad Gateway</body></html>";
    let claude = MockServer::start().await.unwrap();
    let client =
        Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).max_retries(0).build().unwrap();
    claude.respond(MockResponse::raw(502, "text/html", page));
    claude.respond(MockResponse::raw(200, "text/html", page));
    claude.respond(MockResponse::raw(200, "text/html", page));

    let error = client.send("Hello").await.unwrap_err();
    assert_eq!((error.status(), error.message()), (Some(502), Some(page)));
    let error = client.send("Hello").await.unwrap_err();
    assert_eq!(error.message(), Some(page));
    let error = client.send("Hello").stream().finish().await.unwrap_err();
    assert_eq!(error.message(), Some(page));
    claude.assert_finished();
}

#[tokio::test]
async fn a_truncated_stream_is_an_error_with_the_partial_response() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("one two three").chunked(3).cut_after(4));
    let mut stream = claude.client("claude-sonnet-5-5").send("Count.").stream();
    let error = loop {
        match stream.next_text().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a truncated stream must not end without an error"),
            Err(error) => break error,
        }
    };
    assert!(error.is_truncated(), "{error}");
    assert!("one two three".starts_with(&error.partial().unwrap().text()));
    assert!(error.request_id().is_some());
    assert!(stream.next_text().await.unwrap().is_none(), "an error is the last item");
    assert!(stream.finish().await.unwrap_err().is_truncated(), "a partial response is not returned");
}

mod other {
    /// Adds in another way.
    #[claudette::tool(name = "sums")]
    pub(crate) fn plus(
        /// A number
        a: i64,
    ) -> i64 {
        a
    }
}

/// Adds.
#[tool]
fn sums(
    /// A number
    a: i64,
) -> i64 {
    a
}

#[tokio::test]
async fn two_tools_with_the_same_name_are_refused() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let error = Chat::builder(&client).tools(tools![sums].with(tools![other::plus])).build().unwrap_err();
    assert!(error.is_misuse());
    let text = error.to_string();
    assert!(text.contains("`sums`") && text.contains("bad_input::sums") && text.contains("other::plus"), "{text}");
    let error = client.send("Hello").tools(tools![sums].with(tools![other::plus])).await.unwrap_err();
    assert!(error.is_misuse());
    assert!(claude.requests().is_empty());
}

#[tokio::test]
async fn a_key_is_never_shown() {
    const KEY: &str = "sk-ant-secret";
    let builder =
        Client::builder("claude-sonnet-5-5").api_key(KEY).header("x-other", KEY).base_url("http://127.0.0.1:9");
    assert!(!format!("{builder:?}").contains(KEY));
    let client = builder.max_retries(0).build().unwrap();
    assert!(!format!("{client:?}").contains(KEY));
    let request = client.send("Hello").header("x-third", KEY);
    assert!(!format!("{request:?}").contains(KEY));
    let error = request.await.unwrap_err();
    assert!(error.is_connection());
    assert!(!format!("{error} {error:?}").contains(KEY));
    let error = Client::builder("m").api_key("sk-ant-secret\n\u{1}x").build().unwrap_err();
    assert!(error.is_misuse() && !format!("{error} {error:?}").contains(KEY));
}

#[tokio::test]
async fn a_temporary_failure_is_retried() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after-ms", "1"));
    claude.respond(MockResponse::error(429, "rate_limit_error", "Slow down").header("retry-after", "0.001"));
    claude.respond(MockResponse::text("Hello."));
    let client = claude.client("claude-sonnet-5-5");
    assert_eq!(client.send("Hello").await.unwrap().text(), "Hello.");
    let requests = claude.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.body() == requests[0].body()), "a retry sends the same bytes");

    claude.respond(MockResponse::error(401, "authentication_error", "invalid x-api-key"));
    let error = client.send("Hello").await.unwrap_err();
    assert!(error.is_authentication());
    claude.assert_finished();
}

#[tokio::test]
async fn no_response_in_time_is_an_error() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Late.").delay(Duration::from_secs(600)));
    let client =
        Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).max_retries(0).build().unwrap();
    let error = client.send("Hello").timeout(Duration::from_millis(50)).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

#[tokio::test]
async fn a_request_matches_the_documentation_of_the_api() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("Hello."));
    let client = claude.client("claude-haiku-4-5");
    client
        .send("Hello")
        .system("Be brief.")
        .tools(tools![sums])
        .tool_choice("sums")
        .stop("END")
        .temperature(0.5)
        .extra("metadata", json!({"user_id": "u1"}))
        .beta("one-2026-01-01")
        .beta("two-2026-02-02")
        .await
        .unwrap();
    let request = claude.requests()[0].clone();
    assert_eq!(request.header("anthropic-version"), Some("2023-06-01"), "sampling exists only there");
    assert_eq!(request.header("anthropic-beta"), Some("one-2026-01-01,two-2026-02-02"));
    assert!(request.header("authorization").is_some());
    assert_eq!(
        *request.body(),
        json!({
            "model": "claude-haiku-4-5",
            "max_tokens": 16384,
            "temperature": 0.5,
            "stop_sequences": ["END"],
            "tool_choice": {"type": "tool", "name": "sums"},
            "metadata": {"user_id": "u1"},
            "system": "Be brief.",
            "tools": [{
                "name": "sums",
                "description": "Adds.",
                "input_schema": {
                    "type": "object",
                    "properties": {"a": {"description": "A number", "type": "integer"}},
                    "required": ["a"],
                    "additionalProperties": false,
                },
            }],
            "messages": [{"role": "user", "content": "Hello"}],
        })
    );
}
