//! The scenarios with a loop written by hand.

use std::sync::Arc;

use baseline::{Block, Claude, Message, Source, tools};
use harness::Job;
use harness::words::{ANSWER, KEY, MODEL, PIECE, PIECES, QUESTION, SYSTEM, TURN, TURN_ANSWER, image};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Barrier;

fn main() {
    let job = Job::from_args();
    let claude = Claude::new(&job.url, KEY, MODEL, SYSTEM);
    match job.scenario.as_str() {
        "loop4" => {
            let tools = tools();
            job.time(1, async || tool_loop(&claude, &tools).await);
        }
        "talk10" => job.time(10, async || talk(&claude, 10).await),
        "talk160" => job.time(160, async || talk(&claude, 160).await),
        "image" => look(&job, &claude),
        "stream" | "stream-loop" => job.time(PIECES, async || stream(&claude).await),
        "allocations" | "allocations-loop" => {
            let mut pieces = job.run(claude.stream(&[Message::user(QUESTION)])).unwrap();
            job.allocations(async || assert!(pieces.next().await.unwrap().is_some()));
        }
        "dispatch" => dispatch(&job),
        "concurrency" => job.concurrency(|all_stream| one_of_many(claude.clone(), all_stream)),
        _ => job.cannot(),
    }
}

async fn tool_loop(claude: &Claude, tools: &Value) {
    assert_eq!(claude.tool_loop(tools, &mut vec![Message::user(QUESTION)]).await.unwrap(), ANSWER);
}

async fn talk(claude: &Claude, turns: usize) {
    let mut messages = Vec::new();
    for _ in 0..turns {
        turn(claude, &mut messages).await;
    }
}

async fn turn(claude: &Claude, messages: &mut Vec<Message>) {
    messages.push(Message::user(TURN));
    assert_eq!(claude.say(messages).await.unwrap().len(), TURN_ANSWER);
}

fn look(job: &Job, claude: &Claude) {
    let source = Source { r#type: "base64".into(), media_type: "image/png".into(), data: image() };
    let mut messages = vec![Message::of_user(vec![Block::Image { source }, Block::Text { text: TURN.into() }])];
    job.run(claude.say(&mut messages)).unwrap();
    job.time(1, async || turn(claude, &mut messages).await);
}

async fn stream(claude: &Claude) {
    let mut pieces = claude.stream(&[Message::user(QUESTION)]).await.unwrap();
    let mut text = String::new();
    while let Some(piece) = pieces.next().await.unwrap() {
        text += &piece;
    }
    assert_eq!(text.len(), PIECES * PIECE);
}

fn dispatch(job: &Job) {
    #[derive(Deserialize)]
    struct Args {
        a: i64,
        b: i64,
    }

    job.time_sync(|| {
        let Args { a, b } = serde_json::from_str(std::hint::black_box(r#"{"a": 604542, "b": 6458932}"#)).unwrap();
        serde_json::to_string(&(a + b)).unwrap()
    });
}

async fn one_of_many(claude: Claude, all_stream: Arc<Barrier>) -> String {
    let mut pieces = claude.stream(&[Message::user(TURN)]).await.unwrap();
    let mut text = String::new();
    while let Some(piece) = pieces.next().await.unwrap() {
        if text.is_empty() {
            all_stream.wait().await;
        }
        text += &piece;
    }
    text
}
