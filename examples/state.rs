//! Tools with state: a value whose methods are tools, and a function that takes `State<T>`.

mod plain;

use std::collections::BTreeMap;
use std::sync::Mutex;

use claudette::{Chat, Event, State, ToolContext, testing, tool, tools};
use plain::{Plain, plain};

/// A customer and the customer's orders.
#[derive(Clone, serde::Serialize)]
struct Customer {
    name: String,
    orders: Vec<String>,
}

/// A shop, whose methods are tools.
struct Shop {
    customers: BTreeMap<String, Customer>,
    cancelled: Mutex<Vec<String>>,
}

#[tool]
impl Shop {
    /// Looks up a customer and the customer's orders.
    #[tool]
    async fn customer(
        &self,
        /// Customer id, e.g. "C1"
        id: &str,
    ) -> Result<Customer, String> {
        self.customers.get(id).cloned().ok_or_else(|| format!("customer {id:?} does not exist"))
    }

    /// Cancels an order.
    #[tool]
    async fn cancel_order(
        &self,
        /// Order id, e.g. "O1"
        id: String,
    ) -> String {
        let mut cancelled = self.cancelled.lock().unwrap();
        cancelled.push(id);
        format!("Cancelled so far: {}", cancelled.join(", "))
    }
}

/// The price of each order.
struct Prices(BTreeMap<&'static str, f64>);

/// Returns the price of an order in USD.
#[tool]
async fn price_of_order(
    cx: &ToolContext,
    prices: State<Prices>,
    /// Order id, e.g. "O1"
    id: &str,
) -> Option<f64> {
    cx.progress(format!("searching {} prices", prices.0.len()));
    prices.0.get(id).copied()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let ada = Customer { name: "Ada Lovelace".into(), orders: vec!["O1".into(), "O2".into()] };
    let shop = Shop { customers: [("C1".to_owned(), ada)].into(), cancelled: Mutex::default() };

    let client = testing::client_or_mock("claude-sonnet-5-5").await?;
    let mut chat = Chat::builder(client)
        .tools(tools![price_of_order].with(shop))
        .state(Prices([("O1", 9.5), ("O2", 120.0)].into())) // if it is missing, `build` returns an error that names the tool
        .build()?;

    for prompt in ["Look up the customer \"C1\".", "What is the price of order \"O2\"?", "Cancel order \"O2\"."] {
        println!("> {prompt}");
        let mut text = Plain::default();
        let mut events = chat.toolloop(prompt).stream();
        while let Some(event) = events.next().await {
            match event? {
                Event::Text(piece) => print!("{}", text.piece(&piece)),
                Event::ToolCall(call) => println!("→ {}({})", plain(call.name()), plain(call.input().get())),
                Event::Progress(progress) => println!("… {}", plain(progress.text())),
                Event::ToolResult(outcome) => println!("← {}", plain(&outcome.text())),
                Event::Done(run) => println!("\n({} responses)", run.steps().len()),
                _ => {}
            }
        }
    }
    Ok(())
}
