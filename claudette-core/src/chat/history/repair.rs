//! [`repair`]: makes a conversation that the API accepts from one that it would refuse.

use std::collections::{HashMap, HashSet, VecDeque};

use super::call_ids::CallIds;
use crate::chat::machine::texts::INTERRUPTED;
use crate::messages::{
    ContentBlock, Message, Role, ToolResult, ToolUse, Turn, Violation, all_turns, has_home,
    has_large_images_among_many, has_place, has_wrong_marks, has_wrong_summaries, is_void, orphan,
};

/// Returns messages that the API accepts. If it already accepts them, they do not change.
pub(super) fn repair(original: &[Message]) -> Vec<Message> {
    let mut messages = original.to_vec();
    if has_wrong_marks(original) {
        messages.iter_mut().for_each(Message::remove_marks);
    }
    // Signatures do not cover cache breakpoints, so their removal does not count as a change.
    let original = messages.clone();
    // A removal can cause another violation, so this repeats until there is none.
    while Violation::find(&messages).is_some() {
        let mut mended = mend(messages.clone());
        remove_thinking(&original, &mut mended);
        if mended == messages {
            break;
        }
        messages = mended;
    }
    messages
}

fn mend(mut messages: Vec<Message>) -> Vec<Message> {
    if has_wrong_summaries(&messages) {
        let last = messages.iter().rposition(|message| message.content().iter().any(ContentBlock::is_summary));
        messages.drain(..last.unwrap_or_default());
        messages.iter_mut().take(1).for_each(drop_summarized);
    }
    rename_calls(&mut messages);
    if has_large_images_among_many(&messages) {
        messages.iter_mut().for_each(drop_large_images);
    }
    messages.iter_mut().for_each(mend_message);
    messages.retain(has_content);
    messages = place_system(&place_results(&messages));
    finish_server_calls(&mut messages);
    messages.retain(has_content);
    messages
}

/// Removes the blocks before the last summary of a message, which replaces them.
pub(super) fn drop_summarized(message: &mut Message) {
    if let Some(last) = message.content().iter().rposition(ContentBlock::is_summary) {
        message.blocks_mut().drain(..last);
    }
}

/// Removes images that the API does not accept among many others. In a tool result, a note replaces them.
fn drop_large_images(message: &mut Message) {
    if !message.content().iter().any(ContentBlock::has_large_image) {
        return;
    }
    for block in message.blocks_mut() {
        if let ContentBlock::ToolResult(result) = block {
            result.drop_large_images();
        }
    }
    message.retain(|block| !block.has_large_image());
}

fn has_content(message: &Message) -> bool {
    !message.is_blank() || matches!(message.role(), Role::Unknown(_))
}

/// Fixes the violations within one message. Blocks that cannot be fixed are removed.
pub(super) fn mend_message(message: &mut Message) {
    let role = message.role().clone();
    message.retain(|block| has_home(&role, block) && !is_void(&role, block));
    if message.content().iter().all(|block| block.refusal().is_none()) {
        return;
    }
    for block in message.blocks_mut() {
        block.mend();
    }
    message.retain(|block| block.refusal().is_none());
}

/// Gives calls other ids if theirs are not valid or were used before, and renames their results as well. A result
/// belongs to the last turn before it that has a call with its id. A second call with the same id and without a result
/// is removed.
fn rename_calls(messages: &mut [Message]) {
    let known = CallIds::default();
    let mut ids = known.assigner();
    // For each old id, the last turn with calls of this id, and the new ids of these calls.
    let mut calls: HashMap<String, (usize, VecDeque<String>)> = HashMap::new();
    // The new ids of second calls that do not have a result yet.
    let mut doubles = HashSet::new();
    let mut called = HashSet::new();
    let (mut turn, mut role) = (0, Role::User);
    for message in messages.iter_mut() {
        turn += usize::from(*message.role() != role);
        role = message.role().clone();
        let renamed = message.content().iter().enumerate().filter_map(|(place, block)| match block {
            ContentBlock::ToolUse(call) => {
                let id = ids.assign(call.id()).into_owned();
                if !called.insert(call.id().to_owned()) {
                    doubles.insert(id.clone());
                }
                let (last, names) = calls.entry(call.id().to_owned()).or_default();
                if std::mem::replace(last, turn) != turn {
                    names.clear();
                }
                names.push_back(id.clone());
                (id != call.id()).then_some((place, id))
            }
            ContentBlock::ToolResult(result) => {
                let (_, names) = calls.get_mut(result.tool_use_id())?;
                let id = names.pop_front()?;
                doubles.remove(&id);
                (id != result.tool_use_id()).then_some((place, id))
            }
            _ => None,
        });
        let renamed: Vec<(usize, String)> = renamed.collect();
        if renamed.is_empty() {
            continue;
        }
        let blocks = message.blocks_mut();
        for (place, id) in renamed {
            blocks[place].set_call_id(id);
        }
    }
    if !doubles.is_empty() {
        for message in messages {
            message.retain(|block| block.as_tool_use().is_none_or(|call| !doubles.contains(call.id())));
        }
    }
}

/// Moves results directly after their calls. A call without a result gets one that says that it was interrupted. A
/// result without a call is removed.
fn place_results(messages: &[Message]) -> Vec<Message> {
    let mut results: HashMap<String, &ContentBlock> = HashMap::new();
    for block in messages.iter().flat_map(Message::content).filter(|block| block.is_result()) {
        if let Some(id) = block.answered_call() {
            results.entry(id).or_insert(block);
        }
    }
    let answer = |block: &ContentBlock| {
        let id = block.client_call()?;
        Some(results.get(&id).map_or_else(|| interrupted(block, id), |result| (*result).clone()))
    };
    let mut placed: Vec<Message> = Vec::new();
    let turns = all_turns(messages);
    for (index, turn) in turns.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| turns[index]).filter(|turn| *turn.role() == Role::Assistant);
        let start = placed.len();
        placed.extend_from_slice(turn.messages);
        if *turn.role() == Role::User && before.unwrap_or_default().answered(Some(*turn)).is_err() {
            for message in &mut placed[start..] {
                message.retain(|block| !block.is_result());
            }
            let answers = before.unwrap_or_default().blocks().filter_map(|(_, block)| answer(block));
            let answers: Vec<ContentBlock> = answers.collect();
            if !answers.is_empty() {
                placed[start].blocks_mut().splice(0..0, answers);
            }
        }
        let next = turns.get(index + 1).map(Turn::role);
        if *turn.role() == Role::Assistant && next != Some(&Role::User) {
            let answers: Vec<ContentBlock> = turn.blocks().filter_map(|(_, block)| answer(block)).collect();
            placed.extend((!answers.is_empty()).then(|| Message::user(answers)));
        }
    }
    placed
}

fn interrupted(call: &ContentBlock, id: String) -> ContentBlock {
    let call = call.as_tool_use().cloned().unwrap_or_else(|| ToolUse::from_text(id, "", "{}"));
    ToolResult::new(&call, INTERRUPTED, true).into()
}

/// Moves system messages at positions where they are not allowed after the next turn of the user. If there is no such
/// turn, they are removed.
fn place_system(messages: &[Message]) -> Vec<Message> {
    let turns = all_turns(messages);
    let mut placed: Vec<Message> = Vec::new();
    let mut held: Vec<Message> = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let after = turns.get(index + 1).copied();
        let before = index.checked_sub(1).map(|index| turns[index]);
        if *turn.role() == Role::System && !has_place(before, after) {
            held.extend_from_slice(turn.messages);
            continue;
        }
        placed.extend_from_slice(turn.messages);
        let ahead = turns[index + 1..].iter().find(|turn| *turn.role() != Role::System);
        if *turn.role() == Role::User && ahead.is_none_or(|turn| *turn.role() != Role::User) {
            placed.append(&mut held);
        }
    }
    placed
}

/// Removes results of server tools without a call, and server tool calls that the API will not continue with.
fn finish_server_calls(messages: &mut [Message]) {
    let mut served = HashSet::new();
    for message in messages.iter_mut().filter(|message| *message.role() == Role::Assistant) {
        message.retain(|block| orphan(block, &mut served).is_none());
    }
    let turns = all_turns(messages);
    let unfinished = turns.iter().enumerate().filter(|(_, turn)| *turn.role() == Role::Assistant);
    let unfinished = unfinished.map(|(index, turn)| {
        (turn.first..turn.first + turn.messages.len(), turn.unfinished(turns.get(index + 1).copied()))
    });
    for (turn, unfinished) in unfinished.collect::<Vec<_>>() {
        for message in &mut messages[turn] {
            message.drop_server_calls(&unfinished);
        }
    }
}

/// Removes the thinking after the first change to the conversation.
///
/// The signature of a thinking block covers everything before it. A block can be missing only if all thinking after it
/// is missing as well ([Extended thinking](https://platform.claude.com/docs/en/build-with-claude/extended-thinking)).
fn remove_thinking(original: &[Message], mended: &mut [Message]) {
    let differs = |index: &usize| original.get(*index) != mended.get(*index);
    let Some(edit) = (0..mended.len()).find(differs) else { return };
    let same = original.get(edit).filter(|message| message.role() == mended[edit].role()).map_or(0, |message| {
        let pairs = message.content().iter().zip(mended[edit].content());
        pairs.take_while(|(old, new)| old == new).count()
    });
    let mut same = 0..same;
    mended[edit].retain(|block| same.next().is_some() || !block.is_thinking());
    for message in &mut mended[edit + 1..] {
        message.retain(|block| !block.is_thinking());
    }
}
