//! [`MapStore`]: a memory without a disk.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::memory_error::MemoryError;
use super::memory_path::MemoryPath;
use super::store::{MemoryEntry, MemoryStore};
use crate::task::BoxFuture;

/// A [`MemoryStore`] in the memory of the process, for tests and for conversations that leave nothing behind.
///
/// Clones share their files.
///
/// ```
/// use claudette::memory::{MapStore, Memory, MemoryStore};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = MapStore::default();
/// let memory = Memory::new(store.clone());
/// store.write(&"/memories/a.md".parse()?, "likes tea", None).await?;
/// assert_eq!(store.list().await?[0].path.as_str(), "/memories/a.md");
/// # let _ = memory;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MapStore {
    files: Arc<Mutex<BTreeMap<MemoryPath, String>>>,
}

type Files = BTreeMap<MemoryPath, String>;

impl MapStore {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns `true` if there is a file at the path, or below it.
fn exists(files: &Files, path: &MemoryPath) -> bool {
    files.keys().any(|file| file == path || file.is_below(path))
}

/// Checks that a new file can be at a path.
fn check_free(files: &Files, path: &MemoryPath) -> Result<(), MemoryError> {
    let is_taken = exists(files, path) || files.keys().any(|file| path.is_below(file));
    if is_taken { Err(MemoryError::Exists) } else { Ok(()) }
}

impl MemoryStore for MapStore {
    fn list(&self) -> BoxFuture<'_, Result<Vec<MemoryEntry>, MemoryError>> {
        Box::pin(async {
            let entry = |(path, text): (&MemoryPath, &String)| MemoryEntry::new(path.clone(), text.len() as u64);
            Ok(self.files().iter().map(entry).collect())
        })
    }

    fn read<'a>(&'a self, path: &'a MemoryPath) -> BoxFuture<'a, Result<Option<String>, MemoryError>> {
        Box::pin(async { Ok(self.files().get(path).cloned()) })
    }

    fn write<'a>(
        &'a self,
        path: &'a MemoryPath,
        text: &'a str,
        expected: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), MemoryError>> {
        Box::pin(async move {
            let mut files = self.files();
            match expected {
                None => check_free(&files, path)?,
                Some(expected) => match files.get(path) {
                    None => return Err(MemoryError::Missing),
                    Some(now) if now != expected => return Err(MemoryError::Changed),
                    Some(_) => {}
                },
            }
            files.insert(path.clone(), text.to_owned());
            Ok(())
        })
    }

    fn delete<'a>(&'a self, path: &'a MemoryPath) -> BoxFuture<'a, Result<(), MemoryError>> {
        Box::pin(async move {
            let mut files = self.files();
            let count = files.len();
            files.retain(|file, _| file != path && !file.is_below(path));
            if files.len() == count { Err(MemoryError::Missing) } else { Ok(()) }
        })
    }

    fn rename<'a>(&'a self, from: &'a MemoryPath, to: &'a MemoryPath) -> BoxFuture<'a, Result<(), MemoryError>> {
        Box::pin(async move {
            let mut files = self.files();
            if !exists(&files, from) {
                return Err(MemoryError::Missing);
            }
            check_free(&files, to)?;
            // All new paths are made before the first file moves. One of them may be too long.
            let moved = |file: &MemoryPath| format!("{to}{}", &file.as_str()[from.as_str().len()..]).parse();
            let olds = files.keys().filter(|file| *file == from || file.is_below(from));
            let paths = olds.map(|old| Ok((old.clone(), moved(old)?))).collect::<Result<Vec<_>, MemoryError>>()?;
            for (old, new) in paths {
                if let Some(text) = files.remove(&old) {
                    files.insert(new, text);
                }
            }
            Ok(())
        })
    }
}
