//! [`MemoryPath`]: a path in a memory.

use std::fmt;
use std::str::FromStr;

use super::memory_error::MemoryError;
use super::texts;
use crate::tool::run::shorten;
use crate::tool::sandbox::undisguised;

/// The path of a file or directory in a [`Memory`](super::Memory): `/memories`, or names below it.
///
/// A path has no `.`, `..`, empty or hidden names, no backslashes and no control characters. It has at most 1,024 bytes
/// and 32 levels, and each name has at most 200 bytes. So a store can use it as a key or as a path without a check.
///
/// ```
/// use claudette::memory::MemoryPath;
///
/// let path: MemoryPath = "/memories/customers/./ada.md".parse()?;
/// assert_eq!(path.as_str(), "/memories/customers/ada.md");
/// assert_eq!(path.names().collect::<Vec<_>>(), ["customers", "ada.md"]);
/// assert!("/memories/../secret".parse::<MemoryPath>().is_err());
/// assert!("/memoriesX".parse::<MemoryPath>().is_err());
/// # Ok::<(), claudette::memory::MemoryError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemoryPath(String);

const ROOT: &str = "/memories";
const MOST_BYTES: usize = 1_024;
/// A file system allows 255 bytes.
const MOST_NAME: usize = 200;
const MOST_LEVELS: usize = 32;

impl MemoryPath {
    /// Returns the path of the whole memory, `/memories`.
    pub(super) fn root() -> Self {
        Self(ROOT.to_owned())
    }

    /// Returns the path as a text that starts with `/memories`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the names below `/memories`, from the outermost directory to the file.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0[ROOT.len()..].split('/').filter(|name| !name.is_empty())
    }

    /// Returns `true` if this path is below the directory `other`.
    pub fn is_below(&self, other: &Self) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.starts_with('/'))
    }

    pub(super) fn is_root(&self) -> bool {
        self.0 == ROOT
    }

    /// Returns the path of an entry of this directory, or `None` if the model cannot use the name.
    pub(super) fn join(&self, name: &str) -> Option<Self> {
        let path = Self(format!("{self}/{name}"));
        (!name.contains('/') && path.0.parse().is_ok_and(|parsed: Self| parsed == path)).then_some(path)
    }
}

impl FromStr for MemoryPath {
    type Err = MemoryError;

    /// Reads a path as the model writes it. `.` and empty names are left out, and `..` removes the name before it.
    ///
    /// # Errors
    ///
    /// [`MemoryError::Path`]: the path does not start with `/memories`, leads out of it, or contains a name that is
    /// not allowed.
    fn from_str(path: &str) -> Result<Self, MemoryError> {
        let refused = |text: fn(&str) -> String| MemoryError::Path(text(&shorten(path)));
        let below = path.strip_prefix(ROOT).filter(|below| below.is_empty() || below.starts_with('/'));
        let below = below.ok_or_else(|| refused(texts::not_below))?;
        // No store of this library decodes escapes. Another one may.
        let is_disguised = undisguised(path).split('/').any(|name| name == "..") && !path.split('/').any(|n| n == "..");
        if is_disguised {
            return Err(refused(texts::escapes));
        }
        if path.contains(|c: char| c.is_control() || c == '\\') {
            return Err(refused(texts::unusable));
        }
        let mut names = Vec::new();
        for name in below.split('/') {
            match name {
                "" | "." => {}
                ".." => drop(names.pop().ok_or_else(|| refused(texts::escapes))?),
                name if name.starts_with('.') => return Err(refused(texts::hidden)),
                name => names.push(name),
            }
        }
        let bytes = names.iter().map(|name| name.len() + 1).sum::<usize>() + ROOT.len();
        if bytes > MOST_BYTES || names.len() > MOST_LEVELS || names.iter().any(|name| name.len() > MOST_NAME) {
            return Err(MemoryError::Path(texts::too_long(&shorten(path), MOST_BYTES, MOST_NAME, MOST_LEVELS)));
        }
        Ok(Self(names.iter().fold(ROOT.to_owned(), |path, name| path + "/" + name)))
    }
}

impl fmt::Display for MemoryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for MemoryPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
