use std::sync::Arc;

use rusqlite::Connection;

use crate::error::Fault;
use crate::remembered::Remembered;
use crate::unwritten::Unwritten;
use crate::writer::Edges;

/// What the writer does for what is in memory.
pub(crate) struct InMemory {
    pub(crate) unwritten: Arc<Unwritten>,
    pub(crate) remembered: Arc<Remembered>,
}

impl Edges for InMemory {
    fn begin(&self, db: &Connection) -> Result<(), Fault> {
        self.remembered.begin(db)
    }

    fn end(&self, db: &Connection) -> Result<(), Fault> {
        self.unwritten.write(db)
    }
}
