//! [`App`]: the router on a loopback port, with the mock server behind it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, State, ToolContext, tool, tools};
use claudette_web::WebChat;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub(crate) const MODEL: &str = "claude-sonnet-5-5";

#[derive(serde::Serialize)]
struct Weather {
    city: String,
    temperature: i64,
    wind: &'static str,
}

/// Current weather in a city.
#[tool(read_only)]
async fn weather(
    cx: &ToolContext,
    /// City name
    city: String,
) -> Result<Weather, String> {
    cx.progress("Reading the station");
    tokio::time::sleep(Duration::from_millis(120)).await;
    match city.as_str() {
        "Atlantis" => Err("there is no station in Atlantis; there are Bergen, Oslo, Tromsø".to_owned()),
        _ => Ok(Weather { city, temperature: 4, wind: "3 m/s, north" }),
    }
}

/// Cancels an order. This cannot be undone.
#[tool(destructive)]
async fn cancel_order(
    /// Order id
    id: String,
    /// The reason, for the customer
    reason: Option<String>,
) -> String {
    format!("order {id} is cancelled{}", reason.map(|reason| format!(": {reason}")).unwrap_or_default())
}

/// Runs until the test lets it end.
struct Gate(Arc<Semaphore>);

/// Searches the archive.
#[tool(read_only)]
async fn search_archive(
    gate: State<Gate>,
    /// Words to search for
    query: String,
) -> String {
    if let Ok(permit) = gate.0.acquire().await {
        permit.forget();
    }
    format!("3 documents with {query:?}")
}

/// The router on a loopback port. It ends with the test.
pub(crate) struct App {
    pub(crate) url: String,
    pub(crate) claude: MockServer,
    gate: Arc<Semaphore>,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::with(|chat| chat, Router::new()).await
    }

    /// Starts an app with other settings and more routes.
    pub(crate) async fn with(configure: impl FnOnce(WebChat) -> WebChat, more: Router) -> Self {
        Self::built(|chat| configure(chat).router().merge(more)).await
    }

    /// Starts an app below a path.
    pub(crate) async fn nested(path: &str) -> Self {
        Self::built(|chat| Router::new().nest(path, chat.router())).await
    }

    async fn built(build: impl FnOnce(WebChat) -> Router) -> Self {
        let claude = MockServer::start().await.unwrap();
        let gate = Arc::new(Semaphore::new(0));
        let (client, held) = (claude.client(MODEL), gate.clone());
        let chat = WebChat::new(move |_session| {
            let tools = || tools![weather, cancel_order, search_archive].state(Gate(held.clone()));
            let clerk = Chat::builder(&client).system("Handle orders.").tools(tools()).build();
            let clerk = clerk.unwrap().into_tool("clerk", "Handles orders.");
            Chat::builder(&client).system("You help a shop.").tools(tools().with(clerk))
        });
        let router = build(chat.resume_window(Duration::from_secs(20)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, claude, gate }
    }

    pub(crate) fn respond(&self, response: MockResponse) -> &Self {
        self.claude.respond(response);
        self
    }

    /// Lets one call of `search_archive` end.
    pub(crate) fn open_gate(&self) {
        self.gate.add_permits(1);
    }

    /// Returns the body of the last request to the model.
    pub(crate) fn last_request(&self) -> Value {
        self.claude.requests().last().unwrap().body().clone()
    }
}

/// A response with a text and then calls of a tool.
pub(crate) fn text_and_calls<const N: usize>(text: &str, name: &str, inputs: [Value; N]) -> MockResponse {
    let mut blocks = vec![json!({"type": "text", "text": text})];
    blocks.extend(inputs.into_iter().enumerate().map(|(index, input)| {
        let id = format!("toolu_{}{index}", text.len());
        json!({"type": "tool_use", "id": id, "name": name, "input": input})
    }));
    MockResponse::content(blocks.into()).chunked(8)
}
