//! The terminal program with a tool and a sub-agent of its own: `cargo run -p claudette-cli --example own_tools`.

use std::process::ExitCode;

use claudette::{Chat, tool, tools};

/// Returns the number of items in stock.
#[tool(read_only)]
fn stock(
    /// Name of the item
    item: &str,
) -> u32 {
    if item == "tea" { 3 } else { 0 }
}

/// Orders items. This cannot be undone.
#[tool(destructive)]
fn order(
    /// Name of the item
    item: &str,
    /// Number of items
    count: u32,
) -> String {
    format!("Ordered {count} {item}.")
}

fn main() -> ExitCode {
    claudette_cli::run(|client| {
        let buyer = Chat::builder(client)
            .system("Check the stock, and order what is missing.")
            .tools(tools![stock, order])
            .build()?
            .into_tool("buyer", "Checks the stock of an item, and orders more if necessary.");
        Ok(tools![stock].with(buyer))
    })
}
