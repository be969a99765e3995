use claudette::{tool, tools};

/// Greets someone.
#[tool]
async fn greet(
    /// Who to greet
    #[tool(default = "world")]
    name: String,
    /// How often
    #[tool(default = "twice")]
    times: u8,
) -> String {
    name.repeat(times.into())
}

fn main() {
    let _ = tools![greet];
}
