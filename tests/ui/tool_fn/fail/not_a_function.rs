use claudette::tool;

/// A point.
#[tool]
struct Point;

/// A bank.
#[tool]
impl Point {
    /// Nothing.
    #[tool]
    fn nothing(&self) {}
}

fn main() {}
