use claudette::tool;

/// A point.
#[tool]
struct Point;

/// Counts.
#[tool]
trait Counts {
    fn count(&self) -> u32;
}

/// Declared, and not there.
#[tool]
fn declared();

fn main() {}
