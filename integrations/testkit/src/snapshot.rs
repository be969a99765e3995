//! [`RunSnapshot`]: a run as text that is equal in every execution.

use std::fmt;

use claudette::Run;
use claudette::chat::Step;
use serde::Serialize;
use serde_json::{Value, json};

use crate::cassette::hash_data;

/// A run as text that is equal in every execution: the content of each response, the results of its tool calls, and the
/// reasons they ended.
///
/// It has no times, no token counts, and no ids of requests and messages. Ids of tool calls are numbered: `call_1`, …
/// Signatures are left out, and large images are replaced by their hashes. It displays as YAML, for
/// `insta::assert_snapshot!`, and it can be serialized, for `insta::assert_json_snapshot!`.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
/// # claude.respond(MockResponse::text("There are 3."));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Chat, tool, tools};
/// use claudette_testkit::snapshot;
///
/// /// Returns the number of items in stock.
/// #[tool]
/// fn stock(/** Name of the item */ item: &str) -> u32 {
///     if item == "tea" { 3 } else { 0 }
/// }
///
/// let mut chat = Chat::builder(client).tools(tools![stock]).build()?;
/// let run = chat.toolloop("How much tea is there?").await?;
/// assert_eq!(
///     snapshot(&run).to_string(),
///     "\
/// steps:
/// - content:
///   - tool_use: stock
///     id: call_1
///     input:
///       item: tea
///     result: '3'
///   stop_reason: tool_use
/// - content:
///   - text: There are 3.
///   stop_reason: end_turn
/// end_reason: Finished"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RunSnapshot(Value);

/// Returns a [`RunSnapshot`] of a run.
pub fn snapshot(run: &Run) -> RunSnapshot {
    let mut ids = Ids::default();
    let steps: Vec<Value> = run.steps().iter().map(|step| of_step(step, &mut ids)).collect();
    let mut snapshot = json!({"steps": steps, "end_reason": run.end_reason()});
    ids.replace(&mut snapshot);
    hash_data(&mut snapshot);
    RunSnapshot(snapshot)
}

impl fmt::Display for RunSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(yaml_serde::to_string(&self.0).map_err(|_| fmt::Error)?.trim_end())
    }
}

fn of_step(step: &Step, ids: &mut Ids) -> Value {
    let response = step.response();
    let blocks = serde_json::to_value(response.content()).unwrap_or_default();
    let blocks = blocks.as_array().cloned().unwrap_or_default();
    let content: Vec<Value> = blocks.into_iter().map(|block| of_block(block, step, ids)).collect();
    let mut snapshot = json!({"content": content});
    if let Some(reason) = response.stop_reason() {
        snapshot["stop_reason"] = reason.as_str().into();
    }
    snapshot
}

fn of_block(mut block: Value, step: &Step, ids: &mut Ids) -> Value {
    remove_opaque(&mut block);
    let kind = block["type"].as_str().unwrap_or_default().to_owned();
    if let Some(id) = block["id"].as_str() {
        ids.number(id);
    }
    match kind.as_str() {
        "text" | "thinking" => {
            let mut short = json!({ &kind: block[&kind] });
            if let Some(citations) = block.get("citations").filter(|citations| !citations.is_null()) {
                short["citations"] = citations.clone();
            }
            short
        }
        "redacted_thinking" => json!({"redacted_thinking": true}),
        "tool_use" => {
            let id = block["id"].as_str().unwrap_or_default();
            let mut short = json!({"tool_use": block["name"], "id": id, "input": block["input"]});
            let outcome = step.outcomes().iter().find(|outcome| outcome.call_id() == id);
            if let Some(outcome) = outcome {
                let name = if outcome.is_error() { "error" } else { "result" };
                let result = serde_json::to_value(outcome.result()).unwrap_or_default();
                short[name] = of_result(&result["content"]);
            } else if step.pending().iter().any(|call| call.id().split('/').next() == Some(id)) {
                short["pending"] = true.into();
            }
            short
        }
        _ => {
            if let Some(members) = block.as_object_mut() {
                members.remove("type");
            }
            json!({ kind: block })
        }
    }
}

/// Returns a result as a text if it is one.
fn of_result(content: &Value) -> Value {
    match content.as_array().map(Vec::as_slice) {
        Some([block]) if block["type"] == "text" => block["text"].clone(),
        _ => content.clone(),
    }
}

/// Removes members that differ in every recording and that no person reads.
fn remove_opaque(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(remove_opaque),
        Value::Object(members) => {
            for name in ["signature", "encrypted_content", "encrypted_index"] {
                members.remove(name);
            }
            members.values_mut().for_each(remove_opaque);
        }
        _ => {}
    }
}

/// The ids of tool calls, in the order in which they were seen.
#[derive(Default)]
struct Ids(Vec<String>);

impl Ids {
    fn number(&mut self, id: &str) {
        if !self.0.iter().any(|known| known == id) {
            self.0.push(id.to_owned());
        }
    }

    fn replace(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                // The longest first: `toolu_1` is the beginning of `toolu_10`.
                let mut known: Vec<_> = self.0.iter().enumerate().collect();
                known.sort_by_key(|(_, id)| std::cmp::Reverse(id.len()));
                for (place, id) in known {
                    // A short id could be part of any word.
                    if text == id || id.len() >= 8 && text.contains(id.as_str()) {
                        *text = text.replace(id.as_str(), &format!("call_{}", place + 1));
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.replace(member)),
            _ => {}
        }
    }
}
