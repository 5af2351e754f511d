//! Signing keys, as the bytes that their owner made of them, and the pulse.

use riser_core::UnixTime;
use rusqlite::{Connection, params};

use crate::error::Fault;
use crate::statements::Prepared as _;

/// A handful of rows, read at the start.
const LIST: &str = "SELECT algorithm, key FROM signing_keys ORDER BY position DESC";
const ADD: &str = "INSERT INTO signing_keys (algorithm, key, created_at) VALUES (?1, ?2, ?3)";
const BEAT: &str = "UPDATE pulse SET beat = beat + 1 WHERE id = 1";

pub(crate) fn list(db: &Connection) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    db.all(LIST, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(crate) fn add(db: &Connection, algorithm: &str, key: &[u8], now: UnixTime) -> Result<(), Fault> {
    db.run(ADD, params![algorithm, key, now.0])?;
    Ok(())
}

pub(crate) fn beat(db: &Connection) -> Result<(), Fault> {
    db.run(BEAT, [])?;
    Ok(())
}
