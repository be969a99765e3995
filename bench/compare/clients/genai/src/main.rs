//! The scenarios with genai.

use std::sync::Arc;

use futures_util::StreamExt;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest, ChatStream, ChatStreamEvent, ContentPart};
use genai::resolver::{AuthData, Endpoint};
use genai::{Client, ServiceTarget};
use harness::Job;
use harness::words::{ANSWER, KEY, MAX_TOKENS, MODEL, PIECE, PIECES, QUESTION, SYSTEM, TURN, TURN_ANSWER, image};
use tokio::sync::Barrier;
use with_genai::{sums, tool_loop};

fn main() {
    let job = Job::from_args();
    let url = format!("{}/v1/", job.url);
    let client = Client::builder()
        .with_service_target_resolver_fn(move |target: ServiceTarget| {
            let (endpoint, auth) = (Endpoint::from_owned(url.clone()), AuthData::from_single(KEY));
            Ok::<_, genai::resolver::Error>(ServiceTarget { endpoint, auth, ..target })
        })
        .with_chat_options(ChatOptions::default().with_max_tokens(MAX_TOKENS))
        .build()
        .unwrap();
    match job.scenario.as_str() {
        "loop4" => job.time(1, async || {
            let request = request(ChatMessage::user(QUESTION)).with_tools([sums()]);
            assert_eq!(tool_loop(&client, MODEL, request, None).await.unwrap(), ANSWER);
        }),
        "talk10" => job.time(10, async || talk(&client, 10).await),
        "talk160" => job.time(160, async || talk(&client, 160).await),
        "image" => look(&job, &client),
        "stream" | "stream-loop" => job.time(PIECES, async || stream(&client).await),
        "allocations" | "allocations-loop" => {
            let mut events = job.run(begin(&client, QUESTION));
            job.allocations(async || while !matches!(events.next().await, Some(Ok(ChatStreamEvent::Chunk(_)))) {});
        }
        "concurrency" => job.concurrency(|all_stream| one_of_many(client.clone(), all_stream)),
        _ => job.cannot(),
    }
}

fn request(message: ChatMessage) -> ChatRequest {
    ChatRequest::new(vec![message]).with_system(SYSTEM)
}

async fn talk(client: &Client, turns: usize) {
    let mut request = ChatRequest::from_system(SYSTEM);
    for _ in 0..turns {
        request = turn(client, request.append_message(ChatMessage::user(TURN))).await;
    }
}

async fn turn(client: &Client, request: ChatRequest) -> ChatRequest {
    let response = client.exec_chat(MODEL, request.clone(), None).await.unwrap();
    assert_eq!(response.first_text().unwrap().len(), TURN_ANSWER);
    request.append_message(ChatMessage::assistant(response.content))
}

fn look(job: &Job, client: &Client) {
    let picture = ContentPart::from_binary_base64("image/png", image(), None);
    let prompt = ChatMessage::user(vec![picture, ContentPart::from_text(TURN)]);
    let mut history = job.run(turn(client, request(prompt)));
    job.time(1, async || {
        history = turn(client, std::mem::take(&mut history).append_message(ChatMessage::user(TURN))).await;
    });
}

async fn begin(client: &Client, prompt: &str) -> ChatStream {
    client.exec_chat_stream(MODEL, request(ChatMessage::user(prompt)), None).await.unwrap().stream
}

async fn stream(client: &Client) {
    let mut events = begin(client, QUESTION).await;
    let mut text = String::new();
    while let Some(event) = events.next().await {
        if let ChatStreamEvent::Chunk(piece) = event.unwrap() {
            text += &piece.content;
        }
    }
    assert_eq!(text.len(), PIECES * PIECE);
}

async fn one_of_many(client: Client, all_stream: Arc<Barrier>) -> String {
    let mut events = begin(&client, TURN).await;
    let mut text = String::new();
    while let Some(event) = events.next().await {
        let ChatStreamEvent::Chunk(piece) = event.unwrap() else { continue };
        if text.is_empty() {
            all_stream.wait().await;
        }
        text += &piece.content;
    }
    text
}
