//! The files of the repository, for tests that read them.

use std::path::{Path, PathBuf};

/// Folders that contain no files of the project.
const SKIPPED: [&str; 3] = ["target", ".git", "node_modules"];

/// Returns the files below a folder, in the order of their paths.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let mut files = Vec::new();
    for path in entries {
        let name = path.file_name().unwrap_or_default();
        if !path.is_dir() {
            files.push(path);
        } else if !SKIPPED.iter().any(|skipped| name == *skipped) {
            files.extend(files_below(&path));
        }
    }
    files
}

/// Returns the Rust files below a folder, in the order of their paths.
pub fn rust_files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = files_below(folder);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files
}
