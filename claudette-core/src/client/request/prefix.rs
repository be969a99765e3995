//! [`Prefix`]: the encoded system prompt and tools, which requests share.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::json_text::json;
use crate::messages::{CacheBreakpoints, CachePolicy, System};
use crate::tool::Toolset;

/// The system prompt and the tools, encoded as part of a request body. They seldom change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prefix {
    pub(super) json: Bytes,
    breakpoints: CacheBreakpoints,
}

impl Prefix {
    /// Encodes the system prompt and the tools, except those that `extra` sets by name.
    pub(in crate::client) fn new(
        system: Option<&System>,
        tools: &Toolset,
        extra: &Map<String, Value>,
        cache: &CachePolicy,
    ) -> Self {
        let (mut text, mut breakpoints) = (Vec::new(), CacheBreakpoints::default());
        if !tools.is_empty() && !extra.contains_key("tools") {
            let marked = cache.tools.as_ref().map(|control| tools.marked(control));
            let tools = marked.as_ref().unwrap_or(tools);
            text.extend_from_slice(b"\"tools\":");
            text.extend_from_slice(tools.wire_json().as_bytes());
            text.push(b',');
            breakpoints = tools.marks();
        }
        if let Some(system) = system.filter(|system| !system.is_empty() && !extra.contains_key("system")) {
            let mut system = Cow::Borrowed(system);
            if let Some(control) = &cache.system {
                system.to_mut().set_mark(control);
            }
            text.extend_from_slice(b"\"system\":");
            text.append(&mut json(&system));
            text.push(b',');
            breakpoints = breakpoints.then(system.marks());
        }
        Self { json: text.into(), breakpoints }
    }

    /// Returns the size of the encoding in bytes.
    pub(crate) fn len(&self) -> usize {
        self.json.len()
    }

    /// Returns the cache breakpoints in the system prompt and the tools.
    pub(crate) fn breakpoints(&self) -> CacheBreakpoints {
        self.breakpoints
    }
}
