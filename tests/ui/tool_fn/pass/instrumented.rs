//! The attribute above or below another macro that rewrites the function.
#![deny(warnings)]

use claudette::{Toolset, tool, tools};

/// Adds one.
#[tool]
#[tracing::instrument]
async fn above(
    /// To what
    to: i64,
    /// How often
    #[tool(default = 1)]
    times: i64,
) -> i64 {
    to + times
}

/// Adds two.
#[tracing::instrument(skip_all)]
#[tool]
async fn below(
    /// To what
    to: &str,
    /// How often
    #[tool(default = 1)]
    times: i64,
) -> Result<i64, std::num::ParseIntError> {
    Ok(to.parse::<i64>()? + 2 * times)
}

struct Adder(i64);

#[tool]
impl Adder {
    /// Adds what it has.
    #[tracing::instrument(skip(self))]
    #[tool]
    async fn add(
        &self,
        /// To what
        to: i64,
    ) -> i64 {
        to + self.0
    }
}

#[test]
fn it_is_accepted() {
    let tools: Toolset = tools![above, below].with(Adder(1));
    assert_eq!(tools.len(), 3);
}
