use claudette::tool;

struct Bank;

#[tool]
impl Bank {
    /// Looks up a customer.
    #[tool]
    fn customer(&self) {}

    /// Looks up a customer, too.
    #[tool(name = "customer")]
    fn client(&self) {}
}

fn main() {}
