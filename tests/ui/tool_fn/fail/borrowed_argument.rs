use claudette::{tool, tools};

struct Point;

/// Joins words.
#[tool]
async fn join(
    /// What stands between them
    separator: &str,
    /// The words
    words: &[String],
    /// Where to write them
    place: &Point,
    /// What to write in front
    start: Option<&'static str>,
) -> String {
    let _ = (place, start);
    words.join(separator)
}

fn main() {
    let _ = tools![join];
}
