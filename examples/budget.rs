//! A loop that may cost only so much: it ends with an answer before it is too late.

use std::time::Duration;

use claudette::{Chat, Step, testing, tool, tools};

/// The current weather in a city.
#[tool]
async fn weather(
    /// City name, e.g. "Oslo"
    city: String,
) -> String {
    format!("In {city} it rains.")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let client = testing::client_or_stand_in("claude-sonnet-5-5").await?;
    for dollars in [1.0, 0.015, 0.000_01] {
        let mut chat = Chat::builder(&client).tools(tools![weather]).max_tokens(1_024).build()?;
        // Each limit is enough by itself; whichever is reached first asks for the answer.
        let run = chat
            .toolloop("What is the weather in \"Oslo\"?")
            .max_cost(dollars)
            .max_tokens_total(100_000)
            .deadline(Duration::from_secs(60))
            .max_steps(8)
            .await;
        match run {
            Ok(run) => {
                let calls: usize = run.steps().iter().map(|step: &Step| step.calls().len()).sum();
                let cost = chat.cost().map_or("unknown".to_owned(), |cost| format!("${:.6}", cost.total()));
                println!("${dollars}: {} replies, {calls} calls, {:?}, {cost}: {run}", run.steps().len(), run.stop());
            }
            // Too little for a single reply: nothing was sent.
            Err(error) if error.is_misuse() => println!("${dollars}: {error}"),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
