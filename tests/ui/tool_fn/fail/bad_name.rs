use claudette::tool;

/// The weather.
#[tool(name = "get weather")]
async fn weather() {}

/// The size.
#[tool]
async fn größe(
    /// How high
    höhe: i64,
    /// How wide
    #[tool(rename = "")]
    width: i64,
) -> i64 {
    höhe * width
}

fn main() {}
