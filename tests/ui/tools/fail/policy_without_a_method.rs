use claudette::{Approval, tool, tools};

struct Bank;

#[tool(calls = BankCalls)]
impl Bank {
    /// Looks up a customer.
    #[tool]
    fn customer(&self) {}

    /// Pays.
    #[tool]
    fn pay(&self, /** Amount */ amount: u32) {}
}

tools!(enum Calls { Bank(BankCalls) });
tools!(enum NotNested { BankCalls });
tools!(enum Twice { Bank(BankCalls), Again(BankCalls) });

fn approve(call: Calls) -> Approval {
    match call {
        Calls::Bank(BankCalls::Customer {}) => Approval::Allow,
    }
}

fn main() {}
