//! [`SandboxDir`]: access to the files below a directory only.
//!
//! Every access starts at a handle to the directory and is resolved below it: by the operating system if it supports
//! this (`openat2` on Linux), component by component elsewhere. So no other program can insert a link between a check
//! and the access.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirEntry, Permissions};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::sandbox_path::{SandboxPath, outside};
use crate::tool::run::{ToolError, shorten};
use crate::tool::sandbox::{Lock, TempFile, Text, count_lines, in_short, open, sync};
use crate::tool::texts::editor as texts;

/// A directory and everything below it.
#[derive(Clone, Debug)]
pub(super) struct SandboxDir {
    dir: Arc<Dir>,
    /// The absolute paths of the directory: as it was given, and without links.
    names: Arc<[PathBuf]>,
    turn: Arc<Mutex<()>>,
    /// The maximum size of a file in bytes.
    most_bytes: u64,
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) text: Text,
    dir: Dir,
    name: OsString,
    permissions: Permissions,
    most_bytes: u64,
    /// Prevents changes by other editors. `None` if the file is only read.
    _lock: Option<Lock>,
}

/// The purpose for which a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Read,
    Edit,
}

/// The default for the maximum size of a file in bytes.
const MOST_BYTES: u64 = 32 << 20;
const MOST_LINES: usize = 999_999;

impl SandboxDir {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(path, ambient_authority())?;
        let names = [std::path::absolute(path)?, path.canonicalize()?];
        Ok(Self { dir: dir.into(), names: names.into(), turn: Arc::default(), most_bytes: MOST_BYTES })
    }

    pub(super) fn set_most_bytes(&mut self, most: u64) {
        self.most_bytes = most;
    }

    /// Waits for a turn. Turns are in the order of the calls of this method, so calls of one response run in their
    /// order.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<()> {
        self.turn.clone().lock_owned().await
    }

    pub(super) fn place(&self, path: &str) -> Result<SandboxPath, ToolError> {
        SandboxPath::read(path, &self.names)
    }

    pub(super) fn is_directory(&self, place: &SandboxPath) -> Result<bool, ToolError> {
        Ok(self.dir.metadata(&place.path).map_err(|error| place.failed(&error, Use::Read))?.is_dir())
    }

    /// Reads a text file.
    ///
    /// # Errors
    ///
    /// The file does not exist, is not text, or is too large.
    pub(super) fn read(&self, place: &SandboxPath, what_for: Use) -> Result<Opened, ToolError> {
        let path = &place.name;
        let failed = |error: io::Error| place.failed(&error, what_for);
        let metadata = self.dir.metadata(&place.path).map_err(failed)?;
        if metadata.is_dir() {
            return Err(ToolError::new(texts::is_directory(path)));
        }
        let not_regular = || ToolError::new(texts::not_regular(path));
        // Checked before it is opened, because opening a pipe waits for its other end, and opening a device has
        // effects.
        if !metadata.is_file() || place.is_directory() {
            return Err(not_regular());
        }
        // An edit of a link changes its target; the link stays.
        let real = self.without_links(&place.path).map_err(failed)?;
        let name = real.file_name().ok_or_else(not_regular)?.to_owned();
        let dir = self.parent(&real).map_err(failed)?;
        let lock = (what_for == Use::Edit).then(|| Lock::take(&dir)).transpose().map_err(failed)?;
        let file = open(&dir, &name, what_for == Use::Edit).map_err(failed)?;
        // Checked again, because the file may have been replaced before it was opened.
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(not_regular());
        }
        let permissions = metadata.permissions();
        if what_for == Use::Edit && permissions.readonly() {
            return Err(failed(ErrorKind::PermissionDenied.into()));
        }
        let mut bytes = Vec::new();
        file.take(self.most_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
        check_size(bytes.len(), self.most_bytes, path)?;
        let content = String::from_utf8(bytes).ok().filter(|content| !content.contains('\0'));
        let text = Text::new(content.ok_or_else(|| ToolError::new(texts::not_text(path)))?);
        check_lines(text.content(), path)?;
        Ok(Opened { text, dir, name, permissions, most_bytes: self.most_bytes, _lock: lock })
    }

    /// Writes a new file, and creates its parent directories.
    ///
    /// # Errors
    ///
    /// The path exists (a broken link counts as well), or the file cannot be written.
    pub(super) fn create(&self, place: &SandboxPath, content: &str) -> Result<(), ToolError> {
        let path = &place.name;
        check_size(content.len(), self.most_bytes, path)?;
        check_lines(content, path)?;
        let failed = |error: io::Error| match error.kind() {
            ErrorKind::AlreadyExists => ToolError::new(texts::exists(path)),
            ErrorKind::NotADirectory => ToolError::new(texts::not_a_directory(path)),
            _ => place.failed(&error, Use::Edit),
        };
        match self.dir.symlink_metadata(&place.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Ok(_) => return Err(failed(ErrorKind::AlreadyExists.into())),
            Err(error) => return Err(failed(error)),
        }
        let Some(name) = place.path.file_name().filter(|_| !place.is_directory()) else {
            return Err(ToolError::new(texts::not_a_file_name(path)));
        };
        let parent = place.path.parent().unwrap_or(Path::new(""));
        let is_new_parent = !parent.as_os_str().is_empty() && !self.dir.exists(parent);
        self.dir.create_dir_all(parent).map_err(|error| match error.kind() {
            // A parent exists and is not a directory, for example a broken link.
            ErrorKind::AlreadyExists => failed(ErrorKind::NotADirectory.into()),
            _ => failed(error),
        })?;
        let dir = self.parent(&place.path).map_err(failed)?;
        let _lock = Lock::take(&dir).map_err(failed)?;
        let draft = TempFile::write(&dir, content, None).map_err(failed)?;
        draft.settle(Path::new(name)).and_then(|()| sync(&dir)).map_err(failed)?;
        if is_new_parent {
            // The names of new directories are stored in their parents.
            let mut all = parent.ancestors().filter(|new| !new.as_os_str().is_empty());
            all.try_for_each(|new| sync(&self.parent(new)?)).map_err(failed)?;
        }
        Ok(())
    }

    /// Resolves a path that may be a link to a file. Links to directories remain part of the path.
    ///
    /// `canonicalize` is not suitable: it asks the system for the name of the opened file, which is different if the
    /// file has been replaced since.
    fn without_links(&self, path: &Path) -> io::Result<PathBuf> {
        const MOST_LINKS: usize = 40;
        let mut path = path.to_owned();
        for _ in 0..=MOST_LINKS {
            if !self.dir.symlink_metadata(&path)?.is_symlink() {
                return Ok(path);
            }
            path = path.parent().unwrap_or(Path::new("")).join(self.dir.read_link(&path)?);
        }
        Err(io::Error::other("too many links"))
    }

    /// Opens the parent directory of a path.
    fn parent(&self, path: &Path) -> io::Result<Dir> {
        match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => self.dir.open_dir(parent),
            None => self.dir.try_clone(),
        }
    }

    /// Lists a directory up to two levels deep, with sizes and paths. Links are not followed.
    ///
    /// The list ends soon after `most` characters.
    pub(super) fn list(&self, place: &SandboxPath, most: usize) -> Result<String, ToolError> {
        let failed = |error: io::Error| place.failed(&error, Use::Read);
        let dir = self.dir.open_dir(&place.path).map_err(failed)?;
        let size = dir.dir_metadata().map_err(failed)?.len();
        let path = place.name.trim_end_matches('/');
        let mut rows = format!("{}\t{path}", in_short(size));
        list(&dir, path, 2, most, &mut rows).map_err(failed)?;
        Ok(rows)
    }
}

impl Opened {
    /// Replaces the file atomically by one with another text and the same permissions.
    ///
    /// # Errors
    ///
    /// The file cannot be written, or a program that does not use locks has changed it since it was read. The file is
    /// then left as it is.
    pub(super) fn replace(&self, text: &Text, place: &SandboxPath) -> Result<(), ToolError> {
        let path = &place.name;
        let failed = |error: io::Error| place.failed(&error, Use::Edit);
        check_size(text.content().len(), self.most_bytes, path)?;
        check_lines(text.content(), path)?;
        let draft = TempFile::write(&self.dir, text.content(), Some(&self.permissions)).map_err(failed)?;
        if !self.is_unchanged().map_err(failed)? {
            return Err(ToolError::new(texts::changed(path)));
        }
        draft.replace(Path::new(&self.name)).map_err(failed)?;
        sync(&self.dir).map_err(failed)
    }

    fn is_unchanged(&self) -> io::Result<bool> {
        let file = open(&self.dir, &self.name, false)?;
        let old = self.text.content().as_bytes();
        let mut bytes = Vec::with_capacity(old.len() + 1);
        file.take(old.len() as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes == old)
    }
}

fn check_size(bytes: usize, most: u64, path: &str) -> Result<(), ToolError> {
    if bytes as u64 > most {
        return Err(ToolError::new(texts::too_large(path, most)));
    }
    Ok(())
}

fn check_lines(content: &str, path: &str) -> Result<(), ToolError> {
    if count_lines(content) > MOST_LINES {
        return Err(ToolError::new(texts::too_many_lines(path)));
    }
    Ok(())
}

impl SandboxPath {
    /// Converts an error of the file system for the model. It only names the path that the model gave.
    fn failed(&self, error: &io::Error, what_for: Use) -> ToolError {
        let path = &self.name;
        let text = match (error.kind(), what_for) {
            // `cap_std` returns this error for a link that leads out. An error of the operating system has no inner
            // error.
            (ErrorKind::PermissionDenied, _) if error.get_ref().is_some() => return outside(path),
            (ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem, Use::Edit) => texts::CANNOT_WRITE.to_owned(),
            (ErrorKind::PermissionDenied, Use::Read) => texts::CANNOT_READ.to_owned(),
            (ErrorKind::NotFound | ErrorKind::NotADirectory, _) => texts::missing(path),
            (ErrorKind::WouldBlock, Use::Edit) => texts::locked(path),
            _ => texts::cannot_use(path, error),
        };
        ToolError::new(text)
    }
}

/// Adds the rows for the entries of a directory, and a note if not all entries are listed.
fn list(dir: &Dir, path: &str, levels: u8, most: usize, rows: &mut String) -> io::Result<()> {
    const MANY: usize = 10_000;
    let mut entries: Vec<(String, DirEntry)> = Vec::new();
    let mut is_cut = false;
    for entry in dir.entries()? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy().replace(char::is_control, "\u{fffd}");
        if name.starts_with('.') || name == "node_modules" {
            continue;
        }
        is_cut = entries.len() == MANY;
        if is_cut {
            break;
        }
        entries.push((name, entry));
    }
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, entry) in entries {
        is_cut |= rows.len() >= most;
        if rows.len() >= most {
            break;
        }
        // The entry may have been removed.
        let Ok(metadata) = entry.metadata() else { continue };
        let mark = if metadata.is_dir() { "/" } else { "" };
        // Writing to a `String` does not fail.
        let _ = write!(rows, "\n{}\t{path}/{name}{mark}", in_short(metadata.len()));
        if metadata.is_dir() && levels > 1 {
            // A directory that cannot be opened is listed without its entries.
            let _ = entry.open_dir().and_then(|dir| list(&dir, &format!("{path}/{name}"), levels - 1, most, rows));
        }
    }
    if is_cut {
        let _ = write!(rows, "\n{}", texts::more_entries(&shorten(path)));
    }
    Ok(())
}
