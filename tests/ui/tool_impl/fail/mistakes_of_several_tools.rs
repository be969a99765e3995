use claudette::{Toolset, tool};

struct Bank;

#[tool]
impl Bank {
    #[tool(strikt)]
    fn customer(
        &self,
        /// Customer id
        #[tool(defualt = 1)]
        id: u32,
    ) -> u32 {
        id
    }

    /// Looks up an order.
    #[tool]
    async fn order(&self, id: u32, (a, b): (u32, u32)) -> u32 {
        id + a + b
    }
}

fn main() {
    let _ = Toolset::default().with(Bank);
    let _ = Bank.customer(1);
}
