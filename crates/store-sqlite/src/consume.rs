//! Values that are used once: kept, found and, in one place, spent.

use riser_core::UnixTime;
use riser_store::{Hashed, Spendable, Spent, StoreError};
use rusqlite::{Connection, params};
use serde::de::DeserializeOwned;

use crate::error::{Fault, from_json};
use crate::statements::{Prepared as _, statements};

pub(crate) const TABLE: &str = "single_use";

statements! {
    KEEP = "INSERT INTO single_use (kind, hash, payload, expires_at) VALUES (?1, ?2, ?3, ?4)";
    /// The one guard. Of any number of transactions, processes or repetitions, one gets a row.
    SPEND = "UPDATE single_use SET spent_at = ?3
              WHERE kind = ?1 AND hash = ?2 AND spent_at IS NULL AND expires_at > ?3
          RETURNING payload";
    FIND = "SELECT payload, expires_at, spent_at FROM single_use WHERE kind = ?1 AND hash = ?2";
}

/// Keeps a value until it is spent or ends by itself.
pub(crate) fn keep(
    db: &Connection,
    kind: Spendable,
    hash: Hashed,
    payload: &str,
    expires_at: UnixTime,
) -> Result<(), Fault> {
    db.run(KEEP, params![kind as i64, hash.0, payload, expires_at.0])?;
    Ok(())
}

/// Spends a value and returns what it stood for: the only statement that spends anything.
pub(crate) fn consume(
    db: &Connection,
    kind: Spendable,
    hash: Hashed,
    now: UnixTime,
) -> Result<String, Fault> {
    let spent = db.one(SPEND, params![kind as i64, hash.0, now.0], |row| Ok(row.get(0)?))?;
    spent.ok_or(Fault::Port(StoreError::Conflict))
}

/// The value as it is, spent and ended ones included.
pub(crate) fn find<T: DeserializeOwned>(
    db: &Connection,
    kind: Spendable,
    hash: Hashed,
) -> Result<Option<Spent<T>>, Fault> {
    db.one(FIND, params![kind as i64, hash.0], |row| {
        Ok(Spent {
            value: from_json(TABLE, row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?,
            expires_at: UnixTime(row.get(1)?),
            spent_at: row.get::<_, Option<i64>>(2)?.map(UnixTime),
        })
    })
}
