use claudette::{tool, tools};

/// Finds an order.
#[tool]
fn find_order() {}

fn not_a_tool() {}

tools!(enum Unknown { find_order, fnd_order });
tools!(enum NotATool { Other = not_a_tool });

fn main() {}
