//! A search among 500 tools in the program, and the index that the first search makes.
//!
//! `cargo bench --manifest-path bench/Cargo.toml --bench search`

use claudette::tooling::ToolSearch;
use divan::{Bencher, black_box};

#[path = "../../tests/fixtures/many_tools/mod.rs"]
mod many_tools;

fn main() {
    divan::main();
}

/// Finds the tools for 50 prompts.
#[divan::bench(sample_count = 100, sample_size = 10)]
fn fifty_queries(bencher: Bencher<'_, '_>) {
    let search = ToolSearch::over(many_tools::tools());
    let [prompts, ..] = many_tools::prompts();
    search.find("make the index");
    bencher.bench_local(|| {
        for (prompt, _) in &prompts {
            drop(black_box(search.find(black_box(prompt))));
        }
    });
}

/// Finds the other tools for 50 prompts, among all of them.
#[divan::bench(sample_count = 100, sample_size = 10)]
fn fifty_queries_of_700_tools(bencher: Bencher<'_, '_>) {
    let search = ToolSearch::over(many_tools::tools().with(many_tools::other_tools()));
    let [prompts, ..] = many_tools::other_prompts();
    search.find("make the index");
    bencher.bench_local(|| {
        for (prompt, _) in &prompts {
            drop(black_box(search.find(black_box(prompt))));
        }
    });
}

/// Hides the tools, makes the index and finds the tools for one prompt.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn first_query(bencher: Bencher<'_, '_>) {
    let tools = many_tools::tools();
    bencher.bench_local(|| drop(black_box(ToolSearch::over(tools.clone()).find(black_box("send an email")))));
}
