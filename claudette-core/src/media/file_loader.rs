//! [`Origin`]: where the bytes of an image or a document come from. Files are read here, and errors name what is wrong.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::messages::image_format::MOST_BASE64;
use crate::task::run_blocking;

/// The largest request, in bytes: 32 MB ([limits](https://docs.claude.com/en/api/overview#request-size-limits)).
const REQUEST: u64 = 32 << 20;

/// The size up to which the API accepts bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// As text, within the request.
    Text,
    /// In base64, within the request.
    Base64,
    /// In base64, as an image.
    Image,
}

impl Limit {
    /// The limit in bytes before they are encoded. Base64 makes four bytes of three.
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
                "it has {bytes} bytes, and no more than {most} fit into a request of 32 MB{encoded}; make it smaller, or \
                 upload it and send its `file_id`"
            )
        };
        match self {
            Self::Text => in_request(""),
            Self::Base64 => in_request(" in base64"),
            Self::Image => format!(
                "it has {bytes} bytes, and the API takes at most {most} per image ({MOST_BASE64} in base64); scale it down, \
                 or save it with more compression"
            ),
        }
    }
}

/// Where bytes come from, and what is to become of them.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// `image` or `document`.
    noun: &'static str,
    /// That of the file, if they come from one.
    path: Option<PathBuf>,
}

impl Origin {
    /// The caller has them already.
    pub(crate) fn memory(noun: &'static str) -> Self {
        Self { noun, path: None }
    }

    /// Reads a file, and makes a block of it, where waiting holds up nobody. Of a file above the
    /// limit, one byte more than the limit is read.
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

    /// The last part of the path.
    pub(crate) fn file_name(&self) -> Option<String> {
        Some(self.path.as_ref()?.file_name()?.to_string_lossy().into_owned())
    }

    /// Refuses more bytes than the API accepts.
    pub(crate) fn fits(&self, bytes: u64, limit: Limit) -> Result<()> {
        if bytes <= limit.bytes() {
            return Ok(());
        }
        Err(self.refused(limit.exceeded_by(bytes)))
    }

    /// The error of bytes that cannot be sent; `why` is the cause, and what to do.
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
        // A pipe has more than it says, and so has a file that grows.
        let mut bytes = Vec::new();
        file.take(limit.bytes() + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }

    fn unreadable(&self, cause: io::Error) -> Error {
        let relative = self.path.as_ref().is_some_and(|path| path.is_relative());
        let hint = if relative && cause.kind() == ErrorKind::NotFound {
            "; its path starts at the working directory of the program"
        } else {
            ""
        };
        Error::misuse(format!("{self} cannot be read{hint}")).caused_by(cause)
    }
}

/// The thing in the words of an error: `the image`, or with its path.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {}", self.noun)?;
        match &self.path {
            Some(path) => write!(f, " `{}`", path.display()),
            None => Ok(()),
        }
    }
}
