//! Names that must not come again before they would be refused by their age.

use riser_core::UnixTime;
use riser_store::{Hashed, Seen};
use rusqlite::{Connection, params};

use crate::audit::Record;
use crate::error::Fault;
use crate::statements::{Prepared as _, statements};

/// The kind of an access token's name. The others are [`Seen`]'s own numbers, which begin after it.
const REVOKED: i64 = 1;

statements! {
    /// The one guard. Of any number of transactions, processes or repetitions, one writes a row.
    SEE = "INSERT INTO seen (kind, hash, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    KNOWN = "SELECT 1 FROM seen WHERE kind = ?1 AND hash = ?2";
    SWEEP = "DELETE FROM seen WHERE (kind, hash) IN
                 (SELECT kind, hash FROM seen WHERE expires_at <= ?1 LIMIT ?2)";
}

/// Notes a name; whether it came for the first time.
pub(crate) fn see(db: &Connection, kind: Seen, name: Hashed, until: UnixTime) -> Result<bool, Fault> {
    Ok(db.run(SEE, params![kind as i64, name.0, until.0])? == 1)
}

/// Revokes an access token by its name. Twice is once.
pub(crate) fn revoke(
    db: &Connection,
    token: Hashed,
    expires_at: UnixTime,
    audit: &Record,
) -> Result<(), Fault> {
    if db.run(SEE, params![REVOKED, token.0, expires_at.0])? == 1 {
        audit.append(db)?;
    }
    Ok(())
}

pub(crate) fn is_revoked(db: &Connection, token: Hashed) -> Result<bool, Fault> {
    db.holds(KNOWN, params![REVOKED, token.0])
}

pub(crate) fn sweep(db: &Connection, now: UnixTime, limit: u32) -> Result<usize, Fault> {
    Ok(db.run(SWEEP, params![now.0, limit])?)
}
