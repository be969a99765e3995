//! Puts cache breakpoints on blocks.

use crate::messages::{CacheControl, ContentBlock, Message, Role};

/// Puts a cache breakpoint on a block of the model's last turn, by the index of the block in the turn.
pub(super) fn mark_turn(messages: &mut [Message], mut place: usize, control: &CacheControl) {
    let first = messages.iter().rposition(|message| *message.role() != Role::Assistant).map_or(0, |index| index + 1);
    for message in &mut messages[first..] {
        let count = message.content().len();
        if place < count {
            mark_blocks(message.blocks_mut(), &[(place, control.clone())]);
            return;
        }
        place -= count;
    }
}

/// Puts cache breakpoints on blocks, by their indexes.
pub(super) fn mark_blocks(blocks: &mut [ContentBlock], marks: &[(usize, CacheControl)]) {
    for (place, control) in marks {
        if let Some(block) = blocks.get_mut(*place) {
            block.set_mark(control);
        }
    }
}
