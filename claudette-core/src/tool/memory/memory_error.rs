//! [`MemoryError`]: the reason why a store of a memory failed.

use std::error::Error as StdError;
use std::fmt;
use std::io;

/// The reason why an operation of a [`MemoryStore`](super::MemoryStore) failed.
///
/// The model reads a text about each of these reasons, but never the message of [`Other`](Self::Other): the program finds
/// it in its log (`tracing`, level `WARN`).
#[derive(Debug)]
#[non_exhaustive]
pub enum MemoryError {
    /// There is no file or directory at the path.
    Missing,
    /// There is a file or directory at the path of a new file.
    Exists,
    /// The file does not have the expected text, because something else has changed it.
    Changed,
    /// The path is or contains a symbolic link.
    Link,
    /// The file is not a regular file with UTF-8 text.
    Unsupported,
    /// The file is larger than this number of bytes, which the store does not read.
    TooLarge(u64),
    /// The text is not a path in a memory. The text for the model explains why.
    Path(String),
    /// The store cannot be used.
    Other(Box<dyn StdError + Send + Sync>),
}

impl MemoryError {
    /// Creates the error of a store that cannot be used.
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the memory has no file at this path"),
            Self::Exists => f.write_str("the memory has a file or directory at this path"),
            Self::Changed => f.write_str("the memory file has been changed"),
            Self::Link => f.write_str("the path contains a symbolic link"),
            Self::Unsupported => f.write_str("the memory file is not a regular file with UTF-8 text"),
            Self::TooLarge(most) => write!(f, "the memory file has more than {most} bytes"),
            Self::Path(why) => f.write_str(why),
            Self::Other(error) => write!(f, "the memory cannot be used: {error}"),
        }
    }
}

impl StdError for MemoryError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Other(error) => Some(&**error),
            _ => None,
        }
    }
}

impl From<io::Error> for MemoryError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::AlreadyExists => Self::Exists,
            _ => Self::other(error),
        }
    }
}
