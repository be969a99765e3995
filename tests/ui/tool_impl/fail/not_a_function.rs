use claudette::tool;

struct Bank;

#[tool]
impl Bank {
    /// The most customers.
    #[tool]
    const MOST: usize = 7;

    /// Looks up a customer.
    #[tool]
    fn customer(&self) {}
}

fn main() {
    let _ = (Bank::MOST, Bank.customer());
}
