use claudette::tool;

struct Bank;

impl Bank {
    /// Looks up a customer.
    #[tool]
    async fn customer(
        &self,
        /// Customer id, e.g. "C1"
        id: String,
    ) -> String {
        id
    }
}

fn main() {}
