//! The scenarios with rig.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt};
use harness::Job;
use harness::words::{ANSWER, KEY, MAX_TOKENS, MODEL, PIECE, PIECES, QUESTION, SYSTEM, TURN, TURN_ANSWER, image};
use rig::agent::MultiTurnStreamItem;
use rig::completion::CompletionRequest;
use rig::message::{ImageMediaType, Message, UserContent};
use rig::prelude::*;
use rig::providers::anthropic::{AnthropicConfig, Messages};
use rig::rig_tool;
use rig::streaming::{Item, StreamEvent};
use rig::tool::ToolExecutionError;
use tokio::sync::Barrier;

/// Adds a + b.
#[rig_tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> Result<i64, ToolExecutionError> {
    Ok(a + b)
}

type Claude = Model<Messages>;

fn main() {
    let job = Job::from_args();
    let claude = AnthropicConfig::new(KEY).with_base_url(&job.url).client().completion(MODEL);
    match job.scenario.as_str() {
        "loop4" => {
            let agent = agent(&claude);
            job.time(1, async || tool_loop(&agent).await);
        }
        "talk10" => job.time(10, async || talk(&claude, 10).await),
        "talk160" => job.time(160, async || talk(&claude, 160).await),
        "image" => look(&job, &claude),
        "stream" => job.time(PIECES, async || stream(&claude).await),
        "stream-loop" => job.time(PIECES, async || stream_loop(&claude).await),
        "allocations" => {
            let mut items = claude.stream(request()).unwrap();
            job.allocations(
                async || while !matches!(items.next().await, Some(Ok(Item::Event(StreamEvent::Text { .. })))) {},
            );
        }
        "allocations-loop" => {
            let mut items = agent(&claude).prompt(QUESTION).stream();
            job.allocations(async || while text(items.next().await.unwrap().unwrap()).is_none() {});
        }
        "dispatch" => dispatch(&job),
        "concurrency" => job.concurrency(|all_stream| one_of_many(claude.clone(), all_stream)),
        _ => job.cannot(),
    }
}

fn agent(claude: &Claude) -> Agent {
    AgentBuilder::new(claude.clone()).preamble(SYSTEM).max_tokens(MAX_TOKENS.into()).tool(Sums).build()
}

async fn tool_loop(agent: &Agent) {
    assert_eq!(agent.prompt(QUESTION).max_turns(10).await.unwrap().output(), ANSWER);
}

async fn talk(claude: &Claude, turns: usize) {
    let agent = AgentBuilder::new(claude.clone()).preamble(SYSTEM).max_tokens(MAX_TOKENS.into()).build();
    let mut history = Vec::new();
    for _ in 0..turns {
        assert_eq!(agent.chat(TURN, &mut history).await.unwrap().output().len(), TURN_ANSWER);
    }
}

fn look(job: &Job, claude: &Claude) {
    let agent = AgentBuilder::new(claude.clone()).preamble(SYSTEM).max_tokens(MAX_TOKENS.into()).build();
    let picture = UserContent::image_base64(image(), Some(ImageMediaType::PNG), None);
    let prompt = Message::User { content: vec![picture, UserContent::text(TURN)] };
    let mut history = Vec::new();
    job.run(agent.chat(prompt, &mut history)).unwrap();
    job.time(1, async || {
        assert_eq!(agent.chat(TURN, &mut history).await.unwrap().output().len(), TURN_ANSWER);
    });
}

fn request() -> CompletionRequest {
    CompletionRequest::new(QUESTION).preamble(SYSTEM).max_tokens(u64::from(MAX_TOKENS))
}

async fn stream(claude: &Claude) {
    let mut items = claude.stream(request()).unwrap();
    let mut all = String::new();
    while let Some(item) = items.next().await {
        if let Item::Event(StreamEvent::Text { text, .. }) = item.unwrap() {
            all += &text;
        }
    }
    assert_eq!(all.len(), PIECES * PIECE);
}

async fn stream_loop(claude: &Claude) {
    let mut items = agent(claude).prompt(QUESTION).stream();
    let mut all = String::new();
    while let Some(item) = items.next().await {
        all += &text(item.unwrap()).unwrap_or_default();
    }
    assert_eq!(all.len(), PIECES * PIECE);
}

fn text(item: MultiTurnStreamItem) -> Option<String> {
    match item {
        MultiTurnStreamItem::StreamAssistantItem(Item::Event(StreamEvent::Text { text, .. })) => Some(text),
        _ => None,
    }
}

fn dispatch(job: &Job) {
    let (tools, mut cx) = (ToolSet::from_tools(vec![Sums]), ToolContext::new());
    job.time_sync(|| {
        let result = tools.execute("sums", r#"{"a": 604542, "b": 6458932}"#, &mut cx);
        result.now_or_never().unwrap().into_result().unwrap()
    });
}

async fn one_of_many(claude: Claude, all_stream: Arc<Barrier>) -> String {
    let agent = AgentBuilder::new(claude).preamble(SYSTEM).max_tokens(MAX_TOKENS.into()).build();
    let mut items = agent.prompt(TURN).stream();
    let mut all = String::new();
    while let Some(item) = items.next().await {
        let Some(piece) = text(item.unwrap()) else { continue };
        if all.is_empty() {
            all_stream.wait().await;
        }
        all += &piece;
    }
    all
}
