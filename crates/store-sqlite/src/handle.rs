//! The handle of a database: its connections, and what is kept in memory beside them.

use std::path::Path;
use std::sync::Arc;

use riser_store::StoreError;
use rusqlite::Connection;

use crate::error::Fault;
use crate::readers::Readers;
use crate::remembered::{Changed, Forgets, Remembered};
use crate::unwritten::Unwritten;
use crate::writer::Durability::{self, Flushed};
use crate::writer::{Edges, Writer};
use crate::{connection, migrations};

/// A database in one file. A handle: clones share the file's connections.
///
/// The last clone to be dropped waits until the writer has finished what was asked of it, and has written
/// down the visits that were only opened.
#[derive(Clone)]
pub struct SqliteStore {
    open: Arc<Open>,
}

/// Fields are dropped in this order: the writer is the last to close the file, and tidies its log.
struct Open {
    readers: Readers,
    unwritten: Arc<Unwritten>,
    remembered: Arc<Remembered>,
    writer: Writer,
}

/// What the writer does for what is in memory.
struct InMemory {
    unwritten: Arc<Unwritten>,
    remembered: Arc<Remembered>,
}

impl Edges for InMemory {
    fn begin(&self, db: &Connection) -> Result<(), Fault> {
        self.remembered.begin(db)
    }

    fn end(&self, db: &Connection) -> Result<(), Fault> {
        self.unwritten.write(db)
    }
}

impl SqliteStore {
    /// Opens the database, makes the file (for its owner only) if there is none, and brings it to this
    /// version's schema. Its directory must exist.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] for a newer version's database, [`StoreError::Inconsistent`] for one
    /// whose schema is of other origin, [`StoreError::Unavailable`] when the file cannot be used.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut db = connection::writing(path)?;
        migrations::migrate(&mut db)?;
        let readers = Readers::open(path)?;
        let (unwritten, remembered) = (Unwritten::new(), Remembered::new());
        let memory = InMemory { unwritten: unwritten.clone(), remembered: remembered.clone() };
        let writer = Writer::start(db, memory)?;
        Ok(Self { open: Arc::new(Open { readers, unwritten, remembered, writer }) })
    }

    pub(crate) fn readers(&self) -> &Readers {
        &self.open.readers
    }

    /// The writer, for a transaction that changes nothing which may be remembered, or says itself what it does.
    /// Every other is a [`Self::change`].
    pub(crate) fn apart(&self) -> &Writer {
        &self.open.writer
    }

    pub(crate) fn unwritten(&self) -> &Arc<Unwritten> {
        &self.open.unwritten
    }

    pub(crate) fn remembered(&self) -> &Arc<Remembered> {
        &self.open.remembered
    }

    pub(crate) fn forgets(&self, changed: Vec<Changed>) -> Forgets {
        self.open.remembered.forgets(changed)
    }

    /// Runs a durable transaction, after which nothing is remembered.
    pub(crate) async fn change<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.change_only(vec![Changed::Everything], Flushed, work).await
    }

    /// Runs a transaction, after which only `changed` is remembered no more.
    pub(crate) async fn change_only<T, F>(
        &self,
        changed: Vec<Changed>,
        durability: Durability,
        work: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let forgets = self.forgets(changed);
        let settle = move |result| {
            drop(forgets);
            result
        };
        self.apart().run_and_settle(durability, work, settle).await
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteStore")
    }
}
