//! The key of a call is an expression after `=`.

use claudette::tool;

/// Ships an order.
#[tool(exclusive =)]
async fn ship_again(/** Name of the order */ order: &str) -> usize {
    order.len()
}

/// Ships an order.
#[tool(exclusive(order))]
async fn ship_late(/** Name of the order */ order: &str) -> usize {
    order.len()
}

fn main() {}
