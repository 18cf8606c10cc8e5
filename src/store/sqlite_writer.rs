//! The one writer of a SQLite file: queued writes share a commit, and each learns of it after it is durable.
//!
//! A commit costs an `fsync`, whatever it holds. So the writer takes all the writes that are waiting, runs them in one
//! transaction (as savepoints, if one fails), commits once, and then answers. It never waits for a batch to fill.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use diesel::SqliteConnection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::result::Error as QueryError;
use tokio::sync::oneshot;

use super::endings::Endings;
use super::error::StoreError;
use super::sqlite::connect_writer;
use super::tx::{Db, Tx, Vault};
use crate::domain::limits;

/// The queue and the thread that empties it. Dropping it finishes what is queued.
pub(super) struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    endings: Arc<Endings>,
}

impl Writer {
    pub(super) fn start(path: PathBuf, vault: Arc<Vault>, endings: Arc<Endings>) -> Result<Self, StoreError> {
        let db = connect_writer(&path)?;
        let (queue, jobs) = sync_channel(limits::QUEUED_WRITES);
        let thread = thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || Worker { path, vault, db: Some(db) }.work(&jobs))
            .map_err(|error| StoreError::Unavailable { reason: error.to_string() })?;
        Ok(Self { queue: Some(queue), thread: Some(thread), endings })
    }

    /// Queues `f` and waits until it is committed, or undone.
    pub(super) async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let endings = Arc::clone(&self.endings);
        let job = Box::new(Write { f, outcome: None, ends_standings: false, endings, reply });
        let Some(queue) = &self.queue else { return Err(StoreError::Interrupted.into()) };
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Interrupted,
        })?;
        // The other end is dropped unanswered when `f` panicked.
        answer.await.unwrap_or_else(|_| Err(StoreError::Interrupted.into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            // Its panics were caught; there is nothing left to learn.
            let _ = thread.join();
        }
    }
}

/// A queued write, whatever it returns.
trait Job: Send {
    /// Runs the write and remembers its outcome; whether to keep what it wrote.
    fn run(&mut self, db: &mut SqliteConnection, vault: &Vault) -> bool;
    /// Tells the caller the outcome, or why even a good one was not committed.
    fn answer(self: Box<Self>, committed: Result<(), String>);
}

struct Write<T, E, F> {
    f: F,
    outcome: Option<Result<T, E>>,
    ends_standings: bool,
    endings: Arc<Endings>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Write<T, E, F>
where
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, db: &mut SqliteConnection, vault: &Vault) -> bool {
        let mut tx = Tx::new(Db::Sqlite(db), vault);
        let outcome = (self.f)(&mut tx);
        let outcome = tx.conclude(outcome);
        let keeps = outcome.is_ok();
        self.ends_standings = tx.ends_standings();
        self.outcome = Some(outcome);
        keeps
    }

    fn answer(self: Box<Self>, committed: Result<(), String>) {
        if self.ends_standings {
            self.endings.count();
        }
        let outcome = match (self.outcome, committed) {
            (Some(Err(error)), _) => Err(error),
            (Some(outcome), Ok(())) => outcome,
            (_, Err(reason)) => Err(StoreError::Unavailable { reason }.into()),
            (None, Ok(())) => Err(StoreError::Interrupted.into()),
        };
        // A caller that went away no longer wants to know.
        let _ = self.reply.send(outcome);
    }
}

/// How one attempt to commit a batch ended.
enum Attempt {
    Committed,
    /// Nothing of the batch is kept.
    Failed(String),
    /// This job panicked; nothing of the batch is kept yet.
    Panicked(usize),
}

struct Worker {
    path: PathBuf,
    vault: Arc<Vault>,
    /// Absent after a failure, whose transaction closing it has undone.
    db: Option<SqliteConnection>,
}

impl Worker {
    fn work(mut self, jobs: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = jobs.recv() {
            let mut batch = vec![first];
            batch.extend(jobs.try_iter().take(limits::WRITES_PER_COMMIT - 1));
            self.commit(batch);
        }
        if let Some(db) = &mut self.db {
            // Spares the next start reading the journal. Does nothing if another process uses the file: waiting for it
            // would make it wait for us.
            let _ = db.batch_execute("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE);");
        }
    }

    /// Commits `batch` and answers every job of it; runs it again without a job that panicked.
    fn commit(&mut self, mut batch: Vec<Box<dyn Job>>) {
        let committed = loop {
            match self.attempt(&mut batch) {
                Attempt::Committed => break Ok(()),
                Attempt::Failed(reason) => {
                    self.db = None;
                    tracing::error!(%reason, "a batch of writes was not committed");
                    break Err(reason);
                }
                Attempt::Panicked(index) => {
                    self.db = None;
                    tracing::error!("a write panicked and was undone");
                    drop(batch.remove(index));
                }
            }
        };
        for job in batch {
            job.answer(committed.clone());
        }
    }

    fn attempt(&mut self, batch: &mut [Box<dyn Job>]) -> Attempt {
        let db = match connected(&mut self.db, &self.path) {
            Ok(db) => db,
            Err(error) => return Attempt::Failed(error.to_string()),
        };
        let is_alone = batch.len() == 1;
        let end = match run_all(db, &self.vault, batch, Apart::No) {
            Ok(End::Undone) if !is_alone => run_all(db, &self.vault, batch, Apart::BySavepoints),
            end => end,
        };
        match end {
            // A single write that failed says so itself.
            Ok(End::Committed | End::Undone) => Attempt::Committed,
            Ok(End::Panicked(index)) => Attempt::Panicked(index),
            Err(error) => Attempt::Failed(error.to_string()),
        }
    }
}

fn connected<'a>(
    db: &'a mut Option<SqliteConnection>,
    path: &Path,
) -> Result<&'a mut SqliteConnection, StoreError> {
    match db {
        Some(db) => Ok(db),
        none => Ok(none.insert(connect_writer(path)?)),
    }
}

/// Whether a failed write of a batch can be undone without the others.
///
/// A savepoint costs as much as what it protects, and writes seldom fail: so a batch runs without, and only if a write of
/// it fails once more with them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Apart {
    No,
    BySavepoints,
}

/// How a transaction of a batch ended.
enum End {
    Committed,
    /// A write failed, and with it everything.
    Undone,
    /// This job panicked; the transaction is still open.
    Panicked(usize),
}

/// One transaction of all jobs.
fn run_all(
    db: &mut SqliteConnection,
    vault: &Vault,
    batch: &mut [Box<dyn Job>],
    apart: Apart,
) -> Result<End, QueryError> {
    AnsiTransactionManager::begin_transaction_sql(db, "BEGIN IMMEDIATE")?;
    for (index, job) in batch.iter_mut().enumerate() {
        if apart == Apart::BySavepoints {
            AnsiTransactionManager::begin_transaction(db)?;
        }
        match (catch_unwind(AssertUnwindSafe(|| job.run(db, vault))), apart) {
            (Ok(true), Apart::No) => {}
            (Ok(true), Apart::BySavepoints) => AnsiTransactionManager::commit_transaction(db)?,
            // Both fail if SQLite gave up the whole transaction (disk full): then nothing of the batch is kept.
            (Ok(false), Apart::BySavepoints) => AnsiTransactionManager::rollback_transaction(db)?,
            (Ok(false), Apart::No) => {
                AnsiTransactionManager::rollback_transaction(db)?;
                return Ok(End::Undone);
            }
            (Err(_), _) => return Ok(End::Panicked(index)),
        }
    }
    AnsiTransactionManager::commit_transaction(db)?;
    Ok(End::Committed)
}
