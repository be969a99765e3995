use claudette::{Approval, Chat, tool, tools};

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

tools!(
    /// The calls of a shop.
    enum OrderCalls {
        find_order,
        cancel_order,
    }
);

fn decide(call: OrderCalls) -> Approval {
    match call {
        OrderCalls::FindOrder(_) => Approval::Allow,
    }
}

fn main() {
    let chat = Chat::builder("claude-sonnet-5-5").tools(OrderCalls::tools());
    let _ = chat.approve_typed(|call: OrderCalls| async { decide(call) });
    let _ = Chat::builder("claude-sonnet-5-5").approve_typed(|call: String| async { Approval::deny(call) });
}
