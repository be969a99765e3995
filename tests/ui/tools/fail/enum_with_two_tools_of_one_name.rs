use claudette::{tool, tools};

/// Finds an order.
#[tool]
fn find_order() {}

/// Finds an order elsewhere.
#[tool(name = "find_order")]
fn find_elsewhere() {}

tools!(enum OrderCalls { find_order, find_elsewhere });

fn main() {}
