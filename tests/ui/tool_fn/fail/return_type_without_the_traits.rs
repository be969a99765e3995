use claudette::{tool, tools};

struct Point {
    x: f64,
}

struct Unspeakable;

/// Where north is.
#[tool]
async fn north() -> Point {
    Point { x: 0.0 }
}

/// Where south is.
#[tool]
async fn south() -> Result<Point, Unspeakable> {
    Err(Unspeakable)
}

/// Where east is.
#[tool]
async fn east() -> Result<f64, Unspeakable> {
    Ok(north().await.x)
}

fn main() {
    let _ = tools![north, south, east];
}
