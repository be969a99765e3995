//! [`Owner`]: the process that uses a run or a chat. It is known to be alive by a lock on a small file.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError, remove_file};
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension as _};

use crate::database::{now, time};
use crate::lease::{Held, Subject};

/// The process that uses a run or a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pid: u32,
    host: String,
    until: i64,
}

impl Owner {
    /// Returns the id of the process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Returns the name of its host.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the time at which its lease ends, unless it renews the lease before.
    pub fn lease_ends(&self) -> SystemTime {
        time(self.until)
    }

    /// Returns `true` if it is this process.
    pub fn is_this_process(&self) -> bool {
        self.pid == std::process::id() && self.host == host()
    }
}

/// Shows the process and the end of its lease.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = Duration::from_micros(u64::try_from(self.until - now()).unwrap_or_default());
        let kind = if self.is_this_process() { "this process" } else { "process" };
        write!(f, "{kind} {} on host `{}`, whose lease ends in {} s", self.pid, self.host, left.as_secs())
    }
}

/// The leases of one open journal. Another process can take them over when they have expired, or when the lock on the
/// file is gone.
#[derive(Debug)]
pub(crate) struct OwnLease {
    database: PathBuf,
    pub(crate) token: String,
    duration: Duration,
    /// The locked file. It exists from the first lease on.
    file: Mutex<Option<File>>,
    leases: Mutex<Leases>,
}

/// The leases of one open journal, apart from what the file says.
#[derive(Debug, Default)]
struct Leases {
    held: Vec<Held>,
    /// Leases that were dropped and are not released in the file yet, for example because the disk is full.
    dropped: Vec<Held>,
}

impl OwnLease {
    pub(crate) fn new(database: PathBuf, duration: Duration) -> Self {
        let token = format!("{:016x}", RandomState::new().hash_one(now()));
        Self { database, token, duration, file: Mutex::default(), leases: Mutex::default() }
    }

    /// Returns the time between two renewals.
    pub(crate) fn beat(&self) -> Duration {
        self.duration / 3
    }

    fn until(&self) -> i64 {
        now().saturating_add(i64::try_from(self.duration.as_micros()).unwrap_or(i64::MAX))
    }

    /// Makes this process known as an owner.
    pub(crate) fn claim(&self, db: &Connection) -> rusqlite::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.is_none() {
            *file = Some(lock_new(&lock_path(&self.database, &self.token)).map_err(not_locked)?);
        }
        let mut claim = db.prepare_cached(
            "insert into owners (token, pid, host, until) values (?, ?, ?, ?)
             on conflict (token) do update set until = excluded.until",
        )?;
        claim.execute((&self.token, std::process::id(), host(), self.until()))?;
        Ok(())
    }

    /// Renews the lease, if there is one.
    pub(crate) fn renew(&self, db: &Connection) -> rusqlite::Result<()> {
        if self.file.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            db.prepare_cached("update owners set until = ? where token = ?")?.execute((self.until(), &self.token))?;
        }
        Ok(())
    }

    /// Ends all leases.
    pub(crate) fn give_up(&self, db: &Connection) -> rusqlite::Result<()> {
        if let Some(file) = self.file.lock().unwrap_or_else(PoisonError::into_inner).take() {
            db.execute("delete from owners where token = ?", [&self.token])?;
            remove_file(lock_path(&self.database, &self.token)).ok();
            drop(file);
        }
        Ok(())
    }

    fn leases(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a new lease.
    pub(crate) fn hold(&self, lease: Held) {
        self.leases().held.push(lease);
    }

    /// Returns `true` if this journal has a lease of this row.
    pub(crate) fn holds(&self, subject: Subject, key: i64) -> bool {
        self.leases().held.iter().any(|held| held.is_of(subject, key))
    }

    /// Notes that a lease was dropped. `is_released` is `true` if the file says so, too.
    pub(crate) fn forget(&self, lease: Held, is_released: bool) {
        let mut leases = self.leases();
        leases.held.retain(|held| *held != lease);
        if !is_released {
            leases.dropped.push(lease);
        }
    }

    /// Notes that the file says that a dropped lease is released.
    pub(crate) fn released(&self, lease: Held) {
        self.leases().dropped.retain(|dropped| *dropped != lease);
    }

    /// Releases leases that could not be released before.
    pub(crate) fn release_dropped(&self, db: &Connection) {
        let dropped = self.leases().dropped.clone();
        for lease in dropped {
            if lease.release(db).is_ok() {
                self.released(lease);
            }
        }
    }

    /// Returns the owner with this token, if it is alive. If it is not, its row and its file are removed.
    pub(crate) fn find_other(&self, db: &Connection, token: &str) -> rusqlite::Result<Option<Owner>> {
        let Some(owner) = find(db, token)? else { return Ok(None) };
        if token == self.token || is_locked(&self.database, token) {
            // The process may have stopped.
            return Ok((owner.until > now()).then_some(owner));
        }
        db.execute("delete from owners where token = ?", [token])?;
        remove_file(lock_path(&self.database, token)).ok();
        Ok(None)
    }

    /// Removes what processes have left that do not run any more.
    pub(crate) fn sweep(&self, db: &Connection) -> rusqlite::Result<()> {
        let mut tokens = db.prepare("select token from owners")?;
        let tokens: Vec<String> = tokens.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        tokens.iter().try_for_each(|token| self.find_other(db, token).map(drop))
    }
}

/// Returns the owner with this token, if it is alive.
pub(crate) fn find_alive(db: &Connection, database: &Path, token: &str) -> rusqlite::Result<Option<Owner>> {
    let owner = find(db, token)?.filter(|owner| owner.until > now());
    Ok(owner.filter(|_| is_locked(database, token)))
}

fn find(db: &Connection, token: &str) -> rusqlite::Result<Option<Owner>> {
    db.prepare_cached("select pid, host, until from owners where token = ?")?
        .query_row([token], |row| Ok(Owner { pid: row.get(0)?, host: row.get(1)?, until: row.get(2)? }))
        .optional()
}

fn lock_path(database: &Path, token: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(format!("-owner-{token}"));
    path.into()
}

fn lock_new(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    match file.try_lock() {
        // Without locks, only the time says when a lease is over.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(std::io::ErrorKind::AlreadyExists.into()),
    }
}

/// Returns `true` if the process with this token may be alive.
fn is_locked(database: &Path, token: &str) -> bool {
    match File::open(lock_path(database, token)) {
        // A shared lock, because several processes may look at the same time.
        Ok(file) => file.try_lock_shared().is_err(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

fn not_locked(error: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

fn host() -> String {
    #[cfg(unix)]
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    let host = std::env::var("COMPUTERNAME").unwrap_or_default();
    host
}
