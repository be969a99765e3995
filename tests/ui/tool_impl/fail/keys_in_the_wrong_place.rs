use claudette::tool;

struct Bank;

#[tool(name = "bank", strict)]
impl Bank {
    /// Looks up a customer.
    #[tool(crate = other)]
    fn customer(&self) {}
}

fn main() {}
