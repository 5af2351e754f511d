//! Signing keys, as the bytes that their owner made of them; the highest numbers seen; and the pulse.

use riser_core::UnixTime;
use rusqlite::{Connection, params};

use crate::error::{Fault, damaged};
use crate::statements::Prepared as _;

/// A handful of rows, read at the start.
const LIST: &str = "SELECT algorithm, key FROM signing_keys ORDER BY position DESC";
const ADD: &str = "INSERT INTO signing_keys (algorithm, key, created_at) VALUES (?1, ?2, ?3)";
const REPLACE: &str = "UPDATE signing_keys SET key = ?2 WHERE key = ?1";
const MARK: &str = "INSERT INTO marks (name, value) VALUES (?1, ?2)
                    ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)
                    RETURNING value";
const BEAT: &str = "UPDATE pulse SET beat = beat + 1 WHERE id = 1";

pub(crate) fn list(db: &Connection) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    db.all(LIST, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(crate) fn add(db: &Connection, algorithm: &str, key: &[u8], now: UnixTime) -> Result<(), Fault> {
    db.run(ADD, params![algorithm, key, now.0])?;
    Ok(())
}

pub(crate) fn replace(db: &Connection, from: &[u8], to: &[u8]) -> Result<(), Fault> {
    db.run(REPLACE, params![from, to])?;
    Ok(())
}

pub(crate) fn mark(db: &Connection, name: &str, value: i64) -> Result<i64, Fault> {
    let highest = db.one(MARK, params![name, value], |row| Ok(row.get(0)?))?;
    highest.ok_or_else(|| damaged("marks", "no row of the mark that was set").into())
}

pub(crate) fn beat(db: &Connection) -> Result<(), Fault> {
    db.run(BEAT, [])?;
    Ok(())
}
