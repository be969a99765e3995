use claudette::tool;

/// Adds a + b.
#[tool(nmae = "add", strict, strict, description = )]
async fn sums(
    /// First thing to sum
    #[tool(defualt = 1)]
    a: i64,
    /// Second thing to sum
    #[tool]
    b: i64,
    /// Third thing to sum
    #[tool(default, rename = 3)]
    c: i64,
) -> i64 {
    a + b + c
}

/// Subtracts b from a.
#[tool(strict = true, name = minus)]
async fn minus() -> i64 {
    0
}

fn main() {}
