//! Connections that only read, used on the calling thread: a point read takes microseconds, and handing it
//! to another thread takes many times that.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use riser_store::StoreError;
use rusqlite::Connection;

use crate::connection;
use crate::error::Fault;
use crate::statements::Prepared as _;

/// How many reads run at once.
const READERS: usize = 4;

const BEGIN: &str = "BEGIN";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";

pub(crate) struct Readers {
    connections: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let connections = (0..READERS).map(|_| Ok(Mutex::new(connection::reading(path)?)));
        Ok(Self { connections: connections.collect::<Result<_, StoreError>>()?, next: AtomicUsize::new(0) })
    }

    /// Runs one statement on what is committed now.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let db = self.any()?;
        if !db.is_autocommit() {
            // Left open by a read that panicked: its state is of that time.
            db.run(ROLLBACK, []).map_err(Fault::from)?;
        }
        Ok(read(&db)?)
    }

    /// Runs several statements on one and the same state.
    pub(crate) fn snapshot<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.read(|db| {
            db.run(BEGIN, [])?;
            let result = read(db);
            db.run(COMMIT, [])?;
            result
        })
    }

    /// The first connection that is free, or else one that will be. Always the first: each commit empties
    /// every connection's cache, and the fewer take turns, the more of them find theirs filled again. A read
    /// changes nothing: after one that panicked the connection is as good as before.
    fn any(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        for connection in &self.connections {
            match connection.try_lock() {
                Ok(free) => return Ok(free),
                Err(TryLockError::Poisoned(free)) => return Ok(free.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let waits_for = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len().max(1);
        let next = self.connections.get(waits_for);
        let next = next.ok_or_else(|| StoreError::Unavailable("no connection to read on".to_owned()))?;
        Ok(next.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
