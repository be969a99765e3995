use claudette::tool;

/// Adds a + b.
#[tool]
unsafe extern "C" fn sums(
    /// First thing to sum
    a: i64,
) -> i64 {
    a
}

fn main() {}
