use claudette::tool;

struct Bank;
struct Taken;
struct Store<S>(S);

#[tool(calls = Bank)]
impl Bank {
    /// Looks up a customer.
    #[tool]
    fn customer(&self) {}
}

struct Shop;

#[tool(calls = ShopCalls)]
impl Shop {
    /// Finds an order.
    #[tool]
    fn find_order(&self) {}

    /// Finds an order, too.
    #[tool]
    fn find__order(&self) {}
}

#[tool(calls = StoreCalls)]
impl<S: Send + Sync + 'static> Store<S> {
    /// Looks up a customer.
    #[tool]
    fn customer(&self) {}
}

struct Missing;

#[tool(calls)]
impl Missing {
    /// Looks up a customer.
    #[tool]
    fn customer(&self) {}
}

struct Malformed;

#[tool(calls = "Calls")]
impl Malformed {
    /// Looks up a customer.
    #[tool]
    fn customer(&self) {}
}

/// Looks up a customer.
#[tool(calls = CustomerCalls)]
fn customer() {}

fn main() {
    let _ = Taken;
}
