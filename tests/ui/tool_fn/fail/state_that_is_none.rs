use std::rc::Rc;

use claudette::tool;

/// Another library's.
struct State<T>(T);

/// Counts.
#[tool]
async fn count(number: State<u32>) -> u32 {
    number.0
}

/// Counts what cannot be shared.
#[tool]
async fn count_shared(number: claudette::State<Rc<u32>>) -> u32 {
    **number
}

/// Counts what is no state at all.
#[tool]
async fn count_plain(#[tool(state)] number: u32) -> u32 {
    number
}

fn main() {}
