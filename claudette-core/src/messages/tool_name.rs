//! Tool names that are longer than the API accepts: shortened in requests, restored in responses.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::content::{ContentBlock, ToolUse};
use super::event::StreamEvent;
use super::fnv::fnv;
use super::{Message, Response};

/// The length of the longest tool name that every host of the API accepts, in bytes.
const LONGEST: usize = 64;

/// Returns the name that a tool has in a request. A name that is too long is replaced by its first 55 characters, `_`
/// and a hash of eight digits. The result depends only on the name, so all requests and processes send the same one.
pub(crate) fn wire_name(name: &str) -> Cow<'_, str> {
    if name.len() <= LONGEST {
        return Cow::Borrowed(name);
    }
    let hash = fnv(name.as_bytes());
    let start: String = name.chars().take(55).collect();
    Cow::Owned(format!("{start}_{:08x}", (hash ^ (hash >> 32)) & 0xffff_ffff))
}

/// Returns the message with tool names that the API accepts, or `None` if all of its names are short enough.
pub(crate) fn with_wire_names(message: &Message) -> Option<Message> {
    if !message.content().iter().any(has_long_name) {
        return None;
    }
    let mut message = message.clone();
    message.blocks_mut().iter_mut().for_each(shorten_names);
    Some(message)
}

fn has_long_name(block: &ContentBlock) -> bool {
    match block {
        ContentBlock::ToolUse(call) => call.name().len() > LONGEST,
        ContentBlock::ToolReference(tool) => tool.tool_name().len() > LONGEST,
        ContentBlock::ToolResult(result) => result.content().is_some_and(|it| it.blocks().iter().any(has_long_name)),
        _ => false,
    }
}

fn shorten_names(block: &mut ContentBlock) {
    match block {
        ContentBlock::ToolUse(call) => call.set_name(wire_name(call.name()).into_owned()),
        ContentBlock::ToolReference(tool) => tool.set_tool_name(wire_name(tool.tool_name()).into_owned()),
        ContentBlock::ToolResult(result) => result.blocks_mut().iter_mut().for_each(shorten_names),
        _ => {}
    }
}

/// The original names of tools whose names are too long, by the names that are sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct LongNames(Option<Arc<BTreeMap<String, String>>>);

impl LongNames {
    /// Adds a tool, if its name is too long.
    pub(crate) fn add(&mut self, name: &str) {
        if let Cow::Owned(sent) = wire_name(name) {
            Arc::make_mut(self.0.get_or_insert_default()).insert(sent, name.to_owned());
        }
    }

    /// Returns the original name for a name that was sent.
    pub(crate) fn own(&self, sent: &str) -> Option<&str> {
        Some(self.0.as_ref()?.get(sent)?)
    }

    /// Restores the original tool names in the calls of a response.
    pub(crate) fn restore(&self, response: &mut Response) {
        if self.0.is_some() && response.tool_uses().any(|call| self.of(call).is_some()) {
            response.content_mut().iter_mut().for_each(|block| self.restore_block(block));
        }
    }

    /// Restores the original tool names in an event of a stream.
    #[inline]
    pub(crate) fn restore_event(&self, event: &mut StreamEvent) {
        if self.0.is_some() {
            match event {
                StreamEvent::ContentBlockStart(start) => self.restore_block(&mut start.content_block),
                StreamEvent::MessageStart(start) => self.restore(&mut start.message),
                _ => {}
            }
        }
    }

    fn restore_block(&self, block: &mut ContentBlock) {
        if let ContentBlock::ToolUse(call) = block
            && let Some(name) = self.of(call)
        {
            call.set_name(name.to_owned());
        }
    }

    /// Returns the original name of the called tool. Members of a toolset are not tools of the request.
    fn of(&self, call: &ToolUse) -> Option<&str> {
        self.own(call.name()).filter(|_| call.toolset_name().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_names_are_shortened() {
        assert_eq!(wire_name("sums"), "sums");
        assert_eq!(wire_name(&"x".repeat(64)), "x".repeat(64));
        let (a, b) = ("x".repeat(100) + "a", "x".repeat(100) + "b");
        assert_eq!(wire_name(&a).len(), 64);
        assert!(wire_name(&a).starts_with(&("x".repeat(55) + "_")));
        assert_ne!(wire_name(&a), wire_name(&b));
    }

    #[test]
    fn a_name_is_cut_between_characters() {
        assert_eq!(wire_name(&"ß".repeat(100)).chars().count(), 64);
    }
}
