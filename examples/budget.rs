//! A tool loop with a limited budget: it ends with an answer before the limit is reached.

use std::time::Duration;

use claudette::chat::Step;
use claudette::testing::{self, MockResponse};
use claudette::{Chat, tool, tools};
use serde_json::json;

/// The current weather in a city.
#[tool]
async fn weather(
    /// City name, e.g. "Oslo"
    city: String,
) -> String {
    format!("It is raining in {city}.")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let client = testing::client_or_script("claude-sonnet-5-5", script()).await?;
    for dollars in [1.0, 0.035, 0.000_01] {
        let mut chat = Chat::builder(&client).tools(tools![weather]).max_tokens(1_024).build()?;
        // One limit is enough. When the first limit is reached, the model is asked for a final answer.
        let run = chat
            .toolloop("What is the weather in Oslo, Bergen and Tromsø? Look up one city after the other.")
            .max_cost(dollars)
            .max_tokens_total(100_000)
            .deadline(Duration::from_secs(60))
            .max_steps(8)
            .await;
        match run {
            Ok(run) => {
                let calls: usize = run.steps().iter().map(|step: &Step| step.calls().len()).sum();
                let cost = chat.cost().map_or("unknown".to_owned(), |cost| format!("${:.6}", cost.total()));
                let responses = run.steps().len();
                println!(
                    "At most ${dollars}: {responses} responses, {calls} calls, {:?}, {cost}: {run}",
                    run.end_reason()
                );
            }
            // The budget is too small for a single response, so nothing was sent.
            Err(error) if error.is_misuse() => println!("At most ${dollars}: {error}"),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Returns the responses of the mock server, which is used without a key: a complete answer, then one that the limit
/// ends early.
fn script() -> Vec<MockResponse> {
    let look_up = |city: &str, input: u32| {
        let usage = json!({"input_tokens": input, "output_tokens": 200});
        MockResponse::tool_use("weather", json!({"city": city})).usage(usage)
    };
    let answer = |text: &str| MockResponse::text(text).usage(json!({"input_tokens": 3_000, "output_tokens": 80}));
    vec![
        look_up("Oslo", 2_000),
        look_up("Bergen", 2_300),
        look_up("Tromsø", 2_600),
        answer("It is raining in Oslo, Bergen and Tromsø."),
        look_up("Oslo", 2_000),
        answer("It is raining in Oslo. I did not look up Bergen and Tromsø."),
    ]
}
