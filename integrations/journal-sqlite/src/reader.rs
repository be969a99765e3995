//! [`Reader`]: connections that read, on threads where blocking is allowed. They do not wait for the writer.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use crate::database::connect;
use crate::error::Failure;

/// Connections that read.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pool: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Reader {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { pool: Arc::new(Pool { path, idle: Mutex::default() }) }
    }

    /// Reads from one consistent snapshot.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let pool = self.pool.clone();
        let read = tokio::task::spawn_blocking(move || -> rusqlite::Result<T> {
            let mut db = pool.take()?;
            let transaction = db.transaction()?;
            let output = work(&transaction)?;
            drop(transaction);
            pool.put_back(db);
            Ok(output)
        });
        Ok(read.await.map_err(|_| Failure::Ended)??)
    }

    /// Works with a connection of its own, outside a transaction.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let path = self.pool.path.clone();
        let ran = tokio::task::spawn_blocking(move || work(&connect(&path)?));
        Ok(ran.await.map_err(|_| Failure::Ended)??)
    }
}

impl Pool {
    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| connect(&self.path), Ok)
    }

    fn put_back(&self, db: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(db);
    }
}
