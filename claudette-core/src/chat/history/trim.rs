//! [`History::trim`]: removes old content of a conversation.

use std::collections::HashMap;

use super::history::{History, is_settled};
use crate::chat::machine::texts::REMOVED;
use crate::messages::{ContentBlock, Message, Role, ToolResult, ToolUse};

/// The rules for the content that is removed.
pub(in crate::chat) struct TrimRules<'r> {
    /// The number of estimated tokens to remove.
    pub(in crate::chat) surplus: u64,
    /// The number of tool results, counted from the last, whose contents are kept.
    pub(in crate::chat) keep_results: usize,
    /// The tools whose results are kept.
    pub(in crate::chat) exclude_tools: &'r [String],
    /// `true` if thinking after the first change is removed. Its signatures cover the content before it
    /// ([Extended thinking](https://platform.claude.com/docs/en/build-with-claude/extended-thinking)).
    pub(in crate::chat) drops_thinking: bool,
    /// `true` if whole steps are removed if the results are not enough.
    pub(in crate::chat) drops_steps: bool,
}

/// The content that was removed.
#[derive(Debug, Default, PartialEq)]
pub(in crate::chat) struct Trimmed {
    pub(in crate::chat) results: usize,
    pub(in crate::chat) messages: usize,
    /// The estimated number of tokens.
    pub(in crate::chat) tokens: u64,
}

impl Trimmed {
    /// Returns the content that two changes removed.
    pub(in crate::chat) fn both(first: Option<Self>, second: Option<Self>) -> Option<Self> {
        let (first, second) = match (first, second) {
            (Some(first), Some(second)) => (first, second),
            (first, second) => return first.or(second),
        };
        Some(Self {
            results: first.results + second.results,
            messages: first.messages + second.messages,
            tokens: first.tokens.saturating_add(second.tokens),
        })
    }
}

/// Estimates the tokens of blocks.
type Weigh = dyn Fn(&[ContentBlock]) -> u64;

impl History {
    /// Removes old content: first the contents of tool results, then whole steps after the first message of the user.
    /// The last step does not change. Returns `None` if there is nothing that can be removed.
    pub(in crate::chat) fn trim(&mut self, rules: &TrimRules<'_>, weigh: &Weigh) -> Option<Trimmed> {
        let mut messages = self.to_vec();
        let total = |messages: &[Message]| messages.iter().map(|message| weigh(message.content())).sum::<u64>();
        let before = total(&messages);
        let (results, edit) = clear_results(&mut messages, rules, weigh);
        let cleared = before.saturating_sub(total(&messages));
        let is_enough = cleared >= rules.surplus || !rules.drops_steps;
        let dropped = if is_enough { 0..0 } else { steps_to_drop(&messages, rules.surplus - cleared, weigh) };
        let mut edits = edit.into_iter().chain((!dropped.is_empty()).then_some(dropped.start));
        let edit = edits.next().map(|first| edits.fold(first, usize::min))?;
        let (count, place) = (dropped.len(), dropped.start);
        let removed: Vec<Message> = messages.drain(dropped).collect();
        keep_settings(&mut messages, place, &removed);
        if rules.drops_thinking {
            remove_thinking(&mut messages, edit);
        }
        let tokens = before.saturating_sub(total(&messages));
        let mut trimmed = History::repair(messages);
        // The open message has not changed.
        trimmed.result_marks = std::mem::take(&mut self.result_marks);
        self.replace(trimmed);
        Some(Trimmed { results, messages: count, tokens })
    }
}

/// Replaces the contents of old tool results until enough is removed. Returns their number, and the first message that
/// has changed.
fn clear_results(messages: &mut [Message], rules: &TrimRules<'_>, weigh: &Weigh) -> (usize, Option<usize>) {
    // The last message contains the results that the model has not read.
    let Some((_, old)) = messages.split_last_mut() else { return (0, None) };
    let blocks = || old.iter().flat_map(Message::content);
    let names: HashMap<&str, &str> = match rules.exclude_tools {
        [] => HashMap::new(),
        _ => blocks().filter_map(ContentBlock::as_tool_use).map(|call| (call.id(), call.name())).collect(),
    };
    let is_excluded = |result: &ToolResult| {
        names.get(result.tool_use_id()).is_some_and(|name| rules.exclude_tools.iter().any(|tool| tool == name))
    };
    let count = blocks().filter(|block| block.as_tool_result().is_some()).count();
    let mut left = count.saturating_sub(rules.keep_results);
    let mut places = Vec::new();
    let mut removed = 0;
    'all: for (message, content) in old.iter().map(Message::content).enumerate() {
        for (place, block) in content.iter().enumerate() {
            let Some(result) = block.as_tool_result() else { continue };
            if left == 0 || removed >= rules.surplus {
                break 'all;
            }
            left -= 1;
            let call = ToolUse::from_text(result.tool_use_id(), "", "{}");
            let short = ContentBlock::ToolResult(ToolResult::new(&call, REMOVED, result.is_error()));
            let saved = weigh(std::slice::from_ref(block)).saturating_sub(weigh(std::slice::from_ref(&short)));
            if saved > 0 && !is_excluded(result) {
                removed += saved;
                places.push((message, place, short));
            }
        }
    }
    let (count, first) = (places.len(), places.first().map(|(message, ..)| *message));
    for (message, place, short) in places {
        old[message].blocks_mut()[place] = short;
    }
    (count, first)
}

/// Returns the messages after the first prompt that must be removed to remove so many tokens. What follows begins with
/// a turn of the model; the last one stays. A step stays if the API continues a call of that step after it.
fn steps_to_drop(messages: &[Message], surplus: u64, weigh: &Weigh) -> std::ops::Range<usize> {
    let is_of = |index: usize, role: &Role| messages.get(index).is_some_and(|message| message.role() == role);
    // A summary at the beginning stays, and so does a step that directly follows it.
    let is_first = |index: &usize| is_of(*index, &Role::Assistant) && !is_of(*index - 1, &Role::Assistant);
    let Some(first) = (1..messages.len()).find(is_first) else { return 0..0 };
    let (mut removed, mut end) = (0, first);
    for index in first + 1..messages.len() {
        removed += weigh(messages[index - 1].content());
        if is_of(index, &Role::Assistant) && is_of(index - 1, &Role::User) && is_settled(&messages[..index]) {
            end = index;
            if removed >= surplus {
                break;
            }
        }
    }
    first..end
}

/// Keeps the settings of removed messages: the changes to the tools and the effort. They become part of the system message
/// before `place`, so they precede those of the messages that follow.
fn keep_settings(messages: &mut Vec<Message>, place: usize, removed: &[Message]) {
    let changes = removed.iter().flat_map(Message::content).filter(|block| block.changes_tools());
    let changes: Vec<ContentBlock> = changes.cloned().collect();
    let new = match (changes.is_empty(), removed.iter().rev().find_map(Message::new_effort)) {
        (true, None) => return,
        (true, Some(effort)) => Message::system_effort(effort),
        (false, effort) => effort.into_iter().fold(Message::system(changes), Message::effort),
    };
    match messages[..place].last_mut().filter(|before| *before.role() == Role::System) {
        Some(before) => before.join(new),
        None => messages.insert(place, new),
    }
}

/// Removes the thinking after a change. All of it is removed, because the API does not accept gaps.
fn remove_thinking(messages: &mut [Message], edit: usize) {
    for message in messages.iter_mut().skip(edit).filter(|message| *message.role() == Role::Assistant) {
        if message.content().iter().any(ContentBlock::is_thinking) {
            message.retain(|block| !block.is_thinking());
        }
    }
}
