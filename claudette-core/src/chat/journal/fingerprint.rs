//! [`Fingerprint`]: what a run began with, so that a changed program does not continue it by mistake.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chat::run_start::RunStart;
use crate::messages::{Message, fnv};
use crate::tool::{Tool, Toolset};

/// The prompt, tools, options and library version that a run began with. Large parts are hashes.
///
/// It is the first record of a run. If a later process begins the same run with something else, the loop returns an
/// error that names the differences, unless [`Journal::allows_drift`](crate::journal::Journal::allows_drift) permits it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint {
    library: String,
    prompt: Hash,
    system: Hash,
    model: String,
    /// The options of the requests, by their names in the API.
    request: BTreeMap<String, Hash>,
    /// The options of the loop, by their names.
    options: BTreeMap<String, Hash>,
    /// The definitions of the tools, by their names.
    tools: BTreeMap<String, Hash>,
    /// The number of messages in the chat, and the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conversation: Option<(usize, Hash)>,
}

/// A hash, in hexadecimal.
type Hash = String;

fn hash(value: &(impl Serialize + ?Sized)) -> Hash {
    let json = serde_json::to_vec(value).expect("every part of a run has a JSON form");
    format!("{:016x}", fnv(&json))
}

fn hash_fields(fields: Value) -> BTreeMap<String, Hash> {
    let Value::Object(fields) = fields else { return BTreeMap::new() };
    fields
        .into_iter()
        // The model has a field of its own, and a copy of a run has another id.
        .filter(|(name, value)| !matches!(name.as_str(), "model" | "run_id") && !value.is_null())
        .map(|(name, value)| (name, hash(&value)))
        .collect()
}

/// The definitions of all tools, and what a journal must know about those that run here.
fn hash_tools(tools: &Toolset) -> BTreeMap<String, Hash> {
    let sent: Vec<Value> = serde_json::from_str(tools.wire_json()).unwrap_or_default();
    let sent = sent.iter().filter_map(|tool| Some((name_of(tool)?, hash(tool))));
    let mut hashes: BTreeMap<String, Hash> = sent.collect();
    for tool in tools.definitions() {
        let annotations = tools.get(tool.name()).map(Tool::annotations).unwrap_or_default();
        let is_repeatable = annotations.read_only || annotations.idempotent;
        hashes.remove(&*tool.wire_name());
        hashes.insert(tool.name().to_owned(), hash(&(tool, is_repeatable)));
    }
    hashes
}

/// Returns the name of a tool that is sent. The toolset of an MCP server has the name of its server.
fn name_of(tool: &Value) -> Option<String> {
    let text = |field: &str| tool.get(field)?.as_str();
    match text("name") {
        Some(name) => Some(name.to_owned()),
        None => Some(format!("{} {}", text("type")?, text("mcp_server_name")?)),
    }
}

impl Fingerprint {
    pub(super) fn of(start: &RunStart<'_>, messages: Option<&[Message]>) -> Self {
        let options = serde_json::to_value(start.options).unwrap_or_default();
        Self {
            library: env!("CARGO_PKG_VERSION").to_owned(),
            prompt: hash(&start.prompt),
            system: hash(&start.system),
            model: start.request.model.to_string(),
            request: hash_fields(start.request.to_value()),
            options: hash_fields(options),
            tools: hash_tools(start.tools),
            conversation: messages.map(|messages| (messages.len(), hash(&messages.last()))),
        }
    }

    /// Returns what differs in `now`, in words.
    ///
    /// ```
    /// use claudette::journal::Fingerprint;
    ///
    /// let json = r#"{
    ///     "library": "0.1.0", "prompt": "a1", "system": "b1", "model": "claude-sonnet-5-5", "request": {},
    ///     "options": {}, "tools": {"pay": "c1"}, "conversation": [0, "d1"]
    /// }"#;
    /// let (before, now) = (json, json.replace("pay", "look").replace("a1", "a2"));
    /// let (before, now): (Fingerprint, Fingerprint) = (serde_json::from_str(before)?, serde_json::from_str(&now)?);
    /// assert_eq!(before.differences(&now), ["another prompt", "the tool `pay`", "no tool `look`"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        let mut compare = |is_same: bool, what: String| {
            if !is_same {
                differences.push(what);
            }
        };
        compare(self.prompt == now.prompt, "another prompt".to_owned());
        compare(self.system == now.system, "another system prompt".to_owned());
        compare(self.model == now.model, format!("the model {}", self.model));
        if let (Some(before @ (messages, _)), Some(now)) = (&self.conversation, &now.conversation) {
            compare(before == now, format!("another conversation, of {messages} messages"));
        }
        for (before, now) in [(&self.request, &now.request), (&self.options, &now.options)] {
            let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
            for name in names {
                compare(before.get(name) == now.get(name), format!("another `{name}`"));
            }
        }
        for (name, definition) in &self.tools {
            match now.tools.get(name) {
                None => compare(false, format!("the tool `{name}`")),
                Some(other) => compare(other == definition, format!("another definition of the tool `{name}`")),
            }
        }
        for name in now.tools.keys() {
            compare(self.tools.contains_key(name), format!("no tool `{name}`"));
        }
        compare(self.library == now.library, format!("version {} of this library", self.library));
        differences
    }
}
