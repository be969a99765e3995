use claudette::{tool, tools};

#[derive(serde::Deserialize)]
struct HalfWay {
    _x: f64,
}

struct Point;

/// Goes somewhere.
#[tool]
async fn go(
    /// Where to
    points: Vec<Option<Point>>,
    /// Why
    half_way: HalfWay,
    /// How
    unknown: Missing,
) {
    let _ = (points, half_way, unknown);
}

fn main() {
    let _ = tools![go];
}
