use claudette::{tool, tools};

/// Adds a + b.
#[tool]
async fn sums(
    /// Both things to sum
    (a, b): (i64, i64),
    /// Never mind
    _: i64,
) -> i64 {
    a + b
}

fn main() {
    let _ = tools![sums];
}
