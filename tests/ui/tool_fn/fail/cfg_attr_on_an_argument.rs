use claudette::tool;

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    #[cfg_attr(unix, tool(default = 1))]
    b: i64,
) -> i64 {
    a + b
}

fn main() {}
