//! Limits on cost and tokens of runs whose models decline: they hold, whatever the models do.

use std::future::IntoFuture;
use std::sync::{Arc, Mutex};

use claudette::testing::{MockResponse, MockServer};
use claudette::wire::Fallbacks;
use claudette::{Chat, Client, EndReason, Response, tool, tools};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::polls::{await_for, read_for};

const SONNET: &str = "claude-sonnet-5-5";
const OPUS: &str = "claude-opus-5-5";
const HAIKU: &str = "claude-haiku-4-5";

async fn send(chat: &mut Chat, streams: bool) -> claudette::Result<Response> {
    if !streams {
        return chat.send("Hello").await;
    }
    let run = read_for(usize::MAX, chat.send("Hello").stream(), |_| {}).await.unwrap()?;
    Ok(run.response().clone())
}

fn models(claude: &MockServer) -> Vec<Value> {
    claude.requests().iter().map(|request| request.body()["model"].clone()).collect()
}

#[tokio::test]
async fn a_fallback_that_the_limit_does_not_cover_is_skipped() {
    for streams in [false, true] {
        let claude = MockServer::start().await.unwrap();
        // Each request has up to a thousand output tokens, which cost $0.01, $0.02 and $0.005.
        let chat = |limit: f64, fallbacks: &[&str]| {
            let fallbacks = Fallbacks::in_client(fallbacks.iter().copied());
            let chat = Chat::builder(claude.client(SONNET)).fallbacks(fallbacks).max_tokens(1_000);
            chat.max_cost(limit).build().unwrap()
        };
        claude.respond(MockResponse::refusal("cyber"));
        claude.respond(MockResponse::text("Hi."));
        let response = send(&mut chat(0.015, &[OPUS, HAIKU]), streams).await.unwrap();
        assert_eq!(response.text(), "Hi.");
        assert_eq!(models(&claude), [SONNET, HAIKU]);
        let seam = response.content()[0].as_fallback().unwrap();
        assert_eq!((seam.from(), seam.to()), (SONNET, HAIKU));
        // If no model is left, the refusal is the answer, and names the model that was not asked. Older models send a
        // refusal without details.
        claude.respond(MockResponse::content(json!([])).stop_reason("refusal"));
        let mut refused = chat(0.015, &[OPUS]);
        let run = refused.toolloop("Hello").max_steps(1);
        let run = if streams {
            read_for(usize::MAX, run.stream(), |_| {}).await.unwrap().unwrap()
        } else {
            run.await.unwrap()
        };
        assert_eq!(*run.end_reason(), EndReason::Refusal);
        assert_eq!(run.response().stop_details().unwrap().get("recommended_model"), Some(&json!(OPUS)));
        assert_eq!(models(&claude), [SONNET, HAIKU, SONNET]);
        claude.assert_finished();
    }
}

#[tokio::test]
async fn failed_attempts_of_a_fallback_count_in_full() {
    // The stream of the fallback breaks before any output, so it may be billed. Then the next one does not fit.
    let claude = MockServer::start().await.unwrap();
    let fallbacks = Fallbacks::in_client([OPUS, HAIKU]);
    let chat = Chat::builder(claude.client(SONNET)).fallbacks(fallbacks).max_tokens(1_000);
    let mut chat = chat.max_cost(0.024).build().unwrap();
    claude.respond(MockResponse::refusal("cyber"));
    claude.respond(MockResponse::text("Hi.").cut_after(1));
    let response = send(&mut chat, true).await.unwrap();
    assert_eq!(response.stop_details().unwrap().get("recommended_model"), Some(&json!(HAIKU)));
    assert_eq!(models(&claude), [SONNET, OPUS]);
    // A refused attempt is not billed, so the next one fits.
    claude.respond(MockResponse::refusal("cyber"));
    claude.respond(MockResponse::error(404, "not_found_error", "no such model"));
    claude.respond(MockResponse::text("Hi."));
    assert_eq!(send(&mut chat, true).await.unwrap().text(), "Hi.");
    claude.assert_finished();
}

#[tokio::test]
async fn the_output_that_a_fallback_continues_counts() {
    // The request to the fallback has up to 1,000 output tokens, and the text of the first model as input.
    for (length, models) in [(3_900, vec![SONNET]), (300, vec![SONNET, OPUS])] {
        let claude = MockServer::start().await.unwrap();
        let chat = Chat::builder(claude.client(SONNET)).fallbacks(Fallbacks::in_client([OPUS])).max_tokens(1_000);
        let mut chat = chat.max_tokens_total(3_200).build().unwrap();
        claude.respond(MockResponse::text("x".repeat(length)).refused("cyber"));
        if models.len() > 1 {
            claude.respond(MockResponse::text("Hi."));
        }
        send(&mut chat, true).await.unwrap();
        assert_eq!(self::models(&claude), models, "{length}");
        claude.assert_finished();
    }
}

#[tokio::test]
async fn a_limit_counts_each_model_that_the_api_may_ask() {
    let claude = MockServer::start().await.unwrap();
    let chat = |limit: u64, fallbacks: Fallbacks| {
        let chat = Chat::builder(claude.client(SONNET)).fallbacks(fallbacks).max_tokens(1_000);
        chat.max_tokens_total(limit).build().unwrap()
    };
    // The first model writes 1,000 tokens and declines, and the second one reads them and writes 1,000 more.
    let error = chat(2_900, [OPUS].into()).send("Hello").await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("`max_tokens_total` is too low"), "{error}");
    claude.respond(MockResponse::text("Hi."));
    chat(2_900, Fallbacks::in_client([OPUS])).send("Hello").await.unwrap();
    claude.respond(MockResponse::text("Hi."));
    chat(3_200, [OPUS].into()).send("Hello").await.unwrap();
    // The models must be known.
    let error = chat(100_000, Fallbacks::Default).send("Hello").await.unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("name the models"), "{error}");
    let named = chat(100_000, [OPUS].into()).send("Hello").extra("fallbacks", json!([{"model": OPUS}])).await;
    assert!(named.unwrap_err().is_misuse());
    claude.assert_finished();
}

// ---- any behaviour of the models

/// Looks something up.
#[tool(read_only)]
async fn look(
    /// Term
    what: String,
) -> String {
    format!("{what} is somewhere")
}

/// The reaction of the model, or of the network, to a request.
#[derive(Clone, Debug)]
enum Turn {
    Says { length: usize, calls: bool },
    Declines { length: usize, calls: bool },
    Fails(u16),
    Cut(usize),
}

/// The maximum of output tokens.
const MOST: u32 = 300;

fn turn() -> impl Strategy<Value = Turn> {
    let length = || 0..1_000_usize;
    prop_oneof![
        3 => (length(), any::<bool>()).prop_map(|(length, calls)| Turn::Says { length, calls }),
        5 => (length(), prop::bool::weighted(0.2)).prop_map(|(length, calls)| Turn::Declines { length, calls }),
        1 => prop_oneof![Just(400), Just(404), Just(529)].prop_map(Turn::Fails),
        1 => (0..8_usize).prop_map(Turn::Cut),
    ]
}

impl Turn {
    fn response(&self) -> MockResponse {
        let content = |length: usize, calls: bool| {
            let text = (length > 0).then(|| json!({"type": "text", "text": "x".repeat(length)}));
            let call =
                calls.then(|| json!({"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"what": "it"}}));
            MockResponse::content(text.into_iter().chain(call).collect()).chunked(3)
        };
        match *self {
            Self::Says { length, calls } => content(length + 1, calls),
            Self::Declines { length, calls } => content(length / 3 * 2, calls).refused("cyber"),
            Self::Fails(status) => MockResponse::error(status, "api_error", "no").header("retry-after-ms", "1"),
            Self::Cut(events) => content(100, true).cut_after(events),
        }
    }
}

#[derive(Clone, Debug)]
struct Case {
    models: Vec<&'static str>,
    in_client: bool,
    streamed: bool,
    eager: bool,
    max_steps: u32,
    /// The limits, as multiples of a single request.
    dollars: Option<f64>,
    tokens: Option<u64>,
    polls: usize,
    script: Vec<Turn>,
}

fn case() -> impl Strategy<Value = Case> {
    let models = (Just(vec![SONNET, OPUS, HAIKU, "claude-opus-5"]).prop_shuffle(), 2..=4_usize);
    let models = models.prop_map(|(models, most)| models[..most].to_vec());
    let limits = (prop::option::weighted(0.7, 1.0..20.0_f64), prop::option::weighted(0.5, 1..30_u64));
    let flags = any::<(bool, bool, bool)>();
    let polls = prop_oneof![9 => Just(usize::MAX), 1 => 0..60_usize];
    (models, flags, 1..5_u32, limits, polls, prop::collection::vec(turn(), 1..=12)).prop_map(
        |(models, (in_client, streamed, eager), max_steps, (dollars, tokens), polls, script)| Case {
            models,
            in_client,
            streamed,
            eager,
            max_steps,
            dollars: dollars.map(|multiple| multiple * 0.003),
            tokens: tokens.map(|multiple| multiple * 400),
            polls,
            script,
        },
    )
}

#[test]
fn a_limit_is_never_exceeded() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let script: Arc<Mutex<Vec<Turn>>> = Arc::default();
    let (claude, client) = runtime.block_on(async {
        let claude = MockServer::builder().keep_requests(1).start().await.unwrap();
        let client = Client::builder(SONNET).api_key("k").base_url(claude.url()).max_retries(1).build().unwrap();
        (claude, client)
    });
    let (mut answers, mut refusals, mut limits) = (0, 0, 0);
    let counts = Mutex::new((&mut answers, &mut refusals, &mut limits));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let held = TestRunner::new(config).run(&case(), |case| {
        runtime.block_on(async {
            let mut turns = case.script.clone();
            turns.reverse();
            *script.lock().unwrap() = turns;
            for _ in 0..24 {
                let script = script.clone();
                claude.respond_with(move |_| {
                    let turn = script.lock().unwrap().pop();
                    turn.unwrap_or(Turn::Says { length: 9, calls: false }).response()
                });
            }
            let (first, others) = case.models.split_first().unwrap();
            let fallbacks = others.to_vec();
            let fallbacks = if case.in_client { Fallbacks::in_client(fallbacks) } else { fallbacks.into() };
            let client = client.with_own_totals();
            let chat = Chat::builder(&client).tools(tools![look]).fallbacks(fallbacks).max_tokens(MOST);
            let mut chat = chat.build().unwrap();
            chat.set_model(*first);
            let mut work = chat.toolloop("Find it.").max_steps(case.max_steps).eager(case.eager);
            if let Some(dollars) = case.dollars {
                work = work.max_cost(dollars);
            }
            if let Some(tokens) = case.tokens {
                work = work.max_tokens_total(tokens);
            }
            let end = if case.streamed {
                read_for(case.polls, work.stream(), |_| {}).await
            } else {
                await_for(case.polls, work.into_future()).await
            };
            let mut counts = counts.lock().unwrap();
            match end {
                Some(Ok(run)) => match run.end_reason() {
                    EndReason::Finished => *counts.0 += 1,
                    EndReason::Refusal => *counts.1 += 1,
                    _ => *counts.2 += 1,
                },
                Some(Err(error)) if error.is_misuse() => assert!(error.to_string().contains("too low"), "{error}"),
                _ => {}
            }
            let (tokens, dollars) = (client.usage().total(), client.cost().unwrap().total());
            assert!(case.tokens.is_none_or(|limit| tokens <= limit), "{tokens} tokens");
            assert!(case.dollars.is_none_or(|limit| dollars <= limit), "{dollars} dollars");
            assert_eq!(chat.usage().total(), tokens);
        });
        Ok(())
    });
    if let Err(failure) = held {
        panic!("{failure}");
    }
    // The property is about runs that end in different ways.
    assert!(answers > 0 && refusals > 0 && limits > 0, "{answers} {refusals} {limits}");
}
