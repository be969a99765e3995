//! Sign-in with OAuth.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::response::Json;
use axum::routing::{get, post};
use claudette::{BoxFuture, tool, tools};
use claudette_mcp::{McpServer, OAuth, TokenStore, serve};
use serde_json::{Value, json};

use super::call;

/// Says hello.
#[tool]
fn hello() -> &'static str {
    "hello"
}

/// Starts a server that requires a sign-in, and the server of the sign-in. Returns its address, and the requests for
/// tokens.
async fn start() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let resource = json!({"resource": format!("{base}/mcp"), "authorization_servers": [base]});
    let metadata = json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "registration_endpoint": format!("{base}/register"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "none"],
    });
    let mcp = serve(tools![hello]).name("guarded").bearer("t0ken").into_service().unwrap();
    let token = |State(requests): State<Arc<Mutex<Vec<String>>>>, body: String| async move {
        requests.lock().unwrap().push(body);
        Json(json!({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r"}))
    };
    let register = |Json(client): Json<Value>| async move {
        Json(json!({"client_id": "registered", "redirect_uris": client["redirect_uris"],
            "client_name": client["client_name"], "token_endpoint_auth_method": "none"}))
    };
    let router = Router::new()
        .route(
            "/.well-known/oauth-protected-resource/mcp",
            get({
                let resource = resource.clone();
                || async { Json(resource) }
            }),
        )
        .route("/.well-known/oauth-protected-resource", get(|| async { Json(resource) }))
        .route("/.well-known/oauth-authorization-server", get(|| async { Json(metadata) }))
        .route("/register", post(register))
        .route("/token", post(token))
        .route_service("/mcp", mcp)
        .with_state(requests.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (base, requests)
}

#[tokio::test]
async fn a_machine_signs_in() {
    let (base, requests) = start().await;
    let oauth = OAuth::client_credentials("robot", "s3cret").scopes(["read"]);
    assert!(!format!("{oauth:?}").contains("s3cret"));
    let server = McpServer::http(format!("{base}/mcp")).oauth(oauth).await.unwrap();
    assert_eq!(call(&server, "hello", "{}").await.text(), "hello");
    let requests = requests.lock().unwrap();
    assert!(requests.iter().any(|body| body.contains("client_credentials")), "{requests:?}");
}

/// A store in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Option<String>>>);

impl TokenStore for Memory {
    fn load(&self) -> BoxFuture<'_, Result<Option<String>, Box<dyn Error + Send + Sync>>> {
        Box::pin(async { Ok(self.0.lock().unwrap().clone()) })
    }

    fn save(&self, tokens: Option<String>) -> BoxFuture<'_, Result<(), Box<dyn Error + Send + Sync>>> {
        Box::pin(async {
            *self.0.lock().unwrap() = tokens;
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_person_signs_in_once() {
    let (base, _requests) = start().await;
    let (store, asked) = (Memory::default(), Arc::new(AtomicUsize::new(0)));
    for _ in 0..2 {
        let asked = asked.clone();
        let issuer = base.clone();
        let oauth = OAuth::interactive("http://127.0.0.1:1/callback", move |url| {
            asked.fetch_add(1, Ordering::Relaxed);
            let issuer = issuer.clone();
            async move {
                let state = url.split("state=").nth(1).unwrap_or_default().split('&').next().unwrap_or_default();
                Ok::<_, std::io::Error>(format!("http://127.0.0.1:1/callback?code=abc&state={state}&iss={issuer}"))
            }
        });
        let server = McpServer::http(format!("{base}/mcp")).oauth(oauth.store(store.clone())).await.unwrap();
        assert_eq!(call(&server, "hello", "{}").await.text(), "hello");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert!(store.0.lock().unwrap().as_deref().unwrap().contains("t0ken"));
}

#[tokio::test]
async fn a_person_who_does_not_sign_in() {
    let (base, _requests) = start().await;
    let oauth =
        OAuth::interactive("http://127.0.0.1:1/callback", |_| async { Err::<String, _>("the window was closed") });
    let error = McpServer::http(format!("{base}/mcp")).oauth(oauth).await.unwrap_err();
    assert!(error.is_connection() && error.to_string().contains("was not finished"), "{error:?}");
    assert_eq!(error.source().unwrap().to_string(), "the window was closed");
}
