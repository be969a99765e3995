//! A web chat with a built-in page: run it, open <http://127.0.0.1:3000>, and ask for the weather or cancel an order.

use std::time::Duration;

use claudette::{Chat, testing, tool, tools};
use claudette_web::WebChat;

/// Returns the current weather in a city.
#[tool(read_only)]
async fn weather(
    /** City name, e.g. "Oslo" */
    city: &str,
) -> String {
    tokio::time::sleep(Duration::from_secs(1)).await;
    format!("It is 7 °C and raining in {city}.")
}

/// Cancels an order. This cannot be undone.
#[tool(destructive)]
async fn cancel_order(
    /** Order id, e.g. "O1" */
    id: &str,
) -> String {
    format!("Order {id} is cancelled.")
}

#[tokio::main]
async fn main() -> claudette::Result<()> {
    let client = testing::client_or_mock("claude-sonnet-5-5").await?;
    println!("open http://127.0.0.1:3000");
    WebChat::new(move |_| Chat::builder(&client).tools(tools![weather, cancel_order]).max_steps(8).cache(true))
        .resume_window(Duration::from_secs(60))
        .serve("127.0.0.1:3000")
        .await
}
