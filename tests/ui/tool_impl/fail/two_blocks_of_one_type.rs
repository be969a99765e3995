use claudette::tool;

struct Bank;

#[tool]
impl Bank {
    /// Looks up a customer.
    #[tool]
    fn customer(&self) {}
}

#[tool]
impl Bank {
    /// Looks up an order.
    #[tool]
    fn order(&self) {}
}

fn main() {}
