//! Trees of sub-agents never spend more than the budget of the outermost run, however it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::Amount;
use claudette::{Chat, Client, EndReason, Event, Result, Run, State, ToolContext, ToolError, tool, tools};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::durable::Memory;

const MODEL: &str = "claude-sonnet-5-5";

/// Dollars for a million tokens of input and output.
const PRICE: (f64, f64) = (2.0, 10.0);

/// A pseudo-random generator (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

/// The shape of a tree of agents, its limits and its end.
#[derive(Clone, Debug)]
struct Shape {
    seed: u64,
    depth: u32,
    wide: u64,
    /// Limits in requests of the maximum size.
    dollars: Option<u32>,
    tokens: Option<u32>,
    /// `None` for the default of the client.
    max_tokens: Option<u32>,
    reads: bool,
    eager: bool,
    journal: bool,
    /// The call of an agent ends after this time, in milliseconds.
    timeout: Option<u64>,
    deadline: Option<u64>,
    end: End,
}

/// The way in which the outermost run ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// By itself.
    Own,
    /// It is cancelled when the server has got so many requests.
    Cancelled(usize),
    /// It is dropped then.
    Dropped(usize),
}

fn shapes() -> impl Strategy<Value = Shape> {
    let limits = prop_oneof![
        4 => (1..80_u32).prop_map(|dollars| (Some(dollars), None)),
        1 => (1..80_u32).prop_map(|tokens| (None, Some(tokens))),
        1 => (1..80_u32, 1..80_u32).prop_map(|(dollars, tokens)| (Some(dollars), Some(tokens))),
    ];
    let end = prop_oneof![
        3 => Just(End::Own),
        1 => (1..40_usize).prop_map(End::Cancelled),
        1 => (1..40_usize).prop_map(End::Dropped),
    ];
    let max_tokens = prop_oneof![4 => (50..600_u32).prop_map(Some), 1 => Just(None)];
    let often_none = |range: std::ops::Range<u64>| prop_oneof![4 => Just(None), 1 => range.prop_map(Some)];
    let tree = (any::<u64>(), 1..=3_u32, 1..=8_u64);
    (tree, limits, max_tokens, any::<(bool, bool, bool)>(), often_none(5..80), often_none(5..80), end).prop_map(
        |((seed, depth, wide), (dollars, tokens), max_tokens, (reads, eager, journal), timeout, deadline, end)| Shape {
            seed,
            depth,
            wide,
            dollars,
            tokens,
            max_tokens,
            reads,
            eager,
            journal,
            timeout,
            deadline,
            end,
        },
    )
}

impl Shape {
    /// Returns the maximum number of output tokens of a request.
    fn output(&self) -> u32 {
        self.max_tokens.unwrap_or(16_384)
    }

    /// Returns the limits of the run: dollars and tokens.
    fn limits(&self) -> (Option<f64>, Option<u64>) {
        const INPUT: u32 = 2_000;
        let dollars = (f64::from(INPUT) * PRICE.0 + f64::from(self.output()) * PRICE.1) / 1e6;
        let tokens = u64::from(INPUT + self.output());
        (self.dollars.map(|n| f64::from(n) * dollars), self.tokens.map(|n| u64::from(n) * tokens))
    }

    fn chat(&self, client: &Client, depth: u32, bills: &Arc<Bills>) -> Chat {
        let tools = if depth == 0 {
            tools![look]
        } else {
            tools![look].with(self.chat(client, depth - 1, bills).into_tool("agent", "Does a part of the task."))
        };
        let chat = Chat::builder(client).tools(tools).state(bills.clone()).max_steps(4).eager(self.eager);
        match self.max_tokens {
            Some(max) => chat.max_tokens(max).build().unwrap(),
            None => chat.build().unwrap(),
        }
    }
}

/// What was really spent, by requests and by tools.
#[derive(Default)]
struct Bills {
    /// Dollars / 10¹².
    picodollars: AtomicU64,
    tokens: AtomicU64,
    requests: AtomicUsize,
    ends: Notify,
}

impl Bills {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn add(&self, dollars: f64, tokens: u64) {
        self.picodollars.fetch_add((dollars * 1e12).round() as u64, Ordering::SeqCst);
        self.tokens.fetch_add(tokens, Ordering::SeqCst);
    }
}

/// Asks a service that costs money and tokens.
#[tool(read_only)]
async fn look(
    cx: &ToolContext,
    bills: State<Bills>,
    /// What to look for
    seed: u64,
) -> std::result::Result<&'static str, ToolError> {
    let mut random = Random(seed);
    let (dollars, tokens) = (random.next(30) as f64 / 10_000.0, random.next(300));
    let reserved = cx.reserve(Amount::dollars(dollars) + Amount::tokens(tokens)).map_err(ToolError::new)?;
    for _ in 0..random.next(4) {
        tokio::task::yield_now().await;
    }
    if random.next(3) == 0 {
        // The service has failed in the middle, and its price is unknown.
        bills.add(dollars, tokens);
    } else {
        bills.add(dollars / 2.0, tokens / 2);
        reserved.settle(Amount::dollars(dollars / 2.0) + Amount::tokens(tokens / 2));
    }
    Ok("found")
}

/// Returns a server whose model calls all tools that it has, and whose usage is as large as the request permits. Some
/// responses are errors, cut or slow.
async fn server(shape: &Shape, bills: &Arc<Bills>) -> MockServer {
    let claude = MockServer::start().await.unwrap();
    for n in 0..900 {
        let (bills, seed, wide, end) = (bills.clone(), shape.seed, shape.wide, shape.end);
        claude.respond_with(move |request: &Value| {
            let mut random = Random(seed.wrapping_mul(1_000_003).wrapping_add(n));
            let number = bills.requests.fetch_add(1, Ordering::SeqCst) + 1;
            if let End::Cancelled(at) | End::Dropped(at) = end
                && at == number
            {
                bills.ends.notify_one();
            }
            match random.next(20) {
                0 => return MockResponse::error(529, "overloaded_error", "Overloaded"),
                1 => return MockResponse::error(500, "api_error", "Oops"),
                _ => {}
            }
            // A real tokenizer needs fewer tokens than half of the bytes.
            let input = request.to_string().len() as u64 / 4;
            let output = 1 + random.next(request["max_tokens"].as_u64().unwrap());
            bills.add((input as f64 * PRICE.0 + output as f64 * PRICE.1) / 1e6, input + output);
            let names: Vec<&str> =
                request["tools"].as_array().into_iter().flatten().filter_map(|tool| tool["name"].as_str()).collect();
            let response = if request["tool_choice"]["type"] == "none" || random.next(4) == 0 {
                MockResponse::text("An answer.")
            } else {
                let calls = (0..wide).map(|part| {
                    let is_agent = names.contains(&"agent") && random.next(4) > 0;
                    if is_agent {
                        ("agent", json!({"prompt": format!("part {part}")}))
                    } else {
                        ("look", json!({"seed": random.next(1 << 40)}))
                    }
                });
                MockResponse::tool_uses(calls.collect::<Vec<_>>())
            };
            let response = response.usage(json!({"input_tokens": input, "output_tokens": output}));
            match random.next(12) {
                0 => response.cut_after(2),
                1 => response.delay(Duration::from_millis(3)),
                2 => response.delay(Duration::from_millis(30)),
                _ => response,
            }
        });
    }
    claude
}

/// Runs a tree. Returns its end and the part of the limits that was spent.
async fn run(shape: &Shape) -> std::result::Result<(Option<EndReason>, f64), TestCaseError> {
    let bills = Arc::<Bills>::default();
    let claude = server(shape, &bills).await;
    let client = claude.client(MODEL);
    let mut lead = shape.chat(&client, shape.depth, &bills);
    let (dollars, tokens) = shape.limits();
    let result = {
        let mut run = lead.toolloop("The task.");
        if let Some(dollars) = dollars {
            run = run.max_cost(dollars);
        }
        if let Some(tokens) = tokens {
            run = run.max_tokens_total(tokens);
        }
        if let Some(timeout) = shape.timeout {
            run = run.tool_timeout(Duration::from_millis(timeout));
        }
        if let Some(deadline) = shape.deadline {
            run = run.deadline(Duration::from_millis(deadline));
        }
        if shape.journal {
            run = run.journal(Memory::default());
        }
        let token = ToolContext::default().cancellation_token().clone();
        run = run.cancel_on(token.clone());
        let whole = async {
            if !shape.reads {
                return run.await;
            }
            let mut events = run.stream();
            loop {
                match events.next().await {
                    Some(Ok(Event::Done(run))) => return Ok(run),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error),
                    None => unreachable!("the events end with `Done` or an error"),
                }
            }
        };
        let cancelled = async {
            bills.ends.notified().await;
            if let End::Cancelled(_) = shape.end {
                token.cancel();
                std::future::pending::<()>().await;
            }
        };
        let end: Option<Result<Run>> = tokio::select! {
            result = whole => Some(result),
            () = cancelled => None,
        };
        end
    };
    // The server may still answer requests that were dropped.
    tokio::time::sleep(Duration::from_millis(5)).await;
    let spent = bills.picodollars.load(Ordering::SeqCst) as f64 / 1e12;
    let spent_tokens = bills.tokens.load(Ordering::SeqCst);
    let mut part = 0.0_f64;
    if let Some(dollars) = dollars {
        prop_assert!(spent <= dollars + 1e-9, "{spent} of {dollars} dollars: {result:?}");
        let cost = lead.cost().unwrap().total();
        prop_assert!(cost <= dollars + 1e-9, "{cost} of {dollars} dollars are in the chat");
        part = part.max(spent / dollars);
    }
    if let Some(tokens) = tokens {
        prop_assert!(spent_tokens <= tokens, "{spent_tokens} of {tokens} tokens: {result:?}");
        part = part.max(spent_tokens as f64 / tokens as f64);
    }
    Ok((result.and_then(Result::ok).map(|run| run.end_reason().clone()), part))
}

/// Returns the number of cases. `.ci/run` runs many more than `cargo test`.
fn cases() -> u32 {
    std::env::var("CLAUDETTE_CASES").map_or(20, |cases| cases.parse().expect("CLAUDETTE_CASES must be a number"))
}

#[test]
fn a_tree_of_agents_never_spends_more_than_its_budget() {
    let config = Config { cases: cases(), failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let most = std::cell::Cell::new(0.0_f64);
    let result = TestRunner::new(config).run(&shapes(), |shape| {
        let (_, part) = runtime.block_on(run(&shape))?;
        most.set(most.get().max(part));
        Ok(())
    });
    result.unwrap();
    assert!(most.get() > 0.5, "the limits were not reached: {}", most.get());
}

/// The widest tree with the deepest agents: three levels, and eight calls in each response.
#[tokio::test]
async fn a_tree_of_three_levels_and_eight_agents_each_stays_within_its_budget() {
    let mut ends = Vec::new();
    for (seed, max_tokens, dollars) in [(1, Some(300), 60), (2, None, 60), (3, Some(60), 60), (4, Some(300), 12)] {
        let shape = Shape {
            seed,
            depth: 3,
            wide: 8,
            dollars: Some(dollars),
            tokens: None,
            max_tokens,
            reads: false,
            eager: false,
            journal: false,
            timeout: None,
            deadline: None,
            end: End::Own,
        };
        let (reason, part) = run(&shape).await.unwrap();
        assert!(part > 0.2, "{seed}: {part} {reason:?}");
        ends.extend(reason);
    }
    assert!(ends.contains(&EndReason::MaxCost), "the limits were not reached: {ends:?}");
}
