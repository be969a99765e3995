//! An agent whose runs continue after a crash, with Restate.
//!
//! ```text
//! cargo run -p claudette-journal-restate --example agent
//! ```
//!
//! It prints the commands that start a Restate server and a run. While a run waits for a decision, stop the program with
//! Ctrl-C and start it again: the run continues. If `CLAUDETTE_RESTATE` contains the URLs of a server
//! (`<ingress URL>,<admin URL>`), the example runs the commands itself, and ends.

#![allow(missing_docs, clippy::print_stdout)]

use std::time::Duration;

use claudette::testing::{self, MockResponse};
use claudette::{Approval, Chat, Client, ToolUse, Toolset, tool, tools};
use claudette_journal_restate::{Approvals, Journal, ToolCall, ToolRecord};
use restate_sdk::prelude::*;
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::process::Command;

/// Returns the numbers of the open invoices.
#[tool(read_only)]
fn open_invoices() -> Vec<u32> {
    vec![7, 12]
}

/// Charges an invoice.
#[tool]
async fn charge(
    /** Number of the invoice */
    invoice: u32,
) -> String {
    println!("charging invoice {invoice}");
    format!("charged {invoice}")
}

struct Agent {
    client: Client,
    tools: Toolset,
}

#[restate_sdk::service]
impl Agent {
    /// Runs the loop.
    #[handler]
    async fn run(&self, ctx: Context<'_>, prompt: String) -> HandlerResult<String> {
        let journal = Journal::new(&ctx, "invoices")
            .calls(|call| ctx.service_client::<AgentClient>().tool(call))
            .approval_timeout(Duration::from_hours(72));
        let approve = async |call: ToolUse| {
            let needs_decision = call.input_as::<Value>().is_ok_and(|input| input["invoice"] == 12);
            if !needs_decision {
                return Approval::Allow;
            }
            println!("the call {} of run {} waits for a decision", call.id(), journal.run_id());
            Approval::Suspend
        };
        let mut chat = Chat::builder(&self.client).tools(self.tools.clone()).build().terminal()?;
        match chat.toolloop(prompt).approve(approve).journal(&journal).await {
            Ok(run) => Ok(run.text()),
            Err(error) => Err(journal.handler_error(error)),
        }
    }

    /// Runs one tool call.
    #[handler]
    async fn tool(&self, ctx: Context<'_>, call: ToolCall) -> HandlerResult<ToolRecord> {
        call.run(&ctx, &self.tools).await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let script = [
        MockResponse::tool_use("open_invoices", json!({})),
        MockResponse::tool_uses([("charge", json!({"invoice": 7})), ("charge", json!({"invoice": 12}))]),
        MockResponse::text("Both invoices are charged."),
    ];
    let client = testing::client_or_script("claude-sonnet-5-5", script).await?;
    let agent = Agent { client, tools: tools![open_invoices, charge] };
    let endpoint = Endpoint::builder().bind(agent).bind(Approvals).build();

    // The SDK does not set TCP_NODELAY, which costs up to 40 ms a step. Connections inherit it from the listener.
    let socket = TcpSocket::new_v4()?;
    socket.set_nodelay(true)?;
    socket.set_reuseaddr(true)?;
    socket.bind("127.0.0.1:9080".parse()?)?;
    let server = tokio::spawn(HttpServer::new(endpoint).serve(socket.listen(1024)?));

    let urls = std::env::var("CLAUDETTE_RESTATE").ok();
    let is_given = urls.is_some();
    let urls = urls.unwrap_or_else(|| "http://127.0.0.1:18080,http://127.0.0.1:18081".to_owned());
    let Some((ingress, admin)) = urls.split_once(',') else { return Err("<ingress URL>,<admin URL>".into()) };
    let run = json!("Charge all open invoices.");
    if is_given {
        post(&format!("{admin}/deployments"), &json!({"uri": "http://127.0.0.1:9080", "force": true})).await?;
        let sent = post(&format!("{ingress}/Agent/run/send"), &run).await?;
        let Some(invocation) = sent["invocationId"].as_str() else { return Err(sent.to_string().into()) };
        let approvals = format!("{ingress}/ClaudetteApprovals/{invocation}.invoices");
        loop {
            let waiting = post(&format!("{approvals}/waiting"), &Value::Null).await?;
            if let Some(call) = waiting[0]["call"]["id"].as_str() {
                post(&format!("{approvals}/decide"), &json!({"call": call, "approval": {"type": "allow"}})).await?;
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let answer = post(&format!("{ingress}/restate/invocation/{invocation}/attach"), &Value::Null).await?;
        println!("{answer}");
        return Ok(());
    }
    println!("Start a server:   integrations/journal-restate/server start");
    println!(
        "Register:         curl {admin}/deployments --json '{{\"uri\": \"http://127.0.0.1:9080\", \"force\": true}}'"
    );
    println!("Start a run:      curl {ingress}/Agent/run/send --json '{run}'");
    println!("List open calls:  curl -X POST {ingress}/ClaudetteApprovals/<invocation id>.invoices/waiting");
    println!("Decide:           curl {ingress}/ClaudetteApprovals/<invocation id>.invoices/decide \\");
    println!("                       --json '{{\"call\": \"<call id>\", \"approval\": {{\"type\": \"allow\"}}}}'");
    println!("Read the answer:  curl {ingress}/restate/invocation/<invocation id>/attach");
    server.await?;
    Ok(())
}

/// Sends a request with `curl`, and reads the JSON of the response.
async fn post(url: &str, body: &Value) -> Result<Value, Box<dyn std::error::Error>> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail-with-body", url]);
    if url.ends_with("/waiting") {
        curl.args(["-X", "POST"]);
    } else if !body.is_null() {
        curl.args(["-H", "content-type: application/json", "-d", &body.to_string()]);
    }
    let output = curl.output().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("{url}: {text}").into());
    }
    Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
}
