//! [`Violation`]: the reason for which the API would refuse a conversation.

use std::collections::HashSet;
use std::fmt;

use super::cache_breakpoints::CacheBreakpoints;
use super::content::ContentBlock;
use super::images::Images;
use super::message::{Message, pending_server_calls, turns};
use super::role::Role;

/// The first reason for which the API refuses a conversation, with any model and any settings.
///
/// Rules of only some models, versions or betas are not checked, and neither are unknown blocks and roles. The rules
/// come from the [Messages API](https://platform.claude.com/docs/en/api/messages/create) and, for the order of calls
/// and results, from [Tool results](https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls).
#[derive(Debug)]
pub(crate) struct Violation {
    /// The index of the message.
    message: usize,
    what: String,
}

type Check = Result<(), Violation>;

impl Violation {
    pub(crate) fn find(messages: &[Message]) -> Option<Self> {
        check(messages).err()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {}: {}", self.message, self.what)
    }
}

fn check(messages: &[Message]) -> Check {
    messages.iter().enumerate().try_for_each(|(index, message)| contents(index, message))?;
    marks(messages)?;
    images(messages)?;
    summaries(messages)?;
    let turns = all_turns(messages);
    let (mut called, mut served) = (HashSet::new(), HashSet::new());
    for (index, turn) in turns.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| turns[index]);
        let after = turns.get(index + 1).copied();
        match turn.role() {
            Role::Assistant => {
                for (message, block) in turn.blocks() {
                    if let Some(id) = block.client_call().filter(|id| called.contains(id)) {
                        return flaw(message, format!("an earlier call already has the id `{id}`"));
                    }
                    called.extend(block.client_call());
                    if let Some(id) = orphan(block, &mut served) {
                        return flaw(message, format!("the result of `{id}` has no call before it"));
                    }
                }
                turn.answered(after)?;
                if let Some(id) = turn.unfinished(after).first() {
                    let place = turn.blocks().find(|(_, block)| block.server_call().as_ref() == Some(id));
                    let message = place.map_or(turn.first, |(message, _)| message);
                    return flaw(message, format!("the server tool call `{id}` has no result in its turn"));
                }
            }
            Role::User if before.is_none_or(|turn| *turn.role() != Role::Assistant) => {
                Turn::default().answered(Some(*turn))?;
            }
            Role::System if !has_place(before, after) => {
                return flaw(
                    turn.first,
                    "a system message must follow a user message or the result of a server tool, and must be last or \
                     precede an assistant message",
                );
            }
            _ => {}
        }
    }
    Ok(())
}

fn flaw(message: usize, what: impl Into<String>) -> Check {
    Err(Violation { message, what: what.into() })
}

/// Checks the number and the order of cache breakpoints.
fn marks(messages: &[Message]) -> Check {
    let mut marks = CacheBreakpoints::default();
    for (index, message) in messages.iter().enumerate() {
        marks = marks.then(CacheBreakpoints::of_messages([message]));
        if marks.count > CacheBreakpoints::MOST {
            return flaw(
                index,
                format!(
                    "with it there are {} cache breakpoints, but the API accepts at most {}",
                    marks.count,
                    CacheBreakpoints::MOST
                ),
            );
        }
        if marks.are_out_of_order {
            return flaw(index, "a cache breakpoint of one hour comes after one of five minutes");
        }
    }
    Ok(())
}

/// Checks the limits on all images together.
fn images(messages: &[Message]) -> Check {
    let mut images = Images::default();
    for (index, message) in messages.iter().enumerate() {
        images = images.and(Images::of_blocks(message.content()));
        if let Some(refusal) = images.refusal() {
            return flaw(index, refusal);
        }
    }
    Ok(())
}

/// Checks that a summary that the API has signed is the first block, and the only summary
/// ([Compaction](https://platform.claude.com/docs/en/build-with-claude/compaction)).
fn summaries(messages: &[Message]) -> Check {
    let blocks = messages.iter().enumerate().flat_map(|(index, message)| {
        message.content().iter().enumerate().map(move |(place, block)| (index, place, block))
    });
    let summaries: Vec<_> = blocks.filter(|(.., block)| block.is_summary()).collect();
    let Some((message, place, _)) = summaries.iter().find(|(.., block)| block.is_signed_summary()) else {
        return Ok(());
    };
    if (*message, *place) != (0, 0) {
        return flaw(*message, "a summary that was made on demand must be the first block of the conversation");
    }
    match summaries.get(1) {
        Some((message, ..)) => {
            flaw(*message, "a conversation that begins with a summary made on demand may contain only this summary")
        }
        None => Ok(()),
    }
}

/// Returns `true` if a signed summary is not the first block, or not the only summary.
pub(crate) fn has_wrong_summaries(messages: &[Message]) -> bool {
    summaries(messages).is_err()
}

/// Returns `true` if there are too many images for the size of the largest.
pub(crate) fn has_large_images_among_many(messages: &[Message]) -> bool {
    images(messages).is_err()
}

/// Returns `true` if there are too many cache breakpoints, or if their order is wrong.
pub(crate) fn has_wrong_marks(messages: &[Message]) -> bool {
    marks(messages).is_err()
}

/// Checks a message independent of the other messages.
fn contents(index: usize, message: &Message) -> Check {
    let role = message.role();
    if let Some(block) = message.content().iter().find(|block| !has_home(role, block)) {
        return flaw(
            index,
            format!("a block of type `{}` is not allowed in a message with the role `{role}`", block.kind()),
        );
    }
    if message.content().iter().any(|block| is_void(role, block)) {
        return flaw(index, "it contains empty or blank text");
    }
    if message.is_blank() && !matches!(role, Role::Unknown(_)) {
        return flaw(index, "it has no content except blank text");
    }
    match message.content().iter().find_map(ContentBlock::refusal) {
        Some(refusal) => flaw(index, refusal),
        None => Ok(()),
    }
}

/// Returns the reason for which the API would refuse a message, independent of the other messages.
pub(crate) fn violation_of(message: &Message) -> Option<String> {
    contents(0, message).err().map(|flaw| flaw.what)
}

/// Returns `true` if a message of this role may contain the block.
pub(crate) fn has_home(role: &Role, block: &ContentBlock) -> bool {
    let is_of_model = matches!(
        block,
        ContentBlock::ServerToolUse(_)
            | ContentBlock::ServerToolResult(_)
            | ContentBlock::McpToolUse(_)
            | ContentBlock::McpToolResult(_)
            | ContentBlock::McpToolListing(_)
            | ContentBlock::Compaction(_)
            | ContentBlock::Fallback(_)
    ) || block.client_call().is_some()
        || block.is_thinking();
    let changes_tools = block.changes_tools();
    match role {
        Role::Assistant => !block.is_result() && !changes_tools,
        Role::User => !is_of_model && !changes_tools,
        // Betas may allow other system content, which is unknown here.
        Role::System => changes_tools || matches!(block, ContentBlock::Text(_) | ContentBlock::Unknown(_)),
        Role::Unknown(_) => true,
    }
}

/// Returns `true` if a block is text that the API refuses. Blank text of the assistant is accepted, because real
/// responses contain it.
pub(crate) fn is_void(role: &Role, block: &ContentBlock) -> bool {
    match role {
        Role::Assistant => block.as_text() == Some(""),
        Role::User | Role::System => block.is_blank(),
        Role::Unknown(_) => false,
    }
}

/// Returns the id of a server tool result whose call is not in `served`. The id of a call is added to `served`. The
/// call may be in an earlier turn, because a turn that also calls the caller's tools continues after their results.
pub(crate) fn orphan(block: &ContentBlock, served: &mut HashSet<String>) -> Option<String> {
    served.extend(block.server_call());
    let answered = match block {
        ContentBlock::ServerToolResult(result) => result.tool_use_id(),
        ContentBlock::McpToolResult(result) => result.tool_use_id(),
        _ => return None,
    };
    (!served.contains(answered)).then(|| answered.to_owned())
}

/// Returns `true` if a system turn is allowed between these turns.
pub(crate) fn has_place(before: Option<Turn<'_>>, after: Option<Turn<'_>>) -> bool {
    let follows = before.is_some_and(|turn| match turn.role() {
        Role::Assistant => turn.blocks().last().is_some_and(|(_, block)| block.is_server_result()),
        role => *role != Role::System,
    });
    follows && after.is_none_or(|turn| !matches!(turn.role(), Role::User | Role::System))
}

/// Neighbouring messages of one role, which the API joins, and the index of the first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Turn<'a> {
    pub(crate) first: usize,
    pub(crate) messages: &'a [Message],
}

pub(crate) fn all_turns(messages: &[Message]) -> Vec<Turn<'_>> {
    let mut first = 0;
    let mut all = Vec::new();
    for messages in turns(messages) {
        all.push(Turn { first, messages });
        first += messages.len();
    }
    all
}

impl<'a> Turn<'a> {
    /// Returns the role. An empty turn has the role of the user.
    pub(crate) fn role(&self) -> &'a Role {
        self.messages.first().map_or(&Role::User, Message::role)
    }

    /// Returns the blocks, each with the index of its message.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (usize, &'a ContentBlock)> + use<'a> {
        let messages = self.messages.iter().enumerate();
        let first = self.first;
        messages.flat_map(move |(index, message)| message.content().iter().map(move |block| (first + index, block)))
    }

    /// Checks that the next turn begins with exactly one result for each call of the caller's tools in this turn, and
    /// contains no other results.
    pub(crate) fn answered(&self, after: Option<Self>) -> Check {
        let after = after.filter(|turn| *turn.role() == Role::User).unwrap_or_default();
        let calls: Vec<(usize, String)> =
            self.blocks().filter_map(|(message, block)| Some((message, block.client_call()?))).collect();
        let ids: HashSet<&str> = calls.iter().map(|(_, id)| id.as_str()).collect();
        let (mut seen, mut late) = (HashSet::new(), HashSet::new());
        let mut results = true;
        for (message, block) in after.blocks() {
            results &= block.is_result();
            let Some(id) = block.answered_call().filter(|_| block.is_result()) else { continue };
            if !ids.contains(id.as_str()) {
                return flaw(message, format!("the result of `{id}` has no matching call in the previous turn"));
            }
            if !results {
                late.insert(id.clone());
            }
            if !seen.insert(id.clone()) {
                return flaw(message, format!("the call `{id}` has two results"));
            }
        }
        match calls.into_iter().find(|(_, id)| late.contains(id) || !seen.contains(id)) {
            None => Ok(()),
            Some((message, id)) if late.contains(&id) => {
                flaw(message, format!("the result of the call `{id}` is not at the beginning of the next message"))
            }
            Some((message, id)) => flaw(message, format!("the call `{id}` has no result in the next message")),
        }
    }

    /// Returns the server tool calls without a result in this turn that the API will no longer run. The API still runs
    /// such calls at the end of a conversation, and if the next turn contains only the results of other calls.
    pub(crate) fn unfinished(&self, after: Option<Self>) -> Vec<String> {
        let calls = self.blocks().any(|(_, block)| block.client_call().is_some());
        if after.is_none_or(|after| calls && after.blocks().all(|(_, block)| block.is_result())) {
            return Vec::new();
        }
        let mut pending = pending_server_calls(self.messages);
        if !pending.is_empty() {
            // For calls of MCP servers, the API does not document this.
            let calls = self.blocks().filter(|(_, block)| block.kind() == "server_tool_use");
            let calls: HashSet<String> = calls.filter_map(|(_, block)| block.server_call()).collect();
            pending.retain(|id| calls.contains(id));
        }
        pending
    }
}
