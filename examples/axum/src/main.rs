//! A chat for each user in a web server: axum, server-sent events, one answer at a time.
//!
//! `cargo run -p axum-example` starts the server, asks one question and prints the stream. `cargo run -p axum-example --
//! serve` leaves the server running.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use claudette::chat::Events;
use claudette::{Chat, Client, Event, testing, tool, tools};
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

/// The chats of all users. Clones share them.
#[derive(Clone)]
struct Chats {
    client: Client,
    by_user: Arc<std::sync::Mutex<HashMap<String, Arc<Mutex<Chat>>>>>,
}

impl Chats {
    fn new(client: Client) -> Self {
        Self { client, by_user: Arc::default() }
    }

    /// Returns the chat of a user. The first call for a user creates it.
    fn of(&self, user: &str) -> claudette::Result<Arc<Mutex<Chat>>> {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(chat) = by_user.get(user) {
            return Ok(chat.clone());
        }
        let chat = Chat::builder(&self.client).tools(tools![sums]).build()?;
        let chat = Arc::new(Mutex::new(chat));
        by_user.insert(user.to_owned(), chat.clone());
        Ok(chat)
    }
}

/// Answers a prompt with a stream of server-sent events, or with 409 while the chat is still answering another prompt.
async fn ask(State(chats): State<Chats>, Path(user): Path<String>, prompt: String) -> Response {
    let chat = match chats.of(&user) {
        Ok(chat) => chat,
        Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    };
    let Ok(guard) = chat.try_lock_owned() else {
        return (StatusCode::CONFLICT, "this chat is still answering").into_response();
    };
    let events = Events::owned(guard, move |chat: &mut Chat| {
        chat.toolloop(prompt).max_steps(5).deadline(Duration::from_secs(120))
    });
    Sse::new(events.map(server_sent)).keep_alive(KeepAlive::default()).into_response()
}

/// Converts an event of the loop into an event for the browser.
fn server_sent(event: claudette::Result<Event>) -> Result<SseEvent, Infallible> {
    Ok(match event {
        Ok(Event::Text(text)) => SseEvent::default().event("text").data(text),
        Ok(Event::ToolCall(call)) => SseEvent::default().event("tool").data(call.name()),
        Ok(Event::Done(run)) => SseEvent::default().event("done").data(run.usage().to_string()),
        Ok(_) => SseEvent::default().comment(""),
        Err(error) => {
            // The text of an error is for the log. It can quote the request.
            eprintln!("{error:?}");
            SseEvent::default().event("error").data("the answer could not be completed")
        }
    })
}

/// Sends a prompt as a browser would, and returns the whole HTTP response.
async fn post_prompt(address: std::net::SocketAddr, user: &str, prompt: &str) -> std::io::Result<String> {
    let mut browser = TcpStream::connect(address).await?;
    let length = prompt.len();
    let request = format!(
        "POST /chats/{user} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{prompt}"
    );
    browser.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    browser.read_to_string(&mut response).await?;
    Ok(response)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chats = Chats::new(testing::client_or_mock("claude-sonnet-5-5").await?);
    let app = Router::new().route("/chats/{user}", post(ask)).with_state(chats.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    println!("POST a prompt to http://{address}/chats/ada");
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return Ok(server.await??);
    }

    let response = post_prompt(address, "ada", "What is 604542+6458932?").await?;
    for line in response.lines().filter(|line| line.starts_with("event: ") || line.starts_with("data: ")) {
        println!("{line}");
    }

    // While a guard is held, the chat is busy.
    let chat = chats.of("ada")?;
    let guard = chat.lock().await;
    let refused = post_prompt(address, "ada", "And what is 1+2?").await?;
    println!("{}", refused.lines().next().unwrap_or_default());
    println!("{} messages are in the history", guard.history().len());
    Ok(())
}
