//! Prints each loop as a tree in the terminal: its requests and tool calls, with durations, tokens and costs.
//!
//! `Tree` is a layer for `tracing-subscriber`. Add it to the subscriber of a program to see what its agents do.

mod plain;

use std::fmt;
use std::time::{Duration, Instant};

use claudette::testing::{self, MockResponse};
use claudette::{Chat, tool, tools};
use plain::plain;
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// A layer that prints the spans of this library, with those of the program between them, as trees.
struct Tree;

/// One span of a tree.
struct Node {
    begun: Instant,
    name: String,
    tokens: Option<i64>,
    cost: Option<f64>,
    /// The reason why the work ended.
    end: String,
    /// The finished spans below this one, each with the lines below it.
    children: Vec<(String, Vec<String>)>,
}

impl Node {
    /// Returns the line of the span. Its name is `width` wide.
    fn line(&self, took: Duration, width: usize) -> String {
        let Self { name, tokens, cost, end, .. } = self;
        let time = format!("{name:width$} {:>9.1}ms", took.as_secs_f64() * 1e3);
        let tokens = tokens.map(|tokens| format!("{tokens:>8} tokens"));
        let cost = cost.map(|cost| format!("${cost:.6}"));
        let end = (!end.is_empty()).then(|| end.clone());
        [Some(time), tokens, cost, end].into_iter().flatten().collect::<Vec<_>>().join("  ")
    }

    /// Returns the lines of the spans below this one.
    fn below(self) -> Vec<String> {
        let last = self.children.len().saturating_sub(1);
        let branches = self.children.into_iter().enumerate().flat_map(|(place, (line, below))| {
            let (branch, indent) = if place == last { ("└── ", "    ") } else { ("├── ", "│   ") };
            std::iter::once(format!("{branch}{line}"))
                .chain(below.into_iter().map(move |line| indent.to_owned() + &line))
        });
        branches.collect()
    }
}

impl Visit for Node {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "otel.name" => self.name = plain(value),
            "claudette.end_reason" | "anthropic.message.stop_reason" | "error.type" => self.end = plain(value),
            _ => {}
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"].contains(&field.name()) {
            *self.tokens.get_or_insert_default() += value;
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "claudette.cost.usd" {
            self.cost = Some(value);
        }
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Tree {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.is_span() && *metadata.level() <= Level::INFO
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let name = attributes.metadata().name().to_owned();
        let mut node =
            Node { begun: Instant::now(), name, tokens: None, cost: None, end: String::new(), children: Vec::new() };
        attributes.record(&mut node);
        if let Some(span) = cx.span(id) {
            span.extensions_mut().insert(node);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        let Some(span) = cx.span(id) else { return };
        if let Some(node) = span.extensions_mut().get_mut::<Node>() {
            values.record(node);
        }
    }

    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        let Some(span) = cx.span(&id) else { return };
        let Some(node) = span.extensions_mut().remove::<Node>() else { return };
        // The names of a tree are equally wide, whatever their depth.
        let depth = span.scope().skip(1).count();
        let line = node.line(node.begun.elapsed(), 40_usize.saturating_sub(4 * depth));
        let below = node.below();
        match span.parent() {
            Some(parent) => {
                if let Some(parent) = parent.extensions_mut().get_mut::<Node>() {
                    parent.children.push((line, below));
                }
            }
            None => std::iter::once(line).chain(below).for_each(|line| println!("{line}")),
        }
    }
}

/// Returns the price of an item in USD.
#[tool]
async fn price(
    /// Name of the item
    item: String,
) -> Result<f64, String> {
    if item == "tea" { Ok(3.5) } else { Err(format!("there is no {item}; there is tea")) }
}

/// Returns the number of items in stock.
#[tool]
async fn stock(
    /// Name of the item
    item: String,
) -> usize {
    let shelf = tracing::info_span!("read_shelf", otel.name = format_args!("read_shelf {item}"));
    let _entered = shelf.entered();
    item.len()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Tree))?;

    let script = [
        MockResponse::tool_uses([
            ("price", json!({"item": "tea"})),
            ("stock", json!({"item": "tea"})),
            ("price", json!({"item": "coffee"})),
        ]),
        MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after-ms", "20"),
        MockResponse::text("There are 3 packs of tea for $3.50 each, and no coffee."),
    ];
    let claude = testing::client_or_script("claude-sonnet-5-5", script).await?;
    let chat = Chat::builder(claude).tools(tools![price, stock]).agent_name("clerk").build();
    let run = chat?.toolloop("How much tea is there, and what do tea and coffee cost?").await?;
    println!("{}", plain(&run.text()));
    Ok(())
}
