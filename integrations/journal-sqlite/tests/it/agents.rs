//! Sub-agents whose calls wait for a decision.

use claudette::chat::Step;
use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, Client, EndReason, Result, ToolUse, tools};
use serde_json::json;

use crate::support::{Folder, pay};

/// Payments wait for a person; everything else is allowed.
async fn approve(call: ToolUse) -> Approval {
    if call.name() == "pay" { Approval::Suspend } else { Approval::Allow }
}

/// Returns a chat with a clerk who pays.
fn lead(client: &Client) -> Result<Chat> {
    let clerk = Chat::builder(client).tools(tools![pay]).build()?.into_tool("clerk", "Pays invoices.");
    Chat::builder(client).tools(tools![].with(clerk)).build()
}

#[tokio::test]
async fn a_call_inside_an_agent_is_listed_decided_and_continued() -> Result<()> {
    let claude = MockServer::start().await?;
    claude.respond(MockResponse::tool_use("clerk", json!({"prompt": "Pay invoice 7."})));
    for amount in [70, 80] {
        claude.respond(MockResponse::tool_use("pay", json!({"amount": amount})));
    }
    claude.respond(MockResponse::text("Both parts are paid."));
    claude.respond(MockResponse::text("Invoice 7 is paid."));
    let client = claude.client("claude-sonnet-5-5");
    let folder = Folder::new();

    for step in ["tool#1.1:clerk/approval#1.1", "tool#1.1:clerk/approval#1.1~2"] {
        let journal = folder.journal().await;
        for _ in 0..2 {
            let mut lead = lead(&client)?;
            let run = lead.toolloop("Pay invoice 7.").approve(approve).journal(journal.run("invoice-7")).await?;
            assert_eq!(*run.end_reason(), EndReason::Suspended);
            let waiting = journal.pending("invoice-7").await?;
            let [waiting] = &waiting[..] else { panic!("one call waits: {waiting:?}") };
            assert_eq!((waiting.step(), waiting.call()), (step, &run.pending()[0]));
            assert_eq!(lead.agents_around(waiting.call())[0].name(), "clerk");
        }
        // In any process, also while no process runs the loop:
        for waiting in journal.pending("invoice-7").await? {
            println!("{}({}) is allowed.", waiting.call().name(), waiting.call().input());
            journal.decide("invoice-7", waiting.call(), Approval::Allow).await?;
        }
    }
    // The same line again, in the same or in another process:
    let journal = folder.journal().await;
    let mut lead = lead(&client)?;
    let run = lead.toolloop("Pay invoice 7.").approve(approve).journal(journal.run("invoice-7")).await?;
    assert_eq!(run.text(), "Invoice 7 is paid.");
    assert_eq!(run.steps().iter().map(|step: &Step| step.outcomes().len()).sum::<usize>(), 1);
    assert_eq!((lead.usage(), claude.requests().len()), (client.usage(), 5));
    Ok(())
}
