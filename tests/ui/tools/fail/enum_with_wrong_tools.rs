use claudette::{tool, tools};

/// Finds an order.
#[tool]
fn find_order(/** Id */ id: String) -> String {
    id
}

/// Cancels an order.
#[tool]
fn cancel_order(/** Id */ id: String) -> String {
    id
}

mod other {
    /// Finds an order elsewhere.
    #[claudette::tool(name = "find_elsewhere")]
    pub(crate) fn find_order() {}
}

tools!(enum NotAFunction { String = String });
tools!(enum SameVariant { find_order, other::find_order, cancel_order });
tools!(enum Empty {});
tools!(enum Malformed { find_order() });

fn main() {}
