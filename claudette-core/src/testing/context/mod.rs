//! The part of a request that the model reads: its size, its cached prefix, and what context editing and compaction
//! leave of it.

mod block;
mod cache;
mod clearing;
mod compaction;
mod conversation;
#[cfg(test)]
mod tests;
mod view;

pub(super) use block::{list, replaces};
pub(super) use cache::PromptCache;
pub(super) use compaction::{Compaction, default_summary, summary_block};
pub(super) use conversation::Conversation;
pub(super) use view::{Ttl, View};
