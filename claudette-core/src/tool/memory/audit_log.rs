//! [`AuditLog`]: one line of JSON for each change of a memory.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use ring::digest::{SHA256, digest};
use serde::Serialize;

use crate::task::run_blocking;

/// A file to which a line is appended before each change.
#[derive(Clone, Debug)]
pub(super) struct AuditLog(Arc<Mutex<File>>);

/// A change, without the text of the file.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Change {
    unix_ms: u64,
    command: &'static str,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_path: Option<String>,
    /// The number of files of a directory that is deleted or renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<usize>,
    before: Option<Size>,
    after: Option<Size>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    failed: bool,
}

/// The size of a text, and its hash. A directory and a file that is not text have no hash.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Size {
    pub(super) bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
}

impl Size {
    pub(super) fn of(text: &str) -> Self {
        let hash = digest(&SHA256, text.as_bytes());
        let sha256 = hash.as_ref().iter().fold(String::new(), |mut hex, byte| {
            // Writing to a `String` does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Self { bytes: text.len() as u64, sha256: Some(sha256) }
    }
}

impl Change {
    pub(super) fn new(command: &'static str, path: &impl ToString) -> Self {
        let path = path.to_string();
        Self { unix_ms: 0, command, path, new_path: None, files: None, before: None, after: None, failed: false }
    }

    pub(super) fn sizes(self, before: Option<Size>, after: Option<Size>) -> Self {
        Self { before, after, ..self }
    }

    pub(super) fn files(self, files: Option<usize>) -> Self {
        Self { files, ..self }
    }

    pub(super) fn new_path(self, path: &impl ToString) -> Self {
        Self { new_path: Some(path.to_string()), ..self }
    }

    pub(super) fn failed(self) -> Self {
        Self { failed: true, ..self }
    }
}

impl AuditLog {
    /// Opens a log, and creates it if it does not exist.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.read(true);
        let mut file = options.open(path)?;
        // A process was killed in the middle of a line.
        let mut last = [b'\n'];
        if file.seek(SeekFrom::End(-1)).is_ok() {
            file.read_exact(&mut last)?;
        }
        if last != [b'\n'] {
            file.write_all(b"\n")?;
        }
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    /// Appends a line, which survives a crash of the machine.
    pub(super) async fn add(&self, change: Change) -> io::Result<()> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let change = Change { unix_ms: since.as_millis().try_into().unwrap_or(u64::MAX), ..change };
        let mut line = serde_json::to_string(&change)?;
        line.push('\n');
        let file = self.0.clone();
        let write = move || {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            // One write, so that the lines of several processes do not mix.
            file.write_all(line.as_bytes()).and_then(|()| file.sync_data())
        };
        run_blocking(write).await.unwrap_or_else(|| Err(io::Error::other("the runtime is shutting down")))
    }
}
