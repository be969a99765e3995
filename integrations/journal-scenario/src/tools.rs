//! The tools of the run, and the function that approves their calls.

use std::time::Duration;

use claudette::tooling::Toolset;
use claudette::{Approval, ToolContext, ToolUse, tool};

use crate::files::Files;

/// Has an effect in the middle of a short sleep, so that a kill can come before it or after it.
async fn effect(cx: &ToolContext, name: &str, n: u32) -> String {
    if let Some(files) = Files::own() {
        tokio::time::sleep(Duration::from_millis(3 + u64::from(n % 5))).await;
        let step = cx.step().expect("a loop with a journal names the step");
        files.effect(step.as_str(), cx.idempotency_key().expect("a loop with a journal has a key"));
        tokio::time::sleep(Duration::from_millis(3 + u64::from(n % 3))).await;
    }
    format!("{name} {n} ok {}", "x".repeat(200))
}

/// Pays an invoice.
#[tool]
async fn pay(
    cx: &ToolContext,
    /** Number of the invoice */
    n: u32,
) -> String {
    effect(cx, "paid", n).await
}

/// Looks at an invoice.
#[tool(idempotent)]
async fn look(
    cx: &ToolContext,
    /** Number of the invoice */
    n: u32,
) -> String {
    effect(cx, "looked", n).await
}

/// Returns the tools: `pay` must not run twice, `look` may.
pub fn tools() -> Toolset {
    claudette::tools![pay, look]
}

/// Allows each call, and writes its id to the file of questions.
pub async fn approve(call: ToolUse) -> Approval {
    if let Some(files) = Files::own() {
        files.ask(call.id());
    }
    Approval::Allow
}
