//! The key of a call is an expression over the arguments whose value implements `Display`.

use claudette::{State, tool};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Order {
    customers: Vec<String>,
}

/// Ships an order.
#[tool(exclusive = order.customers)]
async fn ship(/** The order */ order: Order) -> usize {
    order.customers.len()
}

/// Ships an order.
#[tool(exclusive = order.customer)]
async fn ship_to_one(/** The order */ order: Order) -> usize {
    order.customers.len()
}

struct Shop;

/// Ships an order.
#[tool(exclusive = shop)]
async fn ship_from(_shop: State<Shop>, /** Name of the order */ order: &str) -> usize {
    order.len()
}

fn main() {}
