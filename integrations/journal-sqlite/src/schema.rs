//! The tables of a journal, and their versions.

use std::path::Path;

use claudette::{Error, Result};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::from_sql;

/// The number in the header of the file that says which program has made it: "clau".
const APPLICATION: i32 = 0x636c_6175;

/// The statements that lead from each version to the next. An entry never changes after a release.
pub(crate) const VERSIONS: &[&str] = &[VERSION_1];

/// The numbers of the steps of a run, and of the messages of a chat, are the lower 32 bits of their keys. So each list is
/// stored together, in its order, without an index.
const VERSION_1: &str = "
    create table owners (
        token text primary key,
        pid integer not null,
        host text not null,
        until integer not null
    ) strict, without rowid;

    create table runs (
        key integer primary key,
        id text not null unique,
        status text not null check (status in ('open', 'suspended', 'finished')),
        end_reason text,
        started integer not null,
        changed integer not null,
        owner text,
        generation integer not null
    ) strict;

    create table steps (
        key integer primary key,
        run integer generated always as (key >> 32) virtual,
        number integer generated always as (key & 0xffffffff) virtual,
        name text not null,
        record text not null
    ) strict;

    create table pending (
        run integer not null,
        step text not null,
        call_id text not null,
        call text not null,
        since integer not null,
        decided integer,
        primary key (run, call_id)
    ) strict, without rowid;

    create table chats (
        key integer primary key,
        id text not null unique,
        head text,
        messages integer not null,
        changed integer not null,
        owner text,
        generation integer not null
    ) strict;

    create table messages (
        key integer primary key,
        chat integer generated always as (key >> 32) virtual,
        number integer generated always as (key & 0xffffffff) virtual,
        message text not null
    ) strict;
";

/// Creates the tables, or brings them to the newest of these versions.
pub(crate) fn migrate(db: &mut Connection, path: &Path, versions: &[&str]) -> Result<()> {
    let failed = |error| not_opened(path, error);
    // A journal that is up to date opens even while another process is in the middle of a commit.
    if missing(&*db.transaction().map_err(failed)?, path, versions)?.is_empty() {
        return Ok(());
    }
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Another process can have done it in the meantime.
    let missing = missing(&transaction, path, versions)?;
    if missing.is_empty() {
        return Ok(());
    }
    let migrate = |transaction: Transaction<'_>| {
        missing.iter().try_for_each(|statements| transaction.execute_batch(statements))?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", i64::try_from(versions.len()).unwrap_or(i64::MAX))?;
        transaction.commit()
    };
    migrate(transaction).map_err(failed)
}

/// Returns the statements that the file has not seen, or an error if the file is not a journal that we know.
fn missing<'a>(db: &Connection, path: &Path, versions: &'a [&'a str]) -> Result<&'a [&'a str]> {
    let found = Found::read(db).map_err(|error| not_opened(path, error))?;
    let is_ours = found.application == APPLICATION;
    if !is_ours && (found.application != 0 || found.version != 0 || found.tables > 0) {
        return Err(Error::journal(format!(
            "`{}` is a database of another program: open a journal in a file of its own",
            path.display()
        )));
    }
    let newest = versions.len();
    let Some(missing) = versions.get(found.version..) else {
        return Err(Error::journal(format!(
            "the journal `{}` has version {} of its tables, but this library knows only versions up to {newest}: use a \
             newer version of claudette-journal-sqlite",
            path.display(),
            found.version
        )));
    };
    Ok(missing)
}

fn not_opened(path: &Path, error: rusqlite::Error) -> Error {
    from_sql(format!("the journal `{}` cannot be opened", path.display()), error)
}

/// The program and the version that the header of the file names.
struct Found {
    application: i32,
    version: usize,
    tables: i64,
}

impl Found {
    fn read(db: &Connection) -> rusqlite::Result<Self> {
        let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok(Self {
            application: db.pragma_query_value(None, "application_id", |row| row.get(0))?,
            // A negative version is never ours.
            version: usize::try_from(version).unwrap_or(usize::MAX),
            tables: db.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_of_an_older_version_is_migrated_and_keeps_its_rows() {
        let (mut db, path) = (Connection::open_in_memory().unwrap(), Path::new("agent.db"));
        migrate(&mut db, path, VERSIONS).unwrap();
        db.execute("insert into steps (key, name, record) values (1, 'run', '{}')", []).unwrap();

        // The next version, whatever it will be.
        let next =
            [VERSIONS, &["alter table steps add column note text; update steps set note = name || '!';"]].concat();
        migrate(&mut db, path, &next).unwrap();
        let note: String = db.query_row("select note from steps where key = 1", [], |row| row.get(0)).unwrap();
        assert_eq!(note, "run!");
        // It is done once.
        migrate(&mut db, path, &next).unwrap();

        let error = migrate(&mut db, path, VERSIONS).unwrap_err();
        assert!(error.is_journal());
        let (text, newest) = (error.to_string(), VERSIONS.len());
        assert!(text.contains(&format!("has version {} of its tables", newest + 1)), "{text}");
    }

    #[test]
    fn a_failed_migration_changes_nothing() {
        let (mut db, path) = (Connection::open_in_memory().unwrap(), Path::new("agent.db"));
        migrate(&mut db, path, VERSIONS).unwrap();
        let next = [VERSIONS, &["create table extra (a); drop table missing;"]].concat();
        assert!(migrate(&mut db, path, &next).is_err());
        let found = Found::read(&db).unwrap();
        assert_eq!((found.version, found.application), (VERSIONS.len(), APPLICATION));
        assert!(!db.table_exists(None, "extra").unwrap());
    }
}
