//! Where an account's letters go: to its address, and for a while to those that it had before.

use riser_core::{Seconds, UnixTime, UserId};
use riser_store::StoreError;
use rusqlite::{Connection, params};

use crate::error::Fault;
use crate::statements::{Prepared as _, statements};

/// How long a former address is told. Longer than it takes its owner to come back to it.
const FORMER: Seconds = Seconds(30 * 24 * 60 * 60);

statements! {
    ADDRESS = "SELECT email FROM users WHERE id = ?1";
    MOVE = "UPDATE users SET email = ?2 WHERE id = ?1";
    /// The oldest three stay, and so the owner's: no number of moves pushes it out, or makes one letter many.
    FORMERLY = "INSERT INTO former_addresses (user, address, until)
                SELECT ?1, ?2, ?3 WHERE 3 > (SELECT count(*) FROM former_addresses
                                              WHERE user = ?1 AND until > ?4)
                ON CONFLICT (user, address) DO UPDATE SET until = excluded.until";
    FORMER_ONES = "SELECT address FROM former_addresses WHERE user = ?1 AND until > ?2 ORDER BY address";
    ENDED = "DELETE FROM former_addresses WHERE (user, address) IN
                 (SELECT user, address FROM former_addresses WHERE until <= ?1 LIMIT ?2)";
}

/// Everywhere that a letter goes, each place once.
pub(crate) fn all(db: &Connection, user: &UserId, now: UnixTime) -> Result<Vec<String>, Fault> {
    let mut places: Vec<String> = present(db, user)?.into_iter().collect();
    for former in db.all(FORMER_ONES, params![user.as_str(), now.0], |row| Ok(row.get::<_, String>(0)?))? {
        if !places.contains(&former) {
            places.push(former);
        }
    }
    Ok(places)
}

/// Moves where letters go.
pub(crate) fn move_to(
    db: &Connection,
    user: &UserId,
    email: Option<&str>,
    now: UnixTime,
) -> Result<(), Fault> {
    if let Some(old) = present(db, user)?.filter(|old| Some(old.as_str()) != email) {
        db.run(FORMERLY, params![user.as_str(), old, now.plus(FORMER).0, now.0])?;
    }
    if db.run(MOVE, params![user.as_str(), email])? == 0 {
        return Err(StoreError::Conflict.into());
    }
    Ok(())
}

pub(crate) fn sweep(db: &Connection, now: UnixTime, limit: u32) -> Result<usize, Fault> {
    Ok(db.run(ENDED, params![now.0, limit])?)
}

fn present(db: &Connection, user: &UserId) -> Result<Option<String>, Fault> {
    Ok(db.one(ADDRESS, [user.as_str()], |row| Ok(row.get(0)?))?.flatten())
}
