//! Applications that a person wants to hear nothing more of: asked about before each code leaves.

use riser_core::{ClientId, UnixTime, UserId};
use riser_store::{BlockedApplication, StoreError};
use rusqlite::{Connection, params};

use crate::account;
use crate::error::Fault;
use crate::outbox::Telling;
use crate::statements::{Prepared as _, statements};

statements! {
    BLOCK = "INSERT INTO blocked_applications (user, client, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    UNBLOCK = "DELETE FROM blocked_applications WHERE user = ?1 AND client = ?2";
    OF = "SELECT client, at FROM blocked_applications WHERE user = ?1 ORDER BY client";
    IS = "SELECT 1 FROM blocked_applications WHERE user = ?1 AND client = ?2";
}

/// Blocks an application, and takes back what it was granted.
pub(crate) fn block(
    db: &Connection,
    user: &UserId,
    client: &ClientId,
    now: UnixTime,
    telling: &Telling,
) -> Result<(), Fault> {
    if db.run(BLOCK, params![user.as_str(), client.as_str(), now.0])? == 0 {
        return Err(StoreError::Conflict.into());
    }
    account::take_back(db, user, client, now)?;
    telling.tell(db, now)
}

pub(crate) fn unblock(
    db: &Connection,
    user: &UserId,
    client: &ClientId,
    now: UnixTime,
    telling: &Telling,
) -> Result<(), Fault> {
    if db.run(UNBLOCK, params![user.as_str(), client.as_str()])? == 0 {
        return Err(StoreError::Conflict.into());
    }
    telling.tell(db, now)
}

pub(crate) fn of(db: &Connection, user: &UserId) -> Result<Vec<BlockedApplication>, Fault> {
    db.all(OF, [user.as_str()], |row| {
        Ok(BlockedApplication {
            client: ClientId::new(row.get::<_, String>(0)?),
            blocked_at: UnixTime(row.get(1)?),
        })
    })
}

pub(crate) fn is_blocked(db: &Connection, user: &UserId, client: &ClientId) -> Result<bool, Fault> {
    db.holds(IS, [user.as_str(), client.as_str()])
}
