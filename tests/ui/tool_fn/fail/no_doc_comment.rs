use claudette::{tool, tools};

#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

fn main() {
    let _ = tools![sums];
    let _ = sums(1, 2);
}
