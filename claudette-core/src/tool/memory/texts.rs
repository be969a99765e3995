//! The texts of the memory tool.
//!
//! Models know the texts of the official SDKs, so these keep their words. The texts that the memory shares with the
//! text editor are in [`editor`](crate::tool::texts::editor). No decision depends on them.

// Results.

/// Lists a directory.
pub(super) fn directory(path: &str, rows: &str) -> String {
    format!("Here're the files and directories up to 2 levels deep in {path}, excluding hidden items:\n{rows}")
}

/// A file was edited; `snippet` is the part with the edit.
pub(super) fn replaced(snippet: &str) -> String {
    match snippet {
        "" => "The memory file has been edited. It is now empty.".to_owned(),
        snippet => format!(
            "The memory file has been edited. Here is the snippet showing the change (with line numbers):\n{snippet}"
        ),
    }
}

/// Lines were inserted.
pub(super) fn inserted(path: &str) -> String {
    format!("The file {path} has been edited.")
}

pub(super) fn deleted(path: &str) -> String {
    format!("Successfully deleted {path}")
}

pub(super) fn renamed(from: &str, to: &str) -> String {
    format!("Successfully renamed {from} to {to}")
}

// Errors.

pub(super) fn not_below(path: &str) -> String {
    format!("Path must start with /memories, got: {path}")
}

pub(super) fn escapes(path: &str) -> String {
    format!("Path {path} would escape /memories directory")
}

pub(super) const LINK: &str = "Path would escape /memories directory via symlink";

pub(super) fn hidden(path: &str) -> String {
    format!("The path {path} contains a hidden name. Use names that do not start with a dot.")
}

pub(super) fn unusable(path: &str) -> String {
    format!("The path {path} contains a control character or a backslash. Use other names.")
}

pub(super) fn too_long(path: &str, bytes: usize, name: usize, levels: usize) -> String {
    format!(
        "The path {path} is too long. A path may have {bytes} bytes and {levels} levels, and each name {name} bytes. \
         Use shorter names."
    )
}

/// A file or directory to be deleted or renamed does not exist.
pub(super) fn nothing(path: &str) -> String {
    format!("The path {path} does not exist")
}

pub(super) fn not_a_file(path: &str) -> String {
    format!("The path {path} is not a file.")
}

pub(super) fn unsupported(path: &str) -> String {
    format!("Unsupported file type for {path}")
}

pub(super) fn gone(path: &str) -> String {
    format!("The file {path} no longer exists (may have been deleted or renamed concurrently).")
}

pub(super) fn destination(path: &str) -> String {
    format!("The destination {path} already exists")
}

pub(super) fn into_itself(from: &str, to: &str) -> String {
    format!("Cannot rename {from} to {to}, which is inside it")
}

pub(super) const DELETE_ROOT: &str = "Cannot delete the /memories directory itself";

pub(super) const RENAME_ROOT: &str = "Cannot rename the /memories directory itself";

pub(super) fn file_too_large(path: &str, bytes: u64, most: u64) -> String {
    format!(
        "Nothing was written: {path} would have {bytes} bytes, and a memory file may have {most}. Shorten the text, or \
         split it into several files."
    )
}

pub(super) fn memory_full(bytes: u64, most: u64) -> String {
    format!(
        "Nothing was written: the memory would have {bytes} bytes, and it may have {most}. Delete files that are no \
         longer needed or shorten them, then try again."
    )
}

pub(super) fn too_many_files(most: usize) -> String {
    format!(
        "Nothing was written: the memory may have {most} files. Delete files that are no longer needed, or add the text \
         to an existing file."
    )
}

pub(super) fn cannot_read(path: &str, most: u64) -> String {
    format!("The file {path} cannot be read because it has more than {most} bytes.")
}

/// The audit log cannot be written. The cause is for the program only.
pub(super) const UNAVAILABLE: &str =
    "The memory is not available at the moment. Nothing was changed. Try again later, or continue without it.";

/// The store failed, possibly in the middle of a change. The cause is for the program only.
pub(super) fn unavailable(path: &str) -> String {
    format!(
        "The memory is not available at the moment. Try again later, or continue without it. View {path} before you \
         change it again, because a change may have taken effect."
    )
}
