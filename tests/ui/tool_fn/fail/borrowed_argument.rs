use claudette::{tool, tools};

struct Point;

/// Joins words.
#[tool]
async fn join(
    /// What stands between them
    separator: &'static str,
    /// The words
    words: &mut Vec<String>,
    /// More words
    more: &[&str],
    /// And more
    rest: Vec<&str>,
    /// Where to write them
    place: Option<&mut Point>,
    /// What to write in front
    start: Option<&'static str>,
) -> String {
    let _ = (more, rest, place, start);
    words.join(separator)
}

/// Writes something down.
#[tool]
async fn write(
    /// Where
    place: &Point,
    /// What
    what: &dyn std::fmt::Display,
) {
}

fn main() {
    let _ = tools![join];
}
