use claudette::tool;

struct Bank;

#[tool]
impl Bank {
    /// Looks up a customer.
    fn customer(&self, id: String) -> String {
        id
    }
}

fn main() {
    let _ = claudette::Toolset::default().with(Bank);
    let _ = Bank.customer(String::new());
}
