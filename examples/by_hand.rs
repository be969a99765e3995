//! Drives a tool loop by hand: `ChatState` returns the next action, and the program carries it out.

use claudette::chat::{Action, ChatState, Input, LoopOptions};
use claudette::client::{RequestOptions, RequestPlan};
use claudette::{Approval, EndReason, ToolContext, testing, tool, tools};

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let client = testing::client_or_mock("claude-sonnet-5-5").await?;
    let (tools, options) = (tools![sums], RequestOptions::new("claude-sonnet-5-5").max_tokens(1_000));

    let mut state = ChatState::new();
    let prompt = "What is 604542+6458932?".into();
    state.apply(Input::Prompt { prompt, options: LoopOptions::new().asks_approval(true) })?;
    loop {
        // The state can be stored and restored at any point, so another process could continue from here.
        state = ChatState::from_json(&state.to_json())?;
        let input = match state.next() {
            Action::Request(conversation) => {
                let plan = RequestPlan::new(&options, conversation).tools(&tools);
                let response = client.execute(&plan).await?;
                println!("request: {}", response.stop_reason().map_or("-", |reason| reason.as_str()));
                let spent = client.spent(&response);
                Input::Response { added: plan.into_additions(), response, spent }
            }
            Action::Approve(call) => {
                println!("approve: {}", call.call());
                Input::Decision { call: call.index(), approval: Approval::Allow }
            }
            Action::RunTools(calls) => {
                let (index, call) = (calls[0].index(), calls[0].call().clone());
                state.apply(Input::ToolStarted { call: index })?;
                let outcome = tools.run_call(&call, &ToolContext::default()).await;
                println!("run: {call} = {}", outcome.text());
                Input::ToolFinished { call: index, outcome }
            }
            Action::Done(reason) => {
                assert_eq!(*reason, EndReason::Finished);
                break;
            }
            _ => unreachable!("the program runs one call at a time"),
        };
        state.apply(input)?;
    }
    println!("{}", state.response().map(claudette::Response::text).unwrap_or_default());
    Ok(())
}
