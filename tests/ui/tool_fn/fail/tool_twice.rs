use claudette::tool;

/// Adds a + b.
#[tool]
#[tool(strict)]
async fn sums(
    /// First thing to sum
    a: i64,
) -> i64 {
    a
}

fn main() {}
