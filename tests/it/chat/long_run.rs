//! Long runs: with each context policy, a loop goes on although its conversation is many times as large as the window.
//!
//! `a_run_of_2000_steps` prints the table of the guide. It is for a release build:
//! `cargo test --release --test it long_run -- --ignored --nocapture`.

use claudette::chat::{ContextChange, ContextPolicy};
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{ThinkingConfig, ThinkingDisplay};
use claudette::{Chat, EndReason, Event, Usage, tool, tools};
use serde_json::json;

/// Reads pages of a book.
#[tool]
fn read_page(
    /// Number of the page
    page: u32,
    /// Number of characters
    size: usize,
) -> String {
    let mut text = format!("Page {page}. ");
    text.push_str(&"The quick brown fox jumps over the lazy dog. ".repeat(size / 45));
    text
}

/// A loop and the window of its model.
#[derive(Clone, Copy)]
struct Book {
    steps: u32,
    window: u64,
    max_tokens: u32,
    /// The number of characters of the smallest page; the largest has twice as many.
    page: usize,
}

/// What a loop has consumed, and how it ended.
#[derive(Debug, Default)]
struct Report {
    steps: u32,
    end: String,
    requests: u32,
    usage: Usage,
    dollars: f64,
    /// The number of times that the conversation became smaller.
    changes: usize,
    largest: u64,
    /// The number of messages at the end.
    messages: usize,
}

impl Report {
    fn row(&self, name: &str) -> String {
        let Self { steps, end, requests, usage, dollars, changes, largest, .. } = self;
        let thousands = |tokens: u64| tokens.div_ceil(1_000);
        format!(
            "| {name} | {steps} | {end} | {requests} | {} | {} | {} | {} | {dollars:.2} | {changes} | {largest} |",
            thousands(usage.input_tokens()),
            thousands(usage.cache_creation_input_tokens()),
            thousands(usage.cache_read_input_tokens()),
            thousands(usage.output_tokens()),
        )
    }
}

impl Book {
    /// Adds a response for each step: it thinks and reads a page, and sometimes three pages at once.
    fn script(self, claude: &MockServer) {
        let page = move |number: u32| {
            let size = self.page + (number as usize * 7_919) % self.page;
            ("read_page", json!({"page": number, "size": size}))
        };
        for step in 0..self.steps {
            claude.respond_with(move |_| {
                let pages = if step % 5 == 4 { 3 } else { 1 };
                let calls = (0..pages).map(|place| page(step * 3 + place));
                let thought =
                    format!("Page {step} comes next, because the page before ended in a sentence. ").repeat(4);
                MockResponse::tool_uses(calls).thinking(thought)
            });
        }
        claude.respond_with(|_| MockResponse::text("A fox jumps over a dog, again and again."));
    }

    async fn read(self, policy: ContextPolicy) -> Report {
        let asks_for_summaries = policy != self.on_server();
        let builder = MockServer::builder().context_window(self.window).keep_requests(1);
        let claude = builder.start().await.unwrap();
        self.script(&claude);
        let mut chat = Chat::builder(claude.client("claude-opus-5-5"))
            .system("You read books, page by page.")
            .tools(tools![read_page])
            .thinking(ThinkingConfig::adaptive().display(ThinkingDisplay::Summarized))
            .max_tokens(self.max_tokens)
            .cache(true)
            .context(policy)
            .max_steps(self.steps + 2)
            .build()
            .unwrap();
        let mut report = Report::default();
        let mut events = chat.toolloop("Read the whole book, and tell me what it is about.").stream();
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Response(response)) => {
                    report.steps += u32::from(response.tool_uses().next().is_some());
                    report.requests += 1;
                    report.largest = report.largest.max(response.usage().total_input());
                }
                Ok(Event::Context(change)) => {
                    // The API writes a summary at the beginning of a response, or it answers a request of its own.
                    let is_asked = matches!(change, ContextChange::Compacted { .. }) && asks_for_summaries;
                    report.requests += u32::from(is_asked);
                    report.changes += 1;
                }
                Ok(Event::Done(run)) => report.end = format!("{:?}", run.end_reason()),
                Ok(_) => {}
                Err(error) => report.end = error.to_string(),
            }
        }
        drop(events);
        report.usage = chat.usage();
        report.dollars = chat.cost().unwrap().total();
        report.messages = chat.history().len();
        report
    }

    fn on_server(self) -> ContextPolicy {
        ContextPolicy::compact_on_server().window(self.window)
    }

    fn policies(self) -> [(&'static str, ContextPolicy); 6] {
        let window = |policy: ContextPolicy| policy.window(self.window);
        [
            ("none", ContextPolicy::none()),
            ("clear", window(ContextPolicy::clear())),
            ("compact", window(ContextPolicy::compact())),
            ("compact, keep_last", window(ContextPolicy::compact().keep_last(self.window / 10))),
            ("compact_on_server", self.on_server()),
            ("trim", window(ContextPolicy::trim())),
        ]
    }

    /// Reads the book with each policy.
    async fn compare(self) {
        let finished = format!("{:?}", EndReason::Finished);
        println!("| policy | steps | end | requests | input | written | read | output | dollars | changes | largest |");
        for (name, policy) in self.policies() {
            let report = self.read(policy).await;
            println!("{}", report.row(name));
            if name == "none" {
                assert!(report.steps < self.steps, "{report:?}");
                assert_ne!(report.end, finished, "{report:?}");
                continue;
            }
            assert_eq!((report.steps, report.end.as_str()), (self.steps, finished.as_str()), "{name}: {report:?}");
            assert!(report.changes > 0 && report.largest <= self.window, "{name}: {report:?}");
        }
    }
}

#[tokio::test]
async fn a_short_run_finishes_in_a_small_window() {
    Book { steps: 60, window: 80_000, max_tokens: 4_000, page: 4_000 }.compare().await;
}

#[tokio::test]
#[ignore = "2,000 requests for each policy: run it in a release build"]
async fn a_run_of_2000_steps() {
    Book { steps: 2_000, window: 200_000, max_tokens: 16_384, page: 1_000 }.compare().await;
}
