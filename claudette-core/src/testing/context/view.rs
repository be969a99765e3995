//! [`View`]: a request as the model reads it.

use std::collections::HashMap;

use serde_json::Value;

use super::block::{self, list};
use super::clearing::{Clearing, Fate};
use crate::testing::{digest, usage};

/// A request as the model reads it: after compaction, and after context editing.
pub(in crate::testing) struct View {
    /// The tools, the system prompt and the content blocks, in this order.
    pub(super) parts: Vec<Part>,
    /// The number of parts before the messages.
    pub(super) before_messages: usize,
    /// The tokens of settings that the model reads after the messages.
    after: u64,
    /// The tokens that context editing removed.
    cleared: u64,
    applied_edits: Vec<Value>,
}

/// A tool, or a block that can end with a cache breakpoint.
#[derive(Clone, Copy)]
pub(super) struct Part {
    /// The digest of everything up to and including this part.
    pub(super) chain: u64,
    /// The bytes of everything up to and including this part.
    pub(super) bytes: u64,
    pub(super) breakpoint: Option<Ttl>,
    pub(super) cacheable: bool,
}

/// The lifetime of an entry in the prompt cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::testing) enum Ttl {
    FiveMinutes,
    OneHour,
}

impl Ttl {
    pub(in crate::testing) fn of(control: &Value) -> Self {
        if control["ttl"] == "1h" { Ttl::OneHour } else { Ttl::FiveMinutes }
    }
}

impl View {
    /// Returns the model's view of a request whose fields are valid.
    pub(in crate::testing) fn of(request: &Value) -> Self {
        let mut parts = Parts::new(request["model"].as_str().unwrap_or_default());
        let mut deferred = HashMap::new();
        for tool in list(&request["tools"]) {
            if tool["defer_loading"] == true {
                deferred.insert(tool["name"].as_str().unwrap_or_default(), usage::bytes(tool));
            } else {
                parts.push(tool, usage::bytes(tool) + 1);
            }
        }
        parts.end_section();
        parts.mix(&request["speed"]);
        match &request["system"] {
            Value::Null => {}
            Value::Array(blocks) => blocks.iter().for_each(|block| parts.push(block, usage::bytes(block) + 1)),
            text => parts.push(text, usage::bytes(text)),
        }
        parts.end_section();
        let before_messages = parts.all.len();
        for name in ["tool_choice", "thinking"] {
            parts.mix(&request[name]);
        }
        parts.mix(&request["output_config"]["effort"]);

        let blocks = block::visible(list(&request["messages"]));
        let clearing = Clearing::of(request, &blocks, parts.bytes);
        for (index, block) in blocks.iter().enumerate() {
            parts.chain = digest::chain(parts.chain, digest::of_text(block.role));
            match clearing.fate(index) {
                Fate::Kept => parts.push(&block.value, block.bytes + loaded(&block.value, &mut deferred)),
                Fate::Removed => {}
                Fate::Replaced { value, saved } => parts.push(&value, block.bytes - saved),
            }
        }
        if let Some(control) = request.get("cache_control").filter(|control| !control.is_null()) {
            let messages = &mut parts.all[before_messages..];
            if let Some(last) = messages.iter_mut().rev().find(|part| part.cacheable) {
                last.breakpoint = last.breakpoint.or(Some(Ttl::of(control)));
            }
        }
        Self {
            parts: parts.all,
            before_messages,
            after: request.get("output_config").map_or(0, usage::tokens),
            cleared: clearing.bytes().div_ceil(4),
            applied_edits: clearing.applied_edits(),
        }
    }

    /// Returns the estimated number of tokens that the model reads.
    pub(in crate::testing) fn tokens(&self) -> u64 {
        let bytes = self.parts.last().map_or(0, |part| part.bytes);
        (bytes.div_ceil(4) + self.after).max(1)
    }

    /// Returns the number of tokens before context editing.
    pub(in crate::testing) fn original_tokens(&self) -> u64 {
        self.tokens() + self.cleared
    }

    pub(in crate::testing) fn applied_edits(&self) -> &[Value] {
        &self.applied_edits
    }

    /// Returns the view after the messages were replaced by this compaction block.
    pub(in crate::testing) fn compacted(&self, compaction: &Value) -> Self {
        let mut parts = self.parts[..self.before_messages].to_vec();
        let (chain, bytes) = parts.last().map_or((0, 0), |part| (part.chain, part.bytes));
        parts.push(Part {
            chain: digest::chain(chain, digest::of(compaction)),
            bytes: bytes + block::message_bytes("assistant") + usage::bytes(compaction) + 1,
            breakpoint: None,
            cacheable: true,
        });
        Self { parts, before_messages: self.before_messages, after: self.after, cleared: 0, applied_edits: Vec::new() }
    }
}

/// The parts of a request while they are collected.
struct Parts {
    all: Vec<Part>,
    chain: u64,
    bytes: u64,
}

impl Parts {
    fn new(model: &str) -> Self {
        Self { all: Vec::new(), chain: digest::of_text(model), bytes: 0 }
    }

    fn push(&mut self, value: &Value, bytes: u64) {
        self.chain = digest::chain(self.chain, digest::of(value));
        self.bytes += bytes;
        self.all.push(Part {
            chain: self.chain,
            bytes: self.bytes,
            breakpoint: breakpoint(value),
            cacheable: !matches!(value["type"].as_str(), Some("thinking" | "redacted_thinking")),
        });
    }

    /// Fills the last token of the tools or of the system prompt.
    fn end_section(&mut self) {
        self.bytes = self.bytes.next_multiple_of(4);
    }

    /// Adds a setting that everything after it depends on.
    fn mix(&mut self, setting: &Value) {
        self.chain = digest::chain(self.chain, digest::of(setting));
    }
}

/// Returns the cache breakpoint of a block, or of a block inside it.
fn breakpoint(block: &Value) -> Option<Ttl> {
    let own = |block: &Value| block.get("cache_control").filter(|control| !control.is_null()).map(Ttl::of);
    own(block).or_else(|| list(&block["content"]).iter().rev().find_map(own))
}

/// Returns the bytes of the deferred tools that a block refers to for the first time.
fn loaded(block: &Value, deferred: &mut HashMap<&str, u64>) -> u64 {
    if deferred.is_empty() {
        return 0;
    }
    let references = list(&block["content"]).iter().chain(list(&block["content"]["tool_references"]));
    references.filter_map(|reference| deferred.remove(reference["tool_name"].as_str()?)).sum()
}
