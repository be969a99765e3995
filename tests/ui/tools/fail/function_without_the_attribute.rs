use claudette::tools;

/// Adds a + b.
async fn sums(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {
    let _ = tools![sums];
    let _ = sums(1, 2);
}
