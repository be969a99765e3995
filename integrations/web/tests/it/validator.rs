//! [`Page`]: the rules of the AI SDK's client, written from its description and not from the code under test.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The types of chunks: the first version of the SDK that knows them, and the fields that they must have.
const TYPES: &[(&str, u8, &[&str])] = &[
    ("start", 5, &[]),
    ("start-step", 5, &[]),
    ("finish-step", 5, &[]),
    ("reset-step", 7, &[]),
    ("text-start", 5, &["id"]),
    ("text-delta", 5, &["id", "delta"]),
    ("text-end", 5, &["id"]),
    ("reasoning-start", 5, &["id"]),
    ("reasoning-delta", 5, &["id", "delta"]),
    ("reasoning-end", 5, &["id"]),
    ("tool-input-start", 5, &["toolCallId", "toolName"]),
    ("tool-input-delta", 5, &["toolCallId", "inputTextDelta"]),
    ("tool-input-available", 5, &["toolCallId", "toolName", "input"]),
    ("tool-input-error", 5, &["toolCallId", "toolName", "input", "errorText"]),
    ("tool-approval-request", 6, &["approvalId", "toolCallId"]),
    ("tool-approval-response", 7, &["approvalId", "approved"]),
    ("tool-output-available", 5, &["toolCallId", "output"]),
    ("tool-output-error", 5, &["toolCallId", "errorText"]),
    ("tool-output-denied", 6, &["toolCallId"]),
    ("source-url", 5, &["sourceId", "url"]),
    ("source-document", 5, &["sourceId", "mediaType", "title"]),
    ("file", 5, &["url", "mediaType"]),
    ("message-metadata", 5, &["messageMetadata"]),
    ("finish", 5, &[]),
    ("error", 5, &["errorText"]),
    ("abort", 5, &[]),
];

const REASONS: &[&str] = &["stop", "length", "content-filter", "tool-calls", "error", "other"];

/// The state of a client of one version while it reads a stream.
#[derive(Debug)]
pub(crate) struct Page {
    version: u8,
    is_started: bool,
    is_over: bool,
    /// The parts of the open step begin here; `None` before the first step of the message.
    step: Option<usize>,
    texts: BTreeSet<String>,
    reasonings: BTreeSet<String>,
    /// The ids that texts and reasonings have had.
    used: BTreeSet<String>,
    pub(crate) tools: Vec<Tool>,
    approvals: BTreeMap<String, String>,
    sources: BTreeSet<String>,
}

#[derive(Debug)]
pub(crate) struct Tool {
    id: String,
    is_dynamic: bool,
    pub(crate) state: &'static str,
}

impl Page {
    pub(crate) fn new(version: u8) -> Self {
        Self {
            version,
            is_started: false,
            is_over: false,
            step: None,
            texts: BTreeSet::new(),
            reasonings: BTreeSet::new(),
            used: BTreeSet::new(),
            tools: Vec::new(),
            approvals: BTreeMap::new(),
            sources: BTreeSet::new(),
        }
    }

    /// Adds the tool calls that the message has from an earlier run.
    pub(crate) fn with_calls(mut self, ids: &[&str]) -> Self {
        self.tools =
            ids.iter().map(|id| Tool { id: (*id).to_owned(), is_dynamic: true, state: "approval-responded" }).collect();
        self
    }

    /// Reads the end of the stream.
    pub(crate) fn end(&self) -> Result<(), String> {
        match () {
            () if !self.is_over => Err("the stream has no end".to_owned()),
            () if !self.texts.is_empty() || !self.reasonings.is_empty() => Err("a text is open".to_owned()),
            () if self.tools.iter().any(|tool| tool.state == "input-streaming") => Err("an input is open".to_owned()),
            () => Ok(()),
        }
    }

    /// Reads a chunk, or says why the client would end the stream with an error.
    #[allow(clippy::too_many_lines, clippy::collapsible_match, reason = "one arm for each type")]
    pub(crate) fn read(&mut self, chunk: &Value) -> Result<(), String> {
        let fail = |why: &str| Err(format!("{why}: {chunk}"));
        let kind = chunk["type"].as_str().unwrap_or_default();
        if self.is_over {
            return fail("after the end");
        }
        if kind.starts_with("data-") {
            return if chunk.get("data").is_some() { Ok(()) } else { fail("no data") };
        }
        let Some((_, since, fields)) = TYPES.iter().find(|(name, ..)| *name == kind) else {
            return fail("unknown type");
        };
        if *since > self.version {
            return fail("too new");
        }
        if fields.iter().any(|field| chunk.get(*field).is_none()) {
            return fail("a field is missing");
        }
        if self.is_started == (kind == "start") {
            return fail("one start, at the beginning");
        }
        let text = |field: &str| chunk[field].as_str().unwrap_or_default().to_owned();
        let in_step = self.step.is_some();
        match kind {
            "start" => self.is_started = true,
            "start-step" if in_step => return fail("a step is open"),
            "start-step" => self.step = Some(self.tools.len()),
            "finish-step" => {
                if !in_step || !self.texts.is_empty() || !self.reasonings.is_empty() {
                    return fail("no step, or an open text");
                }
                self.step = None;
            }
            "reset-step" => {
                let Some(begin) = self.step else { return fail("no step") };
                self.tools.truncate(begin);
                self.texts.clear();
                self.reasonings.clear();
            }
            "text-start" | "reasoning-start" => {
                let open = if kind == "text-start" { &mut self.texts } else { &mut self.reasonings };
                if !in_step || !self.used.insert(text("id")) || !open.insert(text("id")) {
                    return fail("outside of a step, or an id that was used");
                }
            }
            "text-delta" if self.texts.contains(&text("id")) => {}
            "reasoning-delta" if self.reasonings.contains(&text("id")) => {}
            "text-end" if self.texts.remove(&text("id")) => {}
            "reasoning-end" if self.reasonings.remove(&text("id")) => {}
            "text-delta" | "text-end" | "reasoning-delta" | "reasoning-end" => return fail("without a start"),
            "tool-input-start" | "tool-input-available" | "tool-input-error" => {
                let is_dynamic = chunk["dynamic"] == true;
                let state = match kind {
                    "tool-input-start" => "input-streaming",
                    "tool-input-available" => "input-available",
                    _ => "output-error",
                };
                let begin = self.step.unwrap_or(self.tools.len());
                if !in_step {
                    return fail("outside of a step");
                }
                match self.tools[begin..].iter_mut().find(|tool| tool.id == text("toolCallId")) {
                    Some(tool) if tool.is_dynamic != is_dynamic => return fail("static and dynamic"),
                    Some(tool) => tool.state = state,
                    None => self.tools.push(Tool { id: text("toolCallId"), is_dynamic, state }),
                }
            }
            "tool-input-delta" => match self.tool(&text("toolCallId")) {
                Some(tool) if tool.state == "input-streaming" => {}
                _ => return fail("without a start"),
            },
            "tool-approval-request" => {
                let (call, approval) = (text("toolCallId"), text("approvalId"));
                match self.tool(&call) {
                    Some(tool) if tool.state != "input-streaming" => tool.state = "approval-requested",
                    _ => return fail("no complete call"),
                }
                self.approvals.insert(approval, call);
            }
            "tool-approval-response" if self.approvals.contains_key(&text("approvalId")) => {}
            "tool-approval-response" => return fail("unknown approval"),
            "tool-output-available" | "tool-output-error" | "tool-output-denied" => {
                match self.tool(&text("toolCallId")) {
                    Some(tool) if tool.state == "input-streaming" => return fail("the input is not complete"),
                    Some(tool) if tool.state == "output-denied" => return fail("it was denied"),
                    Some(tool) => tool.state = if kind == "tool-output-denied" { "output-denied" } else { "done" },
                    None => return fail("no such call"),
                }
            }
            "source-url" | "source-document" => {
                if !self.sources.insert(text("sourceId")) {
                    return fail("a source twice");
                }
            }
            "finish" => {
                if chunk.get("finishReason").is_some_and(|reason| !REASONS.contains(&reason.as_str().unwrap())) {
                    return fail("unknown reason");
                }
                if in_step {
                    return fail("a step is open");
                }
                self.is_over = true;
            }
            "abort" if self.version < 6 && chunk.get("reason").is_some() => return fail("unknown field"),
            "error" | "abort" => self.is_over = true,
            _ => {}
        }
        Ok(())
    }

    /// Returns the last part of a call.
    fn tool(&mut self, id: &str) -> Option<&mut Tool> {
        self.tools.iter_mut().rfind(|tool| tool.id == id)
    }
}
