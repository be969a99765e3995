//! Files that only their owner can read.

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Replaces a file by one with this content that only its owner can read. The file is complete at any time, and a link
/// is replaced itself.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::from(ErrorKind::InvalidInput));
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    make_folder(folder)?;
    let (draft, mut file) = draft(folder, name)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    drop(file);
    let replaced = written.and_then(|()| std::fs::rename(&draft, path));
    if replaced.is_err() {
        let _ = std::fs::remove_file(&draft);
    } else if let Ok(folder) = File::open(folder) {
        // The new name survives a crash of the machine. Not every system can do this for a folder.
        let _ = folder.sync_all();
    }
    replaced
}

/// Returns a new file beside the one with this name.
fn draft(folder: &Path, name: &OsStr) -> io::Result<(PathBuf, File)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    loop {
        let mut draft = OsString::from(".");
        draft.push(name);
        draft.push(format!(".{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        let path = folder.join(draft);
        match options.open(&path) {
            Ok(file) => return Ok((path, file)),
            // The file of a program that was killed.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Checks that an open file is the one with this directory entry, and that only its owner can use it.
#[cfg(unix)]
pub(super) fn check_private(entry: &Metadata, file: &File, refused: impl Fn(&str) -> Error) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata().map_err(|error| refused("cannot be read").caused_by(error))?;
    if (open.dev(), open.ino()) != (entry.dev(), entry.ino()) {
        return Err(refused("was replaced while it was read; try again"));
    }
    let mode = open.mode() & 0o777;
    if mode & 0o700 == mode {
        return Ok(());
    }
    Err(refused(&format!("can be used by other users (mode {mode:03o}); run `chmod 600` on it")))
}

/// Does nothing, because files of other systems do not have a mode.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the function for Unix can fail")]
pub(super) fn check_private(_: &Metadata, _: &File, _: impl Fn(&str) -> Error) -> Result<()> {
    Ok(())
}

/// Checks that only the owner of a file can change it.
#[cfg(unix)]
pub(super) fn check_unshared(file: &File, refused: impl Fn(&str) -> Error) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata().map_err(|error| refused("cannot be read").caused_by(error))?;
    let mode = open.mode() & 0o777;
    if mode & 0o022 == 0 {
        return Ok(());
    }
    Err(refused(&format!("can be changed by other users (mode {mode:03o}); run `chmod go-w` on it")))
}

/// Does nothing, because files of other systems do not have a mode.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the function for Unix can fail")]
pub(super) fn check_unshared(_: &File, _: impl Fn(&str) -> Error) -> Result<()> {
    Ok(())
}
