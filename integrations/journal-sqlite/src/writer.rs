//! [`Writer`]: the thread that writes. Writes that arrive at the same time share one transaction.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::error::Failure;
use crate::owner::OwnLease;

/// The maximum number of writes in one transaction.
const GROUP: usize = 512;

/// A handle to the thread that writes. The thread ends after the last handle.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    jobs: Sender<Box<dyn Job>>,
}

/// A transaction that is open.
pub(crate) struct Writing<'w> {
    pub(crate) db: &'w Connection,
    pub(crate) own: &'w OwnLease,
}

/// A write, and its sender.
trait Job: Send {
    /// Writes. If the transaction fails, it is called again in a transaction of its own.
    fn run(&mut self, writing: &Writing<'_>) -> rusqlite::Result<()>;

    /// Reports the result, after the commit.
    fn report(self: Box<Self>, result: Result<(), Failure>);
}

struct Write<W, T> {
    work: W,
    output: Option<T>,
    /// `None` if nobody waits.
    reply: Option<oneshot::Sender<Result<T, Failure>>>,
}

impl<W, T> Job for Write<W, T>
where
    W: FnMut(&Writing<'_>) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn run(&mut self, writing: &Writing<'_>) -> rusqlite::Result<()> {
        self.output = Some((self.work)(writing)?);
        Ok(())
    }

    fn report(self: Box<Self>, result: Result<(), Failure>) {
        let Self { output, reply, .. } = *self;
        let result = result.and_then(|()| output.ok_or(Failure::Ended));
        if let Some(reply) = reply {
            let _ = reply.send(result);
        }
    }
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(db: Connection, own: Arc<OwnLease>, path: &Path) -> std::io::Result<Self> {
        let (jobs, received) = channel();
        let name = format!("journal {}", path.display());
        std::thread::Builder::new().name(name).spawn(move || serve(db, &own, &received))?;
        Ok(Self { jobs })
    }

    /// Writes, and returns after the commit. If the future is dropped, the write still happens.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&Writing<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let (reply, result) = oneshot::channel();
        let write = Write { work, output: None, reply: Some(reply) };
        self.jobs.send(Box::new(write)).map_err(|_| Failure::Ended)?;
        result.await.map_err(|_| Failure::Ended)?
    }

    /// Writes later, without a report.
    pub(crate) fn send(&self, work: impl FnMut(&Writing<'_>) -> rusqlite::Result<()> + Send + 'static) {
        let _ = self.jobs.send(Box::new(Write { work, output: None, reply: None }));
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
    let writing = Writing { db: &transaction, own };
    group.iter_mut().try_for_each(|job| job.run(&writing))?;
    transaction.commit()
}
