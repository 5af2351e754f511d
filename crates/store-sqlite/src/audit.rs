//! What happened, in the transaction of its effect.

use riser_core::audit::{Entry, Event};
use riser_core::{UnixTime, UserId};
use riser_store::StoreError;
use rusqlite::{Connection, Row, params};

use crate::error::{Fault, from_json, to_json};
use crate::rehearsal;
use crate::statements::{Prepared as _, statements};

const TABLE: &str = "audit";

statements! {
    APPEND = "INSERT INTO audit (at, event, user) VALUES (?1, ?2, ?3)";
    AFTER = "SELECT position, at, event FROM audit WHERE position > ?1 ORDER BY position LIMIT ?2";
    ACTIVITY = "SELECT position, at, event FROM audit WHERE user = ?1 AND position < ?2
                 ORDER BY position DESC LIMIT ?3";
}

/// An entry, written down by its caller: the writer's time is everybody's.
pub(crate) struct Record {
    at: i64,
    event: String,
    /// In whose activity it stands.
    user: Option<UserId>,
    /// Whose proof was refused: what signals count.
    refused: Option<UserId>,
}

impl Record {
    pub(crate) fn of(entry: &Entry) -> Result<Self, StoreError> {
        let user = entry.event.activity_of().cloned();
        let refused = match &entry.event {
            Event::ProofRefused { user, .. } => user.clone(),
            _ => None,
        };
        Ok(Self { at: entry.at.0, event: to_json(TABLE, &entry.event)?, user, refused })
    }

    pub(crate) fn all(entries: &[Entry]) -> Result<Vec<Self>, StoreError> {
        entries.iter().map(Self::of).collect()
    }

    pub(crate) fn append(&self, db: &Connection) -> Result<(), Fault> {
        db.run(APPEND, params![self.at, self.event, self.user.as_ref().map(UserId::as_str)])?;
        self.refused.as_ref().map_or(Ok(()), |user| rehearsal::refused(db, user, self.at))
    }
}

pub(crate) fn after(db: &Connection, position: i64, limit: u32) -> Result<Vec<(i64, Entry)>, Fault> {
    db.all(AFTER, params![position, limit], entry)
}

/// What stands in a person's activity before a position, the newest first.
pub(crate) fn activity(
    db: &Connection,
    user: &UserId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<(i64, Entry)>, Fault> {
    db.all(ACTIVITY, params![user.as_str(), before.unwrap_or(i64::MAX), limit], entry)
}

fn entry(row: &Row<'_>) -> Result<(i64, Entry), Fault> {
    let event: Event = from_json(TABLE, row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
    Ok((row.get(0)?, Entry { at: UnixTime(row.get(1)?), event }))
}
