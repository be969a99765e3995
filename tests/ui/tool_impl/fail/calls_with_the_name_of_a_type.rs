use claudette::tool;

struct Bank;
struct Taken;

#[tool(calls = Taken)]
impl Bank {
    /// Looks up a customer.
    #[tool]
    fn customer(&self) {}
}

fn main() {}
