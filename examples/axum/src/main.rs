//! Streams a chat from an axum handler, as server-sent events.
//!
//! `cargo run -p axum-example` starts the server, asks it one question and prints the stream; `cargo run -p axum-example --
//! serve` leaves it running.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event as SseEvent, Sse};
use axum::routing::post;
use claudette::chat::Events;
use claudette::{Chat, Event, testing, tool, tools};
use futures_util::{Stream, StreamExt};
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

/// One conversation, which one request at a time goes on with.
type Shared = Arc<Mutex<Chat>>;

/// Says something, and returns the events of the loop. They own the lock, so they outlive this function. If the browser goes
/// away, the stream is dropped, and the loop with it; the conversation stays valid.
async fn ask(State(chat): State<Shared>, prompt: String) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>>> {
    let guard = chat.lock_owned().await;
    let events = Events::owned(guard, move |chat: &mut Chat| chat.toolloop(prompt).max_steps(5));
    Sse::new(events.map(|event| {
        Ok(match event {
            Ok(Event::Text(text)) => SseEvent::default().event("text").data(text),
            Ok(Event::ToolCall(call)) => SseEvent::default().event("tool").data(call.to_string()),
            Ok(Event::Done(run)) => SseEvent::default().event("done").data(run.usage().to_string()),
            Ok(_) => SseEvent::default().comment(""),
            Err(error) => SseEvent::default().event("error").data(error.to_string()),
        })
    }))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = testing::client_or_mock("claude-sonnet-5-5").await?;
    let chat: Shared = Arc::new(Mutex::new(Chat::builder(client).tools(tools![sums]).build()?));
    let app = Router::new().route("/ask", post(ask)).with_state(chat.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    println!("POST a prompt to http://{address}/ask");
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return Ok(server.await??);
    }

    let prompt = "What is 604542+6458932?";
    let mut browser = TcpStream::connect(address).await?;
    let length = prompt.len();
    let request = format!(
        "POST /ask HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{prompt}"
    );
    browser.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    browser.read_to_string(&mut response).await?;
    for line in response.lines().filter(|line| line.starts_with("event: ") || line.starts_with("data: ")) {
        println!("{line}");
    }
    println!("{} messages are in the history", chat.lock().await.history().len());
    Ok(())
}
