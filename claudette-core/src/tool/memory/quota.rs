//! [`Quota`]: the limits of a memory.

use super::memory_path::MemoryPath;
use super::store::MemoryEntry;
use super::texts;
use crate::tool::run::ToolError;

/// The limits of a memory. A change that would exceed one of them is refused, unless it makes the memory smaller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    pub(super) max_bytes: u64,
    pub(super) max_files: usize,
    pub(super) max_file_bytes: u64,
}

impl Default for Quota {
    fn default() -> Self {
        Self { max_bytes: 4 << 20, max_files: 500, max_file_bytes: 64 << 10 }
    }
}

impl Quota {
    /// Checks a file that is created, or replaced by a larger one. `entries` are the files before the change.
    pub(super) fn check(&self, entries: &[MemoryEntry], path: &MemoryPath, bytes: u64) -> Result<(), ToolError> {
        if bytes > self.max_file_bytes {
            return Err(ToolError::new(texts::file_too_large(path.as_str(), bytes, self.max_file_bytes)));
        }
        let others = || entries.iter().filter(|entry| entry.path != *path);
        if others().count() == entries.len() && entries.len() >= self.max_files {
            return Err(ToolError::new(texts::too_many_files(self.max_files)));
        }
        let total = others().fold(bytes, |sum, entry| sum.saturating_add(entry.bytes));
        if total > self.max_bytes {
            return Err(ToolError::new(texts::memory_full(total, self.max_bytes)));
        }
        Ok(())
    }
}
