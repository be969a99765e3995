use claudette::{tool, tools};

/// Adds one.
#[tool]
async fn one(
    /// What to add to
    a: i64,
) -> i64 {
    a + 1
}

fn main() {
    let _ = tools![].with(one);
}
