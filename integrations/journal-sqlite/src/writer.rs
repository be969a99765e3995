//! [`Writer`]: the thread that writes. Writes that arrive at the same time share one transaction.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::error::Failure;
use crate::lease::Held;
use crate::owner::OwnLease;

/// The maximum number of writes in one transaction.
const GROUP: usize = 512;

/// A handle to the thread that writes. The thread ends after the last handle.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    jobs: Sender<Box<dyn Job>>,
    pub(crate) own: Arc<OwnLease>,
}

/// A transaction that is open.
pub(crate) struct Writing<'w> {
    pub(crate) db: &'w Connection,
    pub(crate) own: &'w OwnLease,
    /// The leases that this transaction has taken.
    pub(crate) taken: RefCell<Vec<Held>>,
}

/// A write, and its sender.
trait Job: Send {
    /// Writes. If the transaction fails, it is called again in a transaction of its own.
    fn run(&mut self, writing: &Writing<'_>) -> rusqlite::Result<()>;

    /// Reports the result, after the commit.
    fn report(self: Box<Self>, result: Result<(), Failure>);
}

struct Write<W, T, R> {
    work: W,
    output: Option<T>,
    reply: R,
}

impl<W, T, R> Job for Write<W, T, R>
where
    W: FnMut(&Writing<'_>) -> rusqlite::Result<T> + Send,
    T: Send,
    R: FnOnce(Result<T, Failure>) + Send,
{
    fn run(&mut self, writing: &Writing<'_>) -> rusqlite::Result<()> {
        self.output = Some((self.work)(writing)?);
        Ok(())
    }

    fn report(self: Box<Self>, result: Result<(), Failure>) {
        let Self { output, reply, .. } = *self;
        reply(result.and_then(|()| output.ok_or(Failure::Ended)));
    }
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(db: Connection, own: Arc<OwnLease>, path: &Path) -> std::io::Result<Self> {
        let (jobs, received) = channel();
        let name = format!("journal {}", path.display());
        let owner = own.clone();
        std::thread::Builder::new().name(name).spawn(move || serve(db, &owner, &received))?;
        Ok(Self { jobs, own })
    }

    /// Writes, and returns after the commit. If the future is dropped, the write still happens. `then` runs after the
    /// commit, also if the future was dropped.
    pub(crate) async fn write_then<T: Send + 'static, U: Send + 'static>(
        &self,
        work: impl FnMut(&Writing<'_>) -> rusqlite::Result<T> + Send + 'static,
        then: impl FnOnce(T) -> U + Send + 'static,
    ) -> Result<U, Failure> {
        let (reply, result) = oneshot::channel();
        self.send(work, move |result| drop(reply.send(result.map(then))));
        result.await.map_err(|_| Failure::Ended)?
    }

    /// Writes later. `reply` gets the result after the commit.
    pub(crate) fn send<T: Send + 'static>(
        &self,
        work: impl FnMut(&Writing<'_>) -> rusqlite::Result<T> + Send + 'static,
        reply: impl FnOnce(Result<T, Failure>) + Send + 'static,
    ) {
        // If the thread has ended, the reply is dropped.
        let _ = self.jobs.send(Box::new(Write { work, output: None, reply }));
    }
}

fn serve(mut db: Connection, own: &OwnLease, jobs: &Receiver<Box<dyn Job>>) {
    let mut beat = Instant::now();
    loop {
        let wait = own.beat().saturating_sub(beat.elapsed());
        let mut group = match jobs.recv_timeout(wait) {
            Ok(first) => vec![first],
            Err(RecvTimeoutError::Timeout) => Vec::new(),
            Err(RecvTimeoutError::Disconnected) => break,
        };
        while group.len() < GROUP
            && let Ok(job) = jobs.try_recv()
        {
            group.push(job);
        }
        let is_due = beat.elapsed() >= own.beat();
        if is_due {
            beat = Instant::now();
            // If it fails, another process can take the leases over, and the writes of this one are refused.
            let _ = own.renew(&db);
            own.release_dropped(&db);
        }
        commit_group(&mut db, own, group);
    }
    let _ = own.give_up(&db);
}

/// Commits a group. If that fails, each of its jobs gets a transaction of its own.
fn commit_group(db: &mut Connection, own: &OwnLease, mut group: Vec<Box<dyn Job>>) {
    if group.is_empty() {
        return;
    }
    let mut result = commit(db, own, &mut group);
    let is_alone = group.len() == 1;
    for mut job in group {
        if result.is_err() && !is_alone {
            let alone = commit(db, own, std::slice::from_mut(&mut job));
            job.report(alone.map_err(Failure::from));
            continue;
        }
        let result = match &mut result {
            Ok(()) => Ok(()),
            Err(error) => Err(Failure::from(std::mem::replace(error, rusqlite::Error::InvalidQuery))),
        };
        job.report(result);
    }
}

fn commit(db: &mut Connection, own: &OwnLease, group: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let writing = Writing { db: &transaction, own, taken: RefCell::default() };
    group.iter_mut().try_for_each(|job| job.run(&writing))?;
    transaction.commit()
}
