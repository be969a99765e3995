//! [`DirStore`]: a memory in a directory.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cap_fs_ext::DirExt;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, Permissions};

use super::memory_error::MemoryError;
use super::memory_path::MemoryPath;
use super::store::{MemoryEntry, MemoryStore};
use crate::error::{Error, Result};
use crate::task::{BoxFuture, run_blocking};
use crate::tool::sandbox::{Lock, TempFile, is_temp_name, open, sync};

/// A [`MemoryStore`] in a directory of the file system; `/memories` is the directory itself.
///
/// - Every access starts at a handle to the directory and opens one name after the other without following links. So
///   links are never followed, even if another program changes them at the same time. Pipes, devices and sockets are
///   refused without waiting for them.
/// - Files whose name starts with a dot are neither listed nor reachable, unless they are in a directory that is deleted
///   or renamed as a whole.
/// - A file is written to a temporary file, which then gets its name (`fsync`, rename). A process that is killed at any
///   moment leaves the old or the new text, and possibly temporary files. These have hidden names, and the next
///   [`open`](Self::open) removes them. A directory is deleted in one step, too.
/// - New files have the mode 0600 and new directories 0700. A directory that becomes empty is removed.
/// - Changes take turns: on Unix, each one locks the directory (`flock`), also between processes on one machine. On
///   other systems, changes take turns within the process. A program that changes files without this lock can lose a
///   change that it makes in the instant between the comparison of a text and the replacement of the file.
/// - A file with more than 32 MiB is not read. Only the first 10,000 files are listed.
#[derive(Clone, Debug)]
pub struct DirStore {
    root: Arc<Dir>,
}

const MOST_BYTES: u64 = 32 << 20;
const MOST_FILES: usize = 10_000;

impl DirStore {
    /// Opens a directory, and creates it if it does not exist. Removes the temporary files of killed processes.
    ///
    /// ```
    /// use claudette::memory::{DirStore, MemoryStore};
    ///
    /// # let path = std::env::temp_dir().join(format!("claudette-doc-store-{}", std::process::id()));
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let store = DirStore::open(&path)?;
    /// store.write(&"/memories/people/ada.md".parse()?, "likes tea", None).await?;
    /// assert_eq!(std::fs::read_to_string(path.join("people/ada.md"))?, "likes tea");
    /// # std::fs::remove_dir_all(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Misuse: the directory cannot be created or opened.
    #[track_caller]
    pub fn open(directory: impl AsRef<Path>) -> Result<Self> {
        let directory = directory.as_ref();
        let open = || {
            let mut builder = std::fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.recursive(true).create(directory)?;
            let root = Dir::open_ambient_dir(directory, ambient_authority())?;
            let lock = Lock::take(&root)?;
            clean(&root, MOST_LEVELS)?;
            drop(lock);
            io::Result::Ok(Self { root: root.into() })
        };
        open().map_err(|error| {
            let directory = directory.display();
            Error::misuse(format!("the memory cannot open its directory `{directory}`")).caused_by(error)
        })
    }

    /// Runs an operation on a thread for blocking work.
    fn run<'a, T: Send + 'static>(
        &self,
        work: impl FnOnce(&Dir) -> Result<T, MemoryError> + Send + 'static,
    ) -> BoxFuture<'a, Result<T, MemoryError>> {
        let root = self.root.clone();
        Box::pin(async move {
            let done = run_blocking(move || work(&root)).await;
            done.unwrap_or_else(|| Err(MemoryError::other("the runtime is shutting down")))
        })
    }

    /// Runs a change, which waits until no other change runs.
    fn change<'a>(
        &self,
        work: impl FnOnce(&Dir) -> Result<(), MemoryError> + Send + 'static,
    ) -> BoxFuture<'a, Result<(), MemoryError>> {
        self.run(|root| {
            // Not `?`: a missing lock is not a missing file.
            let _lock = Lock::take(root).map_err(MemoryError::other)?;
            work(root)
        })
    }
}

impl MemoryStore for DirStore {
    fn list(&self) -> BoxFuture<'_, Result<Vec<MemoryEntry>, MemoryError>> {
        self.run(|root| {
            let mut entries = Vec::new();
            list(root, &MemoryPath::root(), &mut entries)?;
            Ok(entries)
        })
    }

    fn read<'a>(&'a self, path: &'a MemoryPath) -> BoxFuture<'a, Result<Option<String>, MemoryError>> {
        let path = path.clone();
        self.run(move |root| match Place::find(root, &path, false).and_then(|place| place.read()) {
            Ok(text) => Ok(Some(text)),
            Err(MemoryError::Missing) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn write<'a>(
        &'a self,
        path: &'a MemoryPath,
        text: &'a str,
        expected: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), MemoryError>> {
        let (path, text, expected) = (path.clone(), text.to_owned(), expected.map(str::to_owned));
        self.change(move |root| {
            if let Some(expected) = expected {
                let place = Place::find(root, &path, false)?;
                return place.replace(&text, &expected);
            }
            let place = Place::find(root, &path, true)?;
            place.create(&text).inspect_err(|_| prune(root, &path))
        })
    }

    fn delete<'a>(&'a self, path: &'a MemoryPath) -> BoxFuture<'a, Result<(), MemoryError>> {
        let path = path.clone();
        self.change(move |root| {
            let place = Place::find(root, &path, false)?;
            if place.is_directory()? {
                // Renamed first, so that the whole directory disappears in one step.
                let trash = temp_directory(root)?;
                let moved = place.dir.rename(&place.name, root, Path::new(&trash).join("deleted"));
                let moved = moved.and_then(|()| sync(&place.dir));
                // What cannot be removed now is hidden, and removed when the store is opened again.
                let _ = root.remove_dir_all(&trash);
                moved?;
            } else {
                place.dir.remove_file(&place.name)?;
            }
            sync(&place.dir)?;
            prune(root, &path);
            Ok(())
        })
    }

    fn rename<'a>(&'a self, from: &'a MemoryPath, to: &'a MemoryPath) -> BoxFuture<'a, Result<(), MemoryError>> {
        let (from, to) = (from.clone(), to.clone());
        self.change(move |root| {
            let old = Place::find(root, &from, false)?;
            old.is_directory()?;
            let new = Place::find(root, &to, true)?;
            let renamed = new.check_free().and_then(|()| Ok(old.dir.rename(&old.name, &new.dir, &new.name)?));
            if renamed.is_err() {
                prune(root, &to);
                return renamed;
            }
            sync(&new.dir)?;
            sync(&old.dir)?;
            prune(root, &from);
            Ok(())
        })
    }
}

/// A name in an open directory.
struct Place {
    dir: Dir,
    name: String,
}

impl Place {
    /// Opens the parent directory of a path, and creates it if `creates` is set.
    fn find(root: &Dir, path: &MemoryPath, creates: bool) -> Result<Self, MemoryError> {
        let mut names = path.names();
        // The path of the root has no name.
        let name = names.next_back().ok_or(MemoryError::Exists)?.to_owned();
        if cfg!(windows) && path.as_str().contains(':') {
            // It separates the name of a stream.
            return Err(MemoryError::Unsupported);
        }
        let mut dir = root.try_clone()?;
        for name in names {
            dir = match dir.open_dir_nofollow(name) {
                Err(error) if error.kind() == ErrorKind::NotFound && creates => {
                    dir.create_dir_with(name, &private())?;
                    sync(&dir)?;
                    dir.open_dir_nofollow(name)?
                }
                opened => opened.map_err(|error| not_a_directory(&dir, name, creates, error))?,
            };
        }
        Ok(Self { dir, name })
    }

    /// Returns `true` for a directory and `false` for a file. Links are refused.
    fn is_directory(&self) -> Result<bool, MemoryError> {
        let metadata = self.dir.symlink_metadata(&self.name)?;
        if metadata.is_symlink() { Err(MemoryError::Link) } else { Ok(metadata.is_dir()) }
    }

    fn check_free(&self) -> Result<(), MemoryError> {
        match self.dir.symlink_metadata(&self.name) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Ok(metadata) if metadata.is_symlink() => Err(MemoryError::Link),
            Ok(_) => Err(MemoryError::Exists),
            Err(error) => Err(error.into()),
        }
    }

    fn read(&self) -> Result<String, MemoryError> {
        if self.is_directory()? {
            return Err(MemoryError::Missing);
        }
        // Checked before it is opened, because opening a device has effects.
        if !self.dir.symlink_metadata(&self.name)?.is_file() {
            return Err(MemoryError::Unsupported);
        }
        let file = open(&self.dir, OsStr::new(&self.name), false)?;
        // Checked again, because the file may have been replaced before it was opened.
        if !file.metadata()?.is_file() {
            return Err(MemoryError::Unsupported);
        }
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(MemoryError::TooLarge(MOST_BYTES));
        }
        let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        text.ok_or(MemoryError::Unsupported)
    }

    fn create(&self, text: &str) -> Result<(), MemoryError> {
        self.check_free()?;
        TempFile::write(&self.dir, text, readable_by_owner().as_ref())?.settle(Path::new(&self.name))?;
        Ok(sync(&self.dir)?)
    }

    fn replace(&self, text: &str, expected: &str) -> Result<(), MemoryError> {
        let draft = TempFile::write(&self.dir, text, readable_by_owner().as_ref())?;
        // As late as possible, because other programs may not use the lock.
        if self.read()? != expected {
            return Err(MemoryError::Changed);
        }
        draft.replace(Path::new(&self.name))?;
        Ok(sync(&self.dir)?)
    }
}

/// Converts the error of a parent directory that cannot be opened.
fn not_a_directory(dir: &Dir, name: &str, creates: bool, error: io::Error) -> MemoryError {
    match dir.symlink_metadata(name) {
        Ok(metadata) if metadata.is_symlink() => MemoryError::Link,
        Ok(metadata) if !metadata.is_dir() && creates => MemoryError::Exists,
        Ok(metadata) if !metadata.is_dir() => MemoryError::Missing,
        _ => error.into(),
    }
}

/// Removes the directories of a path that are empty, from the inside.
fn prune(root: &Dir, path: &MemoryPath) {
    let names: Vec<_> = path.names().collect();
    for depth in (1..names.len()).rev() {
        let parent = names[..depth].iter().try_fold(MemoryPath::root(), |path, name| path.join(name));
        let place = parent.and_then(|parent| Place::find(root, &parent, false).ok());
        // It fails if the directory is not empty. A directory that stays is not visible to the model.
        if place.is_none_or(|place| place.dir.remove_dir(&place.name).is_err()) {
            break;
        }
    }
}

/// The number of levels below the directory, with one more for the names that paths do not reach.
const MOST_LEVELS: usize = 33;

/// Adds the files below a directory. Links, special files, hidden names and names that the model cannot use are left
/// out.
fn list(dir: &Dir, path: &MemoryPath, entries: &mut Vec<MemoryEntry>) -> io::Result<()> {
    for entry in dir.entries()? {
        if entries.len() >= MOST_FILES {
            break;
        }
        let entry = entry?;
        let Some(path) = entry.file_name().to_str().and_then(|name| path.join(name)) else { continue };
        // The entry may have been removed, or may not be readable.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() {
            entries.push(MemoryEntry::new(path, metadata.len()));
        } else if let Some(dir) = metadata.is_dir().then(|| dir.open_dir_nofollow(entry.file_name()).ok()).flatten() {
            list(&dir, &path, entries)?;
        }
    }
    Ok(())
}

/// Removes the temporary files below a directory.
///
/// The caller has the lock, so no file is still being written.
fn clean(dir: &Dir, levels: usize) -> io::Result<()> {
    for entry in dir.entries()? {
        let entry = entry?;
        let name = entry.file_name();
        let Ok(kind) = entry.file_type() else { continue };
        if name.to_str().is_some_and(is_temp_name) {
            if kind.is_dir() {
                dir.remove_dir_all(&name)?;
            } else {
                dir.remove_file(&name)?;
            }
        } else if kind.is_dir() && levels > 0 && !name.as_encoded_bytes().starts_with(b".") {
            // A directory that cannot be opened stays as it is.
            if let Ok(dir) = dir.open_dir_nofollow(&name) {
                clean(&dir, levels - 1)?;
            }
        }
    }
    Ok(())
}

/// Creates a directory with a temporary name.
fn temp_directory(root: &Dir) -> io::Result<String> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let name = format!(".claudette-{}-d{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        match root.create_dir_with(&name, &private()) {
            Ok(()) => return Ok(name),
            // The directory of a process that was killed.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// The permissions of files.
#[cfg_attr(unix, expect(clippy::unnecessary_wraps, reason = "other systems have no modes"))]
fn readable_by_owner() -> Option<Permissions> {
    #[cfg(unix)]
    return Some(cap_std::fs::PermissionsExt::from_mode(0o600));
    #[cfg(not(unix))]
    None
}

/// Makes directories that only the owner can use.
fn private() -> DirBuilder {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    cap_std::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}
