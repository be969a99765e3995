//! [`MemoryStore`]: where the files of a memory are.

use super::memory_error::MemoryError;
use super::memory_path::MemoryPath;
use crate::task::BoxFuture;

/// Stores the files of a [`Memory`](super::Memory): a directory ([`DirStore`](super::DirStore)), a map
/// ([`MapStore`](super::MapStore)), or a table of a database.
///
/// A store has files only. A directory exists as long as it contains a file, so it is the beginning of a path. The
/// commands of the model, their texts, and the quotas are above this trait, so each store has the same.
///
/// The previous text of a file is its version: [`write`](Self::write) replaces a file only if it still has the expected
/// text. A table does this with `UPDATE files SET text = ? WHERE path = ? AND text = ?` and the number of changed rows.
/// A store can be shared by several processes if each of its operations is atomic.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Mutex;
///
/// use claudette::memory::{Memory, MemoryEntry, MemoryError, MemoryPath, MemoryStore};
/// use claudette::{BoxFuture, ToolContext, tools};
///
/// /// One flat table of texts, for example of one user.
/// #[derive(Default)]
/// struct Table(Mutex<BTreeMap<String, String>>);
///
/// impl MemoryStore for Table {
///     fn list(&self) -> BoxFuture<'_, Result<Vec<MemoryEntry>, MemoryError>> {
///         let rows = self.0.lock().unwrap();
///         let entry = |(path, text): (&String, &String)| Ok(MemoryEntry::new(path.parse()?, text.len() as u64));
///         let entries = rows.iter().map(entry).collect();
///         Box::pin(std::future::ready(entries))
///     }
///
///     fn read<'a>(&'a self, path: &'a MemoryPath) -> BoxFuture<'a, Result<Option<String>, MemoryError>> {
///         Box::pin(async { Ok(self.0.lock().unwrap().get(path.as_str()).cloned()) })
///     }
///
///     fn write<'a>(
///         &'a self,
///         path: &'a MemoryPath,
///         text: &'a str,
///         expected: Option<&'a str>,
///     ) -> BoxFuture<'a, Result<(), MemoryError>> {
///         Box::pin(async move {
///             let mut rows = self.0.lock().unwrap();
///             match (rows.get(path.as_str()), expected) {
///                 (Some(_), None) => return Err(MemoryError::Exists),
///                 (None, Some(_)) => return Err(MemoryError::Missing),
///                 (Some(now), Some(expected)) if now != expected => return Err(MemoryError::Changed),
///                 _ => {}
///             }
///             rows.insert(path.to_string(), text.to_owned());
///             Ok(())
///         })
///     }
///
///     fn delete<'a>(&'a self, path: &'a MemoryPath) -> BoxFuture<'a, Result<(), MemoryError>> {
///         Box::pin(async move {
///             let (mut rows, below) = (self.0.lock().unwrap(), format!("{path}/"));
///             rows.retain(|row, _| row != path.as_str() && !row.starts_with(&below));
///             Ok(())
///         })
///     }
///
///     fn rename<'a>(
///         &'a self,
///         from: &'a MemoryPath,
///         to: &'a MemoryPath,
///     ) -> BoxFuture<'a, Result<(), MemoryError>> {
///         Box::pin(async move {
///             let mut rows = self.0.lock().unwrap();
///             *rows = std::mem::take(&mut *rows)
///                 .into_iter()
///                 .map(|(row, text)| match row.strip_prefix(from.as_str()) {
///                     Some(rest) if rest.is_empty() || rest.starts_with('/') => (format!("{to}{rest}"), text),
///                     _ => (row, text),
///                 })
///                 .collect();
///             Ok(())
///         })
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let tools = tools![].with(Memory::new(Table::default()));
/// let create = r#"{"command": "create", "path": "/memories/a.md", "file_text": "likes tea"}"#;
/// let outcome = tools.call("memory", create, &ToolContext::default()).await;
/// assert_eq!(outcome.text(), "File created successfully at: /memories/a.md");
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait MemoryStore: Send + Sync + 'static {
    /// Returns all files, in any order. Memory looks for directories and sums up sizes here.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    fn list(&self) -> BoxFuture<'_, Result<Vec<MemoryEntry>, MemoryError>>;

    /// Returns the text of a file, or `None` if there is no file at this path (a directory counts as no file).
    ///
    /// # Errors
    ///
    /// The file exists and cannot be read.
    fn read<'a>(&'a self, path: &'a MemoryPath) -> BoxFuture<'a, Result<Option<String>, MemoryError>>;

    /// Creates a file (`expected` is `None`), or replaces the file whose text is `expected`.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Exists`] if the path of a new file is in use; [`MemoryError::Missing`] or
    /// [`MemoryError::Changed`] if the file to be replaced does not exist or has another text. Nothing has changed
    /// then.
    fn write<'a>(
        &'a self,
        path: &'a MemoryPath,
        text: &'a str,
        expected: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), MemoryError>>;

    /// Deletes a file, or a directory with everything below it. The path is never `/memories` itself.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Missing`] if there is nothing at this path.
    fn delete<'a>(&'a self, path: &'a MemoryPath) -> BoxFuture<'a, Result<(), MemoryError>>;

    /// Renames a file or a directory. Neither path is `/memories` itself, and `to` is not below `from`.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Missing`] if there is nothing at `from`; [`MemoryError::Exists`] if there is something at `to`.
    fn rename<'a>(&'a self, from: &'a MemoryPath, to: &'a MemoryPath) -> BoxFuture<'a, Result<(), MemoryError>>;
}

/// A file in the list of a [`MemoryStore`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryEntry {
    /// The path of the file.
    pub path: MemoryPath,
    /// The size of the file in bytes.
    pub bytes: u64,
}

impl MemoryEntry {
    /// Creates the entry of a file.
    pub fn new(path: MemoryPath, bytes: u64) -> Self {
        Self { path, bytes }
    }
}
