//! [`Violation`]: what the API would refuse a conversation for.

use std::collections::HashSet;
use std::fmt;

use super::cache_breakpoints::CacheBreakpoints;
use super::content::ContentBlock;
use super::images::Images;
use super::message::{Message, pending_server_calls, turns};
use super::role::Role;

/// The first thing in a conversation that the API refuses, whatever the model and the settings are.
///
/// What only some models, versions or betas refuse is no flaw; nor is anything in a block or under a role that has no
/// name here. The sources are the [Messages API](https://docs.claude.com/en/api/messages) and, for what must follow
/// what, [how tool calls are answered](https://docs.claude.com/en/docs/agents-and-tools/tool-use/implement-tool-use).
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
    let turns = all_turns(messages);
    let (mut called, mut served) = (HashSet::new(), HashSet::new());
    for (index, turn) in turns.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| turns[index]);
        let after = turns.get(index + 1).copied();
        match turn.role() {
            Role::Assistant => {
                for (message, block) in turn.blocks() {
                    if let Some(id) = block.client_call().filter(|id| called.contains(id)) {
                        return flaw(message, format!("a call before has the id `{id}` already"));
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
                    return flaw(message, format!("`{id}`, a call that the API runs, has no result in its turn"));
                }
            }
            Role::User if before.is_none_or(|turn| *turn.role() != Role::Assistant) => {
                Turn::default().answered(Some(*turn))?;
            }
            Role::System if !has_place(before, after) => {
                return flaw(
                    turn.first,
                    "the system speaks behind the user (or behind a result of a tool that the API runs), and before \
                     the assistant or last",
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

/// Cache marks: how many, and in which order. Nothing that was said depends on them.
fn marks(messages: &[Message]) -> Check {
    let mut marks = CacheBreakpoints::default();
    for (index, message) in messages.iter().enumerate() {
        marks = marks.then(CacheBreakpoints::of_messages([message]));
        if marks.count > CacheBreakpoints::MOST {
            return flaw(
                index,
                format!("with it there are {} cache marks, and the API takes {}", marks.count, CacheBreakpoints::MOST),
            );
        }
        if marks.are_out_of_order {
            return flaw(index, "a cache mark of an hour stands behind one of five minutes");
        }
    }
    Ok(())
}

/// Images that the API takes one by one, but not together.
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

/// Whether there are too many images for the size of some.
pub(crate) fn has_large_images_among_many(messages: &[Message]) -> bool {
    images(messages).is_err()
}

/// Whether cache marks are wrong in a conversation, whatever else is.
pub(crate) fn has_wrong_marks(messages: &[Message]) -> bool {
    marks(messages).is_err()
}

/// What is wrong with a message by itself.
fn contents(index: usize, message: &Message) -> Check {
    let role = message.role();
    if let Some(block) = message.content().iter().find(|block| !has_home(role, block)) {
        return flaw(index, format!("a block `{}` has no place in a message of the {role}", block.kind()));
    }
    if message.content().iter().any(|block| is_void(role, block)) {
        return flaw(index, "a text is empty or blank");
    }
    if message.is_blank() && !matches!(role, Role::Unknown(_)) {
        return flaw(index, "it is empty or blank");
    }
    match message.content().iter().find_map(ContentBlock::refusal) {
        Some(refusal) => flaw(index, refusal),
        None => Ok(()),
    }
}

/// What is wrong with a message by itself, if anything is.
pub(crate) fn violation_of(message: &Message) -> Option<String> {
    contents(0, message).err().map(|flaw| flaw.what)
}

/// Whether a block may stand in a message of this role.
pub(crate) fn has_home(role: &Role, block: &ContentBlock) -> bool {
    let is_of_model = matches!(block, ContentBlock::ServerToolUse(_) | ContentBlock::ServerToolResult(_))
        || block.client_call().is_some()
        || block.is_thinking();
    match role {
        Role::Assistant => !block.is_result(),
        Role::User => !is_of_model,
        // What betas let the system say beside text has no name here.
        Role::System => matches!(block, ContentBlock::Text(_) | ContentBlock::Unknown(_)),
        Role::Unknown(_) => true,
    }
}

/// Whether a block is a text that the API refuses. Real responses hold blank texts between others, and may come back.
pub(crate) fn is_void(role: &Role, block: &ContentBlock) -> bool {
    match role {
        Role::Assistant => block.as_text() == Some(""),
        Role::User | Role::System => block.is_blank(),
        Role::Unknown(_) => false,
    }
}

/// The id of a server tool's result whose call is not among `served`; a call joins those. It may stand in an earlier
/// turn, for a turn that also calls the caller's tools goes on behind their results.
pub(crate) fn orphan(block: &ContentBlock, served: &mut HashSet<String>) -> Option<String> {
    served.extend(block.server_call());
    match block {
        ContentBlock::ServerToolResult(result) if !served.contains(result.tool_use_id()) => {
            Some(result.tool_use_id().to_owned())
        }
        _ => None,
    }
}

/// Whether a turn of the system may stand between these.
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
    /// The role; of no messages at all, that of nobody who calls.
    pub(crate) fn role(&self) -> &'a Role {
        self.messages.first().map_or(&Role::User, Message::role)
    }

    /// The blocks, each with the index of its message.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (usize, &'a ContentBlock)> + use<'a> {
        let messages = self.messages.iter().enumerate();
        let first = self.first;
        messages.flat_map(move |(index, message)| message.content().iter().map(move |block| (first + index, block)))
    }

    /// Whether each call of the caller's tools in this turn has one result in the next one, before anything else there,
    /// and no other result is there.
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
                return flaw(message, format!("the result of `{id}` has no such call in the turn before"));
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
                flaw(message, format!("the result of the call `{id}` does not come first in the message behind it"))
            }
            Some((message, id)) => flaw(message, format!("the call `{id}` has no result in the message behind it")),
        }
    }

    /// The calls that the API runs, which have no result here and which it will not go on with: it does at the end of a
    /// conversation, and where it gets the results of other calls and nothing else.
    pub(crate) fn unfinished(&self, after: Option<Self>) -> Vec<String> {
        let calls = self.blocks().any(|(_, block)| block.client_call().is_some());
        if after.is_none_or(|after| calls && after.blocks().all(|(_, block)| block.is_result())) {
            return Vec::new();
        }
        let mut pending = pending_server_calls(self.messages);
        if !pending.is_empty() {
            // What becomes of calls of MCP servers nobody says.
            let calls = self.blocks().filter(|(_, block)| block.kind() == "server_tool_use");
            let calls: HashSet<String> = calls.filter_map(|(_, block)| block.server_call()).collect();
            pending.retain(|id| calls.contains(id));
        }
        pending
    }
}
