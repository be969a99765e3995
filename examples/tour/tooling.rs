//! A tool: a forced choice, the tool result, the follow-up, and the values of calls.

use claudette::wire::ToolChoice;
use claudette::{Client, ToolOutcome, messages, tool, tools};

use super::stage::chapter;

/// Adds a + b.
///
/// # Returns
/// The sum of the inputs
#[tool]
pub(crate) async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    #[tool(default = 1)]
    b: i64,
) -> i64 {
    println!("Finding the sum of {a} and {b}");
    a + b
}

pub(crate) async fn show(client: &Client) -> claudette::Result<()> {
    chapter("A tool and a forced choice");
    let question = "What is 604542+6458932?";
    let system = "You are a summing expert.";
    let choice = ToolChoice::tool::<sums>();
    let call = client.send(question).system(system).tools(tools![sums]).tool_choice(choice).await?;
    for call in call.tool_uses() {
        println!("{}({})", call.name(), call.input());
    }

    chapter("The results");
    let answer = tools![sums].answer(&call).await;
    println!("{}", answer.as_ref().map_or(0, |answer| answer.content().len()));

    chapter("The follow-up");
    let conversation = messages![question, &call, answer];
    println!("{}", client.send(conversation).system(system).tools(tools![sums]).await?);

    chapter("The values of the calls");
    let outcomes = client.call_tools(question, tools![sums]).await?;
    let values: Vec<i64> = outcomes.iter().map(ToolOutcome::value).collect::<Result<_, _>>()?;
    println!("{values:?}");

    chapter("The cost of a client");
    println!("{}", client.cost_report());
    Ok(())
}
