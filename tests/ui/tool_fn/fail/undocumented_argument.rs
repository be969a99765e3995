use claudette::{tool, tools};

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    b: i64,
    #[tool(description = "")] c: i64,
) -> i64 {
    a + b + c
}

fn main() {
    let _ = tools![sums];
}
