//! [`Origin`]: the source of the bytes of an image or a document, and the reading of files.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::messages::image_format::MOST_BASE64;
use crate::task::run_blocking;

/// The largest request, in bytes: 32 MB
/// ([limits](https://platform.claude.com/docs/en/api/overview#request-size-limits)).
const REQUEST: u64 = 32 << 20;

/// A size limit of the API.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// The limit for text in a request.
    Text,
    /// The limit for base64 data in a request.
    Base64,
    /// The limit for the base64 data of an image.
    Image,
}

impl Limit {
    /// Returns the limit in bytes before the encoding. Base64 encodes three bytes as four.
    fn bytes(self) -> u64 {
        match self {
            Self::Text => REQUEST,
            Self::Base64 => REQUEST / 4 * 3,
            Self::Image => MOST_BASE64 / 4 * 3,
        }
    }

    fn exceeded_by(self, bytes: u64) -> String {
        let most = self.bytes();
        let in_request = |encoded| {
            format!(
                "it has {bytes} bytes, but at most {most} fit into a request of 32 MB{encoded}; make it smaller, or \
                 upload it and send its `file_id`"
            )
        };
        match self {
            Self::Text => in_request(""),
            Self::Base64 => in_request(" in base64"),
            Self::Image => format!(
                "it has {bytes} bytes, but the API accepts at most {most} per image ({MOST_BASE64} in base64); scale \
                 it down, or save it with more compression"
            ),
        }
    }
}

/// The source of bytes, and the kind of block to make of them.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// `image` or `document`.
    noun: &'static str,
    /// The path of the file, if the bytes come from a file.
    path: Option<PathBuf>,
}

impl Origin {
    /// Returns the origin of bytes that the caller provides.
    pub(crate) fn memory(noun: &'static str) -> Self {
        Self { noun, path: None }
    }

    /// Reads a file on a blocking thread and makes a block of it. It reads at most one byte more than the limit.
    pub(crate) async fn read<T: Send + 'static>(
        noun: &'static str,
        path: &Path,
        limit: Limit,
        then: fn(&[u8], &Self) -> Result<T>,
    ) -> Result<T> {
        let origin = Self { noun, path: Some(path.to_owned()) };
        let (path, for_errors) = (path.to_owned(), origin.clone());
        let block = run_blocking(move || then(&origin.bytes(&path, limit)?, &origin)).await;
        block.unwrap_or_else(|| Err(for_errors.unreadable(io::Error::other("the program is shutting down"))))
    }

    /// Returns the last part of the path.
    pub(crate) fn file_name(&self) -> Option<String> {
        Some(self.path.as_ref()?.file_name()?.to_string_lossy().into_owned())
    }

    /// Returns an error if this is more than the API accepts.
    pub(crate) fn fits(&self, bytes: u64, limit: Limit) -> Result<()> {
        if bytes <= limit.bytes() {
            return Ok(());
        }
        Err(self.refused(limit.exceeded_by(bytes)))
    }

    /// Returns the error for bytes that cannot be sent; `why` contains the cause and the remedy.
    pub(crate) fn refused(&self, why: impl fmt::Display) -> Error {
        Error::misuse(format!("{self} cannot be sent: {why}"))
    }

    fn bytes(&self, path: &Path, limit: Limit) -> Result<Vec<u8>> {
        let unreadable = |cause| self.unreadable(cause);
        let file = File::open(path).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        if about.is_dir() {
            return Err(self.unreadable(ErrorKind::IsADirectory.into()));
        }
        self.fits(about.len(), limit)?;
        // A pipe, or a file that grows, can have more bytes than its metadata shows.
        let mut bytes = Vec::new();
        file.take(limit.bytes() + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }

    fn unreadable(&self, cause: io::Error) -> Error {
        let relative = self.path.as_ref().is_some_and(|path| path.is_relative());
        let hint = if relative && cause.kind() == ErrorKind::NotFound {
            "; the path is relative to the working directory of the program"
        } else {
            ""
        };
        Error::misuse(format!("{self} cannot be read{hint}")).caused_by(cause)
    }
}

/// Writes the subject of an error message: `the image`, or ``the image `cat.png` ``.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {}", self.noun)?;
        match &self.path {
            Some(path) => write!(f, " `{}`", path.display()),
            None => Ok(()),
        }
    }
}
