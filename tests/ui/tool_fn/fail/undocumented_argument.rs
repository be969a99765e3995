#![deny(warnings)]

use std::collections::HashMap;

use claudette::{tool, tools};

/// Documented on its own.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Point {
    /// To the east
    x: i64,
}

/// Adds a + b.
#[tool]
async fn sums(
    a: i64,
    #[tool(default = 1)] b: i64,
    #[tool(description = "Where")] c: Point,
    d: Point,
    #[allow(deprecated)] e: &str,
    words: Option<HashMap<String, Vec<(u8, f64)>>>,
) -> i64 {
    let _ = (e, words);
    a + b + c.x + d.x
}

/// Says no more than it has to.
#[tool]
#[allow(deprecated)]
async fn terse(a: i64) -> i64 {
    a
}

struct Bank;

#[tool]
impl Bank {
    /// Looks up a customer.
    #[tool]
    async fn customer(&self, id: &str) -> usize {
        id.len()
    }
}

fn main() {
    let _ = tools![sums, terse].with(Bank);
}
