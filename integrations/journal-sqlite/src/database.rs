//! Connections to the database file.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use claudette::Result;
use rusqlite::{Connection, ErrorCode};

use crate::error::from_sql;
use crate::schema::{VERSIONS, migrate};

/// The time that a connection waits for the transaction of another process.
const WAIT: Duration = Duration::from_secs(10);

/// Opens the file, and creates it if it does not exist.
pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(WAIT)?;
    // A finished step must survive a power cut.
    db.pragma_update(None, "synchronous", "full")?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// Opens the file for the first time in this process.
pub(crate) fn prepare(path: &Path) -> Result<Connection> {
    let failed = |error| from_sql(format!("the journal `{}` cannot be opened", path.display()), error);
    let mut db = connect(path).map_err(failed)?;
    migrate(&mut db, path, VERSIONS)?;
    use_wal(&db).map_err(failed)?;
    Ok(db)
}

/// Sets the mode in which readers do not wait for the writer. SQLite does not wait for other processes here.
fn use_wal(db: &Connection) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        match db.pragma_update(None, "journal_mode", "wal") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begun.elapsed() < WAIT => {
                sleep(Duration::from_millis(5));
            }
            result => return result,
        }
    }
}

/// Returns the time in microseconds since 1970.
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_micros()).unwrap_or(i64::MAX)
}

/// Returns the time of a number of microseconds since 1970.
pub(crate) fn time(micros: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}
