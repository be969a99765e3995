//! [`rows`]: the list of a directory for the model.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::memory_path::MemoryPath;
use super::store::MemoryEntry;
use crate::tool::run::shorten;
use crate::tool::sandbox::in_short;
use crate::tool::texts::editor;

/// Lists a directory up to two levels deep, with sizes and paths: sorted, and each directory before its entries. The
/// size of a directory is the sum of its files.
///
/// Returns `None` if there is no file in the directory. The list ends soon after `most` bytes.
pub(super) fn rows(entries: &[MemoryEntry], path: &MemoryPath, most: usize) -> Option<String> {
    const LEVELS: usize = 2;
    // The keys are the names below the directory, so a directory is directly before its entries.
    let mut sizes: BTreeMap<Vec<&str>, (u64, bool)> = BTreeMap::new();
    let mut total = 0_u64;
    let depth = path.names().count();
    for entry in entries.iter().filter(|entry| entry.path.is_below(path)) {
        let names: Vec<_> = entry.path.names().skip(depth).collect();
        total = total.saturating_add(entry.bytes);
        for level in 1..=names.len().min(LEVELS) {
            let (size, is_directory) = sizes.entry(names[..level].to_vec()).or_default();
            *size = size.saturating_add(entry.bytes);
            *is_directory |= level < names.len();
        }
    }
    if sizes.is_empty() && !path.is_root() {
        return None;
    }
    let mut rows = format!("{}\t{path}", in_short(total));
    for (names, (size, is_directory)) in sizes {
        if rows.len() >= most {
            // Writing to a `String` does not fail.
            let _ = write!(rows, "\n{}", editor::more_entries(&shorten(path.as_str())));
            break;
        }
        let mark = if is_directory { "/" } else { "" };
        let _ = write!(rows, "\n{}\t{path}/{}{mark}", in_short(size), names.join("/"));
    }
    Some(rows)
}
