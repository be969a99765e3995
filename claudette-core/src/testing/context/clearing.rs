//! [`Clearing`]: context editing, which removes old tool results and old thinking from the model's view.
//!
//! The server does not remember earlier requests. It goes through the conversation and clears at each request that the
//! conversation contains, so the same blocks are cleared again in the next request, and the prompt cache stays useful.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Map, Value, json};

use super::block::{Block, list};
use crate::testing::usage;

/// The text that the model reads instead of a cleared result.
const PLACEHOLDER: &str = "[Old tool result content cleared]";

/// The blocks that context editing changes.
#[derive(Default)]
pub(super) struct Clearing {
    /// By the index of the block.
    fates: HashMap<usize, Fate>,
    thinking: Option<Cleared>,
    tool_uses: Option<Cleared>,
}

/// What becomes of a block.
#[derive(Clone)]
pub(super) enum Fate {
    Kept,
    Removed,
    Replaced { value: Value, saved: u64 },
}

/// The number of cleared turns or calls, and their size.
#[derive(Default)]
struct Cleared {
    count: u64,
    bytes: u64,
}

impl Clearing {
    /// Applies the edits of a request. `before` is the number of bytes before the messages.
    pub(super) fn of(request: &Value, blocks: &[Block<'_>], before: u64) -> Self {
        let mut clearing = Self::default();
        for edit in list(&request["context_management"]["edits"]) {
            match edit["type"].as_str() {
                Some("clear_thinking_20251015") => clearing.clear_thinking(edit, blocks),
                Some("clear_tool_uses_20250919") => clearing.clear_tool_uses(edit, blocks, before),
                _ => {}
            }
        }
        clearing
    }

    pub(super) fn fate(&self, index: usize) -> Fate {
        self.fates.get(&index).cloned().unwrap_or(Fate::Kept)
    }

    /// Returns the number of bytes that were removed.
    pub(super) fn bytes(&self) -> u64 {
        self.thinking.iter().chain(&self.tool_uses).map(|cleared| cleared.bytes).sum()
    }

    /// Returns the edits that changed something, as the API reports them.
    pub(super) fn applied_edits(&self) -> Vec<Value> {
        let edit = |kind: &str, counter: &str, cleared: &Option<Cleared>| {
            let cleared = cleared.as_ref().filter(|cleared| cleared.count > 0)?;
            let tokens = cleared.bytes.div_ceil(4);
            Some(json!({ "type": kind, counter: cleared.count, "cleared_input_tokens": tokens }))
        };
        [
            edit("clear_thinking_20251015", "cleared_thinking_turns", &self.thinking),
            edit("clear_tool_uses_20250919", "cleared_tool_uses", &self.tool_uses),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Removes the thinking of all responses except the last ones.
    fn clear_thinking(&mut self, edit: &Value, blocks: &[Block<'_>]) {
        let keep = match &edit["keep"] {
            Value::String(_) => return,
            keep => keep["value"].as_u64().unwrap_or(1),
        };
        let mut cleared = Cleared::default();
        let mut seen = 0;
        let mut current = None;
        for (index, block) in blocks.iter().enumerate().rev().filter(|(_, block)| block.is_thinking()) {
            let another = current.replace(block.message) != Some(block.message);
            seen += u64::from(another);
            if seen > keep {
                cleared.count += u64::from(another);
                cleared.bytes += block.bytes;
                self.fates.insert(index, Fate::Removed);
            }
        }
        self.thinking = Some(cleared);
    }

    /// Clears the oldest results whenever the conversation has passed the trigger.
    fn clear_tool_uses(&mut self, edit: &Value, blocks: &[Block<'_>], before: u64) {
        let number = |value: &Value, default| value["value"].as_u64().unwrap_or(default);
        let trigger = &edit["trigger"];
        let keep = usize::try_from(number(&edit["keep"], 3)).unwrap_or(usize::MAX);
        let at_least = number(&edit["clear_at_least"], 0).saturating_mul(4);
        let excluded: HashSet<&str> = list(&edit["exclude_tools"]).iter().filter_map(Value::as_str).collect();
        let no_inputs = match &edit["clear_tool_inputs"] {
            Value::Bool(all) => *all,
            _ => false,
        };
        let inputs: HashSet<&str> = list(&edit["clear_tool_inputs"]).iter().filter_map(Value::as_str).collect();

        let thinking_cleared = self.thinking.is_some();
        let mut calls: HashMap<&str, (usize, &str)> = HashMap::new();
        let mut size = before;
        let mut uses = 0;
        let mut recent: VecDeque<Vec<(usize, Value, u64)>> = VecDeque::new();
        let mut old: Vec<(usize, Value, u64)> = Vec::new();
        let (mut old_bytes, mut old_uses) = (0, 0);
        let mut cleared = Cleared::default();
        for (index, block) in blocks.iter().enumerate() {
            // Thinking does not count if it is cleared, so that the size of the past does not change.
            if !(thinking_cleared && block.is_thinking()) {
                size += block.bytes;
            }
            match block.kind() {
                "tool_use" => {
                    let text = |name: &str| block.value[name].as_str().unwrap_or_default();
                    calls.insert(text("id"), (index, text("name")));
                }
                "tool_result" => {
                    let id = block.value["tool_use_id"].as_str().unwrap_or_default();
                    let (call, name) = calls.get(id).copied().unwrap_or_default();
                    uses += 1;
                    let mut changes = Vec::new();
                    if !excluded.contains(name) {
                        let replace = |index: usize, field: &str, with: Value| {
                            let value = with_field(&blocks[index].value, field, with);
                            let saved = usage::bytes(&blocks[index].value).saturating_sub(usage::bytes(&value));
                            (index, value, saved)
                        };
                        changes.push(replace(index, "content", json!(PLACEHOLDER)));
                        if no_inputs || inputs.contains(name) {
                            changes.push(replace(call, "input", json!({})));
                        }
                    }
                    recent.push_back(changes);
                    if recent.len() > keep {
                        let changes = recent.pop_front().unwrap_or_default();
                        old_uses += u64::from(!changes.is_empty());
                        old_bytes += changes.iter().map(|(_, _, saved)| saved).sum::<u64>();
                        old.extend(changes);
                    }
                }
                _ => {}
            }
            let passed = match trigger["type"].as_str() {
                Some("tool_uses") => uses > number(trigger, 0),
                _ => size.div_ceil(4) > number(trigger, 100_000),
            };
            if block.asks && passed && old_uses > 0 && old_bytes >= at_least {
                size -= old_bytes;
                uses -= old_uses;
                cleared.count += old_uses;
                cleared.bytes += old_bytes;
                self.fates.extend(old.drain(..).map(|(index, value, saved)| (index, Fate::Replaced { value, saved })));
                (old_bytes, old_uses) = (0, 0);
            }
        }
        self.tool_uses = Some(cleared);
    }
}

/// Returns an object with one field replaced, without copying the old value.
fn with_field(object: &Value, name: &str, value: Value) -> Value {
    let fields = object.as_object().into_iter().flatten().filter(|(key, _)| *key != name);
    let mut fields: Map<String, Value> = fields.map(|(key, value)| (key.clone(), value.clone())).collect();
    fields.insert(name.to_owned(), value);
    Value::Object(fields)
}
