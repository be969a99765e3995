use claudette::{tool, tools};

struct Point {
    x: f64,
    y: f64,
}

/// How far a point is from the origin.
#[tool]
async fn distance(
    /// Where it is
    point: Point,
    /// What one step of `x` or `y` is worth
    #[tool(default = 1.0)]
    scale: f64,
) -> f64 {
    point.x.hypot(point.y) * scale
}

/// How far a point is from others.
#[tool]
async fn distances(
    /// Where it is
    point: &Point,
    /// Where the others are
    others: &[Point],
) -> Vec<f64> {
    others.iter().map(|other| (point.x - other.x).hypot(point.y - other.y)).collect()
}

fn main() {
    let _ = tools![distance];
}
