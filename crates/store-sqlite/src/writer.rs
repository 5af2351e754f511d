//! Group commit: one thread owns the connection that writes. It commits what waits together with one flush,
//! each member in a savepoint of its own, and answers nobody before the flush.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use riser_store::{Load, StoreError};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::error::Fault;
use crate::statements::Prepared as _;

/// The most transactions that share a flush.
const GROUP: usize = 256;
/// How many may wait for their turn before callers wait to be let in.
const QUEUE: usize = 1024;
/// The longest that a group waits for latecomers.
const LINGER: Duration = Duration::from_micros(200);

const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";
const SAVEPOINT: &str = "SAVEPOINT member";
const RELEASE: &str = "RELEASE member";
const ROLLBACK_TO: &str = "ROLLBACK TO member";

/// Whether a transaction must survive a power cut once it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It spends, credits, issues or revokes.
    Flushed,
    /// Losing it means "start again".
    Unflushed,
}

/// The handle of the thread. The last one to go waits until the thread has finished what was asked.
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Work>>>,
    thread: Option<JoinHandle<()>>,
    done: Arc<Done>,
}

/// What the thread has done.
#[derive(Default)]
struct Done {
    groups: AtomicU64,
    transactions: AtomicU64,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(db: Connection, edges: impl Edges) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let done = Arc::new(Done::default());
        let gate = Gate { db, edges, flushes: true, done: done.clone() };
        let thread = std::thread::Builder::new()
            .name("riser-store".to_owned())
            .spawn(move || gate.serve(jobs))
            .map_err(|error| StoreError::Unavailable(format!("no thread to write on: {}", error.kind())))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), done })
    }

    /// How busy the thread is.
    pub(crate) fn load(&self) -> Load {
        let waiting = self.queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity());
        Load {
            waiting: waiting as u64,
            groups: self.done.groups.load(Ordering::Relaxed),
            transactions: self.done.transactions.load(Ordering::Relaxed),
        }
    }

    /// Runs `work` in a transaction, and returns once it is committed.
    pub(crate) async fn run<T, F>(&self, durability: Durability, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.run_and_settle(durability, work, |result| result).await
    }

    /// The same; before the caller hears how it ended, and even if the caller is gone, `settle` does, and makes
    /// the answer of it. It is dropped without a call if nobody will ever know.
    pub(crate) async fn run_and_settle<T, A, F, S>(
        &self,
        durability: Durability,
        work: F,
        settle: S,
    ) -> Result<A, StoreError>
    where
        T: Send + 'static,
        A: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
        S: FnOnce(Result<T, StoreError>) -> Result<A, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Job { durability, work: Some(work), result: None, settle, reply });
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        queue.send(job).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has already failed its callers.
            let _ = thread.join();
        }
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the writer has stopped".to_owned())
}

/// One caller's transaction.
trait Work: Send {
    fn durability(&self) -> Durability;
    /// Does the work and keeps its result; whether its changes are to be kept.
    fn run(&mut self, db: &Connection) -> bool;
    /// Answers the caller, now that it is known how the group ended.
    fn answer(self: Box<Self>, group: &Result<(), StoreError>);
}

struct Job<T, A, F, S> {
    durability: Durability,
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    settle: S,
    reply: oneshot::Sender<Result<A, StoreError>>,
}

impl<T, A, F, S> Work for Job<T, A, F, S>
where
    T: Send,
    A: Send,
    F: FnOnce(&Connection) -> Result<T, Fault> + Send,
    S: FnOnce(Result<T, StoreError>) -> Result<A, StoreError> + Send,
{
    fn durability(&self) -> Durability {
        self.durability
    }

    fn run(&mut self, db: &Connection) -> bool {
        let Some(work) = self.work.take() else { return false };
        // A member that panics is one failing transaction, not the end of the store.
        let result = catch_unwind(AssertUnwindSafe(|| work(db)));
        let result = match result {
            Ok(result) => result.map_err(StoreError::from),
            Err(_) => Err(StoreError::Unavailable("the transaction panicked".to_owned())),
        };
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, group: &Result<(), StoreError>) {
        // A conflict is answered after the commit too: it may be with a neighbour.
        let result = match group {
            Ok(()) => self.result.unwrap_or_else(|| Err(gone())),
            Err(error) => Err(error.clone()),
        };
        let answer = (self.settle)(result);
        // Nobody waits any more when the request was dropped; the effect stands.
        let _ = self.reply.send(answer);
    }
}

/// What else a store does on the connection that writes.
pub(crate) trait Edges: Send + 'static {
    /// First in each transaction, which nobody else writes beside from then on.
    fn begin(&self, db: &Connection) -> Result<(), Fault>;
    /// When all that was asked is done, in a transaction of its own.
    fn end(&self, db: &Connection) -> Result<(), Fault>;
}

/// The connection that writes, and whether its commits are flushed now.
struct Gate<E> {
    db: Connection,
    edges: E,
    flushes: bool,
    done: Arc<Done>,
}

impl<E: Edges> Gate<E> {
    fn serve(mut self, mut jobs: mpsc::Receiver<Box<dyn Work>>) {
        let mut group: Vec<Box<dyn Work>> = Vec::with_capacity(GROUP);
        let mut before = Before::default();
        while jobs.blocking_recv_many(&mut group, GROUP) > 0 {
            before.linger(&mut group, &mut jobs);
            let started = Instant::now();
            let outcome = self.commit(&mut group);
            before = Before { members: group.len(), took: started.elapsed() };
            self.done.groups.fetch_add(1, Ordering::Relaxed);
            self.done.transactions.fetch_add(group.len() as u64, Ordering::Relaxed);
            for job in group.drain(..) {
                job.answer(&outcome);
            }
        }
        // Nobody waits for the answer: what cannot be written is lost as at a power cut.
        let _ = self.end();
    }

    fn end(&mut self) -> Result<(), Fault> {
        self.flush_next(true)?;
        self.db.run(BEGIN, [])?;
        self.edges.begin(&self.db)?;
        self.edges.end(&self.db)?;
        self.db.run(COMMIT, [])?;
        Ok(())
    }

    fn commit(&mut self, group: &mut [Box<dyn Work>]) -> Result<(), StoreError> {
        let result = self.try_commit(group);
        if !self.db.is_autocommit() {
            // The group failed half-way. If even this fails, the next group tries it again.
            let _ = self.db.run(ROLLBACK, []);
        }
        // Whatever stops a group, it is nobody's own conflict.
        result.map_err(|fault| match StoreError::from(fault) {
            unavailable @ StoreError::Unavailable(_) => unavailable,
            _ => StoreError::Unavailable("the transaction could not be committed".to_owned()),
        })
    }

    fn try_commit(&mut self, group: &mut [Box<dyn Work>]) -> Result<(), Fault> {
        if !self.db.is_autocommit() {
            self.db.run(ROLLBACK, [])?;
        }
        self.flush_next(group.iter().any(|job| job.durability() == Durability::Flushed))?;
        self.db.run(BEGIN, [])?;
        self.edges.begin(&self.db)?;
        for job in group {
            self.db.run(SAVEPOINT, [])?;
            let keep = job.run(&self.db);
            if self.db.is_autocommit() {
                // A full disk or an I/O error ends the whole transaction: nobody's changes are there.
                return Err(StoreError::Unavailable("the transaction was rolled back".to_owned()).into());
            }
            if !keep {
                self.db.run(ROLLBACK_TO, [])?;
            }
            self.db.run(RELEASE, [])?;
        }
        self.db.run(COMMIT, [])?;
        Ok(())
    }

    /// Sets whether the next commit is flushed. A later flush covers all that was committed before it.
    fn flush_next(&mut self, flushes: bool) -> Result<(), Fault> {
        if self.flushes != flushes {
            // SQLite acts on this when it is prepared: it must not be taken from the cache.
            // In a write-ahead log NORMAL is safe from damage; it only delays the flush.
            let pragma = if flushes { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
            self.db.execute_batch(pragma)?;
            self.flushes = flushes;
        }
        Ok(())
    }
}

/// The group before: how many shared it, and how long it took.
#[derive(Default)]
struct Before {
    members: usize,
    took: Duration,
}

impl Before {
    /// The callers that were just answered ask again within microseconds, one after the other. Without a
    /// moment's patience the first of them would have the next flush to itself, and the rest would wait for
    /// two. The moment is a small part of what a flush costs here.
    fn linger(&self, group: &mut Vec<Box<dyn Work>>, jobs: &mut mpsc::Receiver<Box<dyn Work>>) {
        let until = Instant::now() + (self.took / 16).min(LINGER);
        while group.len() < self.members {
            match jobs.try_recv() {
                Ok(job) => group.push(job),
                Err(_) if Instant::now() < until => std::thread::yield_now(),
                Err(_) => break,
            }
        }
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
