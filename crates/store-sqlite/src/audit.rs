//! What happened, in the transaction of its effect.

use riser_core::UnixTime;
use riser_core::audit::{Entry, Event};
use riser_store::StoreError;
use rusqlite::{Connection, params};

use crate::error::{Fault, from_json, to_json};
use crate::statements::{Prepared as _, statements};

const TABLE: &str = "audit";

statements! {
    APPEND = "INSERT INTO audit (at, event) VALUES (?1, ?2)";
    AFTER = "SELECT position, at, event FROM audit WHERE position > ?1 ORDER BY position LIMIT ?2";
}

/// An entry, written down by its caller: the writer's time is everybody's.
pub(crate) struct Record {
    at: i64,
    event: String,
}

impl Record {
    pub(crate) fn of(entry: &Entry) -> Result<Self, StoreError> {
        Ok(Self { at: entry.at.0, event: to_json(TABLE, &entry.event)? })
    }

    pub(crate) fn all(entries: &[Entry]) -> Result<Vec<Self>, StoreError> {
        entries.iter().map(Self::of).collect()
    }

    pub(crate) fn append(&self, db: &Connection) -> Result<(), Fault> {
        db.run(APPEND, params![self.at, self.event])?;
        Ok(())
    }
}

pub(crate) fn after(db: &Connection, position: i64, limit: u32) -> Result<Vec<(i64, Entry)>, Fault> {
    db.all(AFTER, params![position, limit], |row| {
        let event: Event = from_json(TABLE, row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
        Ok((row.get(0)?, Entry { at: UnixTime(row.get(1)?), event }))
    })
}
