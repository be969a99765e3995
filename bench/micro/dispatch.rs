//! One call of a tool, from the JSON of the arguments to the JSON of the result: with this library, and by hand.
//!
//! `cargo bench --manifest-path bench/Cargo.toml --bench dispatch`

use claudette::{ToolContext, Toolset, tool, tools};
use divan::{Bencher, black_box};
use futures_util::FutureExt;
use serde::Deserialize;
use serde_json::value::RawValue;

fn main() {
    divan::main();
}

const INPUT: &str = r#"{"a": 604542, "b": 6458932}"#;

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

#[derive(Deserialize)]
struct Args {
    a: i64,
    b: i64,
}

#[divan::bench(sample_count = 200, sample_size = 2000)]
fn baseline(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        let Args { a, b } = serde_json::from_str(black_box(INPUT)).unwrap();
        let sum = sums(a, b).now_or_never().unwrap();
        drop(black_box(serde_json::to_string(&sum).unwrap()));
    });
}

/// Finds the tool by its name and calls it.
#[divan::bench(sample_count = 200, sample_size = 2000)]
fn tool_call(bencher: Bencher<'_, '_>) {
    let (tools, cx) = (tools![sums], ToolContext::default());
    let input: &RawValue = serde_json::from_str(INPUT).unwrap();
    bencher.bench_local(|| {
        let tool = tools.get(black_box("sums")).unwrap();
        drop(black_box(tool.call(black_box(input), &cx).now_or_never().unwrap().unwrap()));
    });
}

/// Calls the tool as a loop does: validates the JSON, makes a context for the call, and returns an outcome.
#[divan::bench(sample_count = 200, sample_size = 2000)]
fn toolset_call(bencher: Bencher<'_, '_>) {
    let (tools, cx): (Toolset, _) = (tools![sums], ToolContext::default());
    bencher.bench_local(|| {
        drop(black_box(tools.call(black_box("sums"), black_box(INPUT), &cx).now_or_never().unwrap()));
    });
}
