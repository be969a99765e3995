//! [`Lock`]: allows only one editor at a time to change files in a directory.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cap_std::fs::{Dir, File};

/// Prevents other editors from changing files in a directory until it is dropped.
///
/// On Unix, it is an advisory lock on the directory (`flock`), so it also works between processes. The directory is
/// locked instead of the file, because an edit replaces the file. Without such locks, edits take turns within the
/// process.
#[derive(Debug)]
pub(in crate::tool) enum Lock {
    Directory { _locked: File },
    Process { _turn: MutexGuard<'static, ()> },
}

static TURN: Mutex<()> = Mutex::new(());

impl Lock {
    /// Waits until no other editor holds the lock of the directory.
    ///
    /// # Errors
    ///
    /// The directory cannot be read, or is still locked after 30 seconds.
    pub(in crate::tool) fn take(dir: &Dir) -> io::Result<Self> {
        Ok(match directory(dir)? {
            Some(locked) => Self::Directory { _locked: locked },
            None => Self::Process { _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner) },
        })
    }
}

/// Locks a directory. Returns `None` if the file system does not support locks.
#[cfg(unix)]
fn directory(dir: &Dir) -> io::Result<Option<File>> {
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    /// The maximum time to wait for a lock.
    const PATIENCE: Duration = Duration::from_secs(30);
    const PAUSE: Duration = Duration::from_millis(1);

    // A new handle, because a lock belongs to a handle and all its copies.
    let handle = dir.open(".")?;
    let start = Instant::now();
    loop {
        match flock(&handle, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Some(handle)),
            Err(Errno::INTR) => {}
            Err(Errno::WOULDBLOCK) if start.elapsed() < PATIENCE => thread::sleep(PAUSE),
            Err(error @ Errno::WOULDBLOCK) => return Err(error.into()),
            Err(_) => return Ok(None),
        }
    }
}

#[cfg(not(unix))]
fn directory(_: &Dir) -> io::Result<Option<File>> {
    Ok(None)
}
