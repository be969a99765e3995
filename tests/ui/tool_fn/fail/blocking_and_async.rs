use claudette::tool;

/// Waits.
#[tool(blocking)]
async fn wait() {}

/// Waits longer.
#[tool(blocking = true)]
fn longer() {}

fn main() {}
