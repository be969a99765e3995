//! The signatures of thinking and compaction blocks.
//!
//! The API's signatures are opaque. Those of the mock server contain digests, so it can detect a changed block, and a
//! thinking block whose conversation was changed. Signatures from elsewhere are accepted.

use serde_json::Value;

use super::digest;

const MARK: &str = "EqMockServer";

/// Signs a thinking text of a response to a conversation with this digest.
pub(super) fn sign(thinking: &str, conversation: u64) -> String {
    format!("{MARK}{:016x}{conversation:016x}", digest::of_text(thinking))
}

/// Returns `true` if `signature` was made by [`sign`] for another text than `thinking`.
pub(super) fn contradicts(signature: &str, thinking: &str) -> bool {
    digests(signature).is_some_and(|digests| digests.first() != Some(&digest::of_text(thinking)))
}

/// Returns the digest of the conversation that a thinking block belongs to, if the server signed the block.
pub(super) fn conversation(signature: &str) -> Option<u64> {
    digests(signature)?.get(1).copied()
}

/// The signature of a compaction block.
pub(super) struct Compacted {
    content: u64,
    tool_changes: u64,
    /// The digest of the conversation that the block summarizes.
    pub(super) conversation: u64,
}

impl Compacted {
    /// Signs a summary of a conversation with this digest.
    pub(super) fn sign(content: &Value, tool_changes: &Value, conversation: u64) -> String {
        format!("{MARK}{:016x}{:016x}{conversation:016x}", digest::of(content), digest::of(tool_changes))
    }

    /// Reads a signature that the server made. A signature from elsewhere is `None`, and a damaged one is an error.
    pub(super) fn read(signature: &str) -> Result<Option<Self>, ()> {
        match digests(signature).as_deref() {
            None if signature.is_empty() => Err(()),
            None => Ok(None),
            Some(&[content, tool_changes, conversation]) => Ok(Some(Self { content, tool_changes, conversation })),
            Some(_) => Err(()),
        }
    }

    pub(super) fn is_of_content(&self, content: &Value) -> bool {
        self.content == digest::of(content)
    }

    pub(super) fn is_of_tool_changes(&self, changes: &Value) -> bool {
        self.tool_changes == digest::of(changes)
    }
}

/// Returns the digests of a signature of this server; without those that are damaged.
fn digests(signature: &str) -> Option<Vec<u64>> {
    let digests = signature.strip_prefix(MARK)?.as_bytes().chunks(16);
    let read = |digits| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    Some(digests.map_while(read).collect())
}
