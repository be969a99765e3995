//! Reasons for which the API refuses a block, independent of its context.

use super::{ContentBlock, ResultContent, is_call_id};

/// The blocks that a tool result may contain
/// ([Tool results](https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls)).
const IN_TOOL_RESULT: [&str; 6] = ["browser_state", "document", "image", "search_result", "text", "tool_reference"];

impl ContentBlock {
    /// Returns the reason for which the API would refuse this block, or `None` if it accepts the block.
    ///
    /// Unknown types are not checked, and neither are rules that depend on the role or on other blocks.
    pub(crate) fn refusal(&self) -> Option<String> {
        match self {
            Self::ToolUse(call) if !is_call_id(call.id()) => Some(bad_id("call", call.id())),
            Self::ToolUse(call) if !call.input().get().starts_with('{') => {
                Some(format!("the arguments of the call `{}` are not an object", call.id()))
            }
            Self::ToolResult(result) if !is_call_id(result.tool_use_id()) => {
                Some(bad_id("result", result.tool_use_id()))
            }
            Self::ToolResult(result) => {
                let of_result = |fault: &str| format!("the result of `{}` {fault}", result.tool_use_id());
                let blocks = result.content().map_or(&[][..], ResultContent::blocks);
                let foreign = || blocks.iter().find(|block| block.is_foreign_in_result()).map(foreign);
                result.fault().map(of_result).or_else(foreign).or_else(|| first_refusal(result.content()))
            }
            Self::ServerToolUse(call) if !is_server_call_id(call.id()) => Some(format!(
                "the id {:?} of a server tool call is invalid: it must be `srvtoolu_` followed by letters, digits or \
                 `_`",
                call.id()
            )),
            Self::ServerToolUse(call) if !call.has_arguments() => {
                Some(format!("the arguments of the call `{}` are not an object", call.id()))
            }
            Self::McpToolUse(call) if !is_call_id(call.id()) => Some(bad_id("call", call.id())),
            Self::McpToolUse(call) if !call.has_arguments() => {
                Some(format!("the arguments of the call `{}` are not an object", call.id()))
            }
            Self::McpToolResult(result) if !is_call_id(result.tool_use_id()) => {
                Some(bad_id("result", result.tool_use_id()))
            }
            Self::Thinking(thinking) if thinking.signature().is_none_or(str::is_empty) => {
                Some("thinking has no signature".to_owned())
            }
            Self::Image(image) => image.refusal(),
            Self::Document(document) => first_refusal(document.source().content()),
            Self::Unknown(block) => {
                self.damage().map(|why| format!("a block of type `{}` cannot be read: {why}", block.kind()))
            }
            _ => None,
        }
    }
}

impl ContentBlock {
    /// Returns `true` if this block is of a known type that a tool result cannot contain.
    pub(super) fn is_foreign_in_result(&self) -> bool {
        Self::is_known_kind(self.kind()) && !IN_TOOL_RESULT.contains(&self.kind())
    }
}

fn foreign(block: &ContentBlock) -> String {
    format!(
        "a tool result cannot contain a block of type `{}`; it may contain text, images, documents, search results and \
         tool references",
        block.kind(),
    )
}

fn first_refusal(content: Option<&ResultContent>) -> Option<String> {
    content.map_or(&[][..], ResultContent::blocks).iter().find_map(ContentBlock::refusal)
}

fn bad_id(of: &str, id: &str) -> String {
    format!("the id {id:?} of a {of} is invalid: it must be letters, digits, `_` and `-`, and not empty")
}

fn is_server_call_id(id: &str) -> bool {
    let rest = id.strip_prefix("srvtoolu_").unwrap_or_default();
    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl ResultContent {
    /// Returns the content without empty texts, as it can be part of a tool result.
    ///
    /// # Errors
    ///
    /// Returns the content and the reason for which the API would refuse it.
    pub(crate) fn into_result(mut self) -> Result<Self, (Self, String)> {
        let Self::Blocks(blocks) = &mut self else { return Ok(self) };
        // Unknown types are refused too: they may be blocks of a response, which a result cannot contain.
        let foreign = blocks.iter().find(|block| !IN_TOOL_RESULT.contains(&block.kind())).map(foreign);
        if let Some(refusal) = foreign.or_else(|| blocks.iter().find_map(ContentBlock::refusal)) {
            return Err((self, refusal));
        }
        blocks.retain(|block| block.as_text() != Some(""));
        if blocks.is_empty() {
            return Ok(Self::Text(String::new()));
        }
        Ok(self)
    }
}
