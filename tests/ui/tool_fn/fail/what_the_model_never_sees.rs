use claudette::{State, ToolContext, tool};

/// Counts.
#[tool]
async fn count(
    #[tool(description = "What surrounds the call")] cx: &ToolContext,
    #[tool(rename = "many", default = State::new(1))] number: State<u32>,
) -> u32 {
    *number
}

fn main() {}
