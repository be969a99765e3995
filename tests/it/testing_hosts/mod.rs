//! The mock server plays each host of the API. These tests talk HTTP to it, without the client of the library.

mod answers;
mod bodies;
mod credentials;
mod published_signature;
mod routes;
mod signatures;

use claudette::testing::{MockResponse, MockServer, MockServerBuilder};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// A host, and what a valid request to it contains.
struct Host {
    server: MockServer,
    path: &'static str,
    stream_path: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    /// The fields of the body in addition to `max_tokens` and `messages`.
    fields: Value,
    /// The fields that a streamed request adds.
    stream_fields: Value,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

const BEARER: (&str, &str) = ("authorization", "Bearer token");
const VERSION: (&str, &str) = ("anthropic-version", "2026-10-21");

impl Host {
    async fn bedrock(builder: MockServerBuilder) -> Self {
        Self {
            server: builder.bedrock().start().await.unwrap(),
            path: "/model/us.anthropic.claude-haiku-4-5-20251001-v1:0/invoke",
            stream_path: "/model/us.anthropic.claude-haiku-4-5-20251001-v1:0/invoke-with-response-stream",
            headers: vec![BEARER],
            fields: json!({"anthropic_version": "2026-10-21"}),
            stream_fields: json!({}),
        }
    }

    async fn mantle(builder: MockServerBuilder) -> Self {
        Self {
            server: builder.bedrock_mantle().start().await.unwrap(),
            path: "/v1/messages",
            stream_path: "/v1/messages",
            headers: vec![BEARER, VERSION],
            fields: json!({"model": "anthropic.claude-haiku-4-5"}),
            stream_fields: json!({"stream": true}),
        }
    }

    async fn platform_aws(builder: MockServerBuilder) -> Self {
        Self {
            server: builder.claude_platform_aws().start().await.unwrap(),
            path: "/v1/messages",
            stream_path: "/v1/messages",
            headers: vec![BEARER, VERSION, ("anthropic-workspace-id", "wrkspc_1")],
            fields: json!({"model": "claude-haiku-4-5"}),
            stream_fields: json!({"stream": true}),
        }
    }

    async fn vertex(builder: MockServerBuilder) -> Self {
        const MODELS: &str =
            "/projects/p/locations/global/publishers/anthropic/models/claude-haiku-4-5@20251001:rawPredict";
        const STREAM: &str =
            "/projects/p/locations/global/publishers/anthropic/models/claude-haiku-4-5@20251001:streamRawPredict";
        Self {
            server: builder.vertex().start().await.unwrap(),
            path: MODELS,
            stream_path: STREAM,
            headers: vec![BEARER],
            fields: json!({"anthropic_version": "2026-10-21"}),
            stream_fields: json!({"stream": true}),
        }
    }

    async fn google_cloud(builder: MockServerBuilder) -> Self {
        Self {
            server: builder.google_cloud().start().await.unwrap(),
            path: "/v1/messages",
            stream_path: "/v1/messages",
            headers: vec![BEARER, VERSION],
            fields: json!({"model": "claude-haiku-4-5"}),
            stream_fields: json!({"stream": true}),
        }
    }

    async fn foundry(builder: MockServerBuilder) -> Self {
        Self {
            server: builder.foundry().start().await.unwrap(),
            path: "/v1/messages",
            stream_path: "/v1/messages",
            headers: vec![("api-key", "token"), VERSION],
            fields: json!({"model": "claude-haiku-4-5"}),
            stream_fields: json!({"stream": true}),
        }
    }

    /// Returns all hosts, each with its name.
    async fn all() -> Vec<(&'static str, Self)> {
        Self::all_with(MockServer::builder).await
    }

    async fn all_with(builder: impl Fn() -> MockServerBuilder) -> Vec<(&'static str, Self)> {
        vec![
            ("bedrock", Self::bedrock(builder()).await),
            ("mantle", Self::mantle(builder()).await),
            ("platform_aws", Self::platform_aws(builder()).await),
            ("vertex", Self::vertex(builder()).await),
            ("google_cloud", Self::google_cloud(builder()).await),
            ("foundry", Self::foundry(builder()).await),
        ]
    }

    /// Returns a valid body with some fields set, or removed if they are null.
    fn body(&self, fields: &Value) -> Value {
        let mut body = json!({"max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]});
        let all = self.fields.as_object().unwrap().iter().chain(fields.as_object().unwrap());
        for (name, value) in all {
            if value.is_null() {
                body.as_object_mut().unwrap().remove(name);
            } else {
                body[name] = value.clone();
            }
        }
        body
    }

    /// Requests a message with these fields in the body.
    async fn ask(&self, fields: Value) -> Answer {
        self.post(self.path, &self.headers, &self.body(&fields)).await
    }

    /// Requests a message with other headers, which replace those of the same name. An empty value removes one.
    async fn ask_with(&self, headers: &[(&'static str, &'static str)]) -> Answer {
        let replaced = |name: &str| headers.iter().any(|(other, _)| *other == name);
        let mut all: Vec<_> = self.headers.iter().copied().filter(|(name, _)| !replaced(name)).collect();
        all.extend(headers.iter().copied().filter(|(_, value)| !value.is_empty()));
        self.post(self.path, &all, &self.body(&json!({}))).await
    }

    async fn stream(&self) -> Answer {
        self.post(self.stream_path, &self.headers, &self.body(&self.stream_fields)).await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let url = format!("{}{path}", self.server.base_url());
        let mut request = http().post(url).header("content-type", "application/json").body(body.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(request).await
    }

    fn respond(&self, response: MockResponse) {
        self.server.respond(response);
    }

    /// Returns the panic of `assert_finished`, or an empty text.
    fn unfinished(&self) -> String {
        let check = std::panic::AssertUnwindSafe(|| self.server.assert_finished());
        let Err(panic) = std::panic::catch_unwind(check) else { return String::new() };
        *panic.downcast::<String>().unwrap()
    }
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.bytes().await.unwrap().to_vec(),
    }
}

/// Returns a client without TLS. It does not install a TLS provider, because another test expects that there is none.
fn http() -> reqwest::Client {
    let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap()
}
