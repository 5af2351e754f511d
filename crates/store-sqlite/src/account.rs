//! What a person sees of their own account: where they are signed in, and which applications they let in.

use riser_core::{ClientId, SessionId, UnixTime, UserId};
use riser_store::{ConnectedApplication, SessionLife, SessionSummary, Spendable, StoreError};
use rusqlite::{Connection, params};

use crate::error::Fault;
use crate::outbox::Telling;
use crate::statements::{Prepared as _, statements};

statements! {
    SESSIONS = "SELECT s.id, s.created_at, s.last_used_at, s.browser
                  FROM users AS u CROSS JOIN sessions AS s ON s.user = u.id
                 WHERE u.id = ?1 AND u.disabled_at IS NULL AND s.generation = u.generation
                   AND s.ended_at IS NULL AND s.created_at > ?2 AND s.last_used_at > ?3
                 ORDER BY s.created_at DESC";
    APPLICATIONS = "SELECT g.client, min(g.created_at), max(g.created_at), count(*)
                      FROM users AS u CROSS JOIN grants AS g ON g.user = u.id
                           CROSS JOIN sessions AS s ON s.id = g.session
                     WHERE u.id = ?1 AND u.disabled_at IS NULL AND g.generation = u.generation
                       AND g.revoked_at IS NULL AND g.client IS NOT NULL AND s.user = u.id
                       AND s.ended_at IS NULL AND s.created_at > ?2
                     GROUP BY g.client";
    /// A code that waits is no grant yet: its name is revoked before there is one. Codes live for a minute, so those
    /// that are looked through are few.
    REVOKE_WAITING = "INSERT INTO grants (id, created_at, revoked_at)
                      SELECT payload ->> '$.id', ?3, ?3 FROM single_use
                       WHERE kind = ?4 AND expires_at > ?3 AND spent_at IS NULL
                         AND payload ->> '$.user' = ?1 AND payload ->> '$.client' = ?2
                      ON CONFLICT (id) DO NOTHING";
    REVOKE = "UPDATE grants SET revoked_at = ?3 WHERE user = ?1 AND client = ?2 AND revoked_at IS NULL";
}

pub(crate) fn sessions(
    db: &Connection,
    user: &UserId,
    life: SessionLife,
    now: UnixTime,
) -> Result<Vec<SessionSummary>, Fault> {
    let limits = params![user.as_str(), now.minus(life.absolute).0, now.minus(life.idle).0];
    db.all(SESSIONS, limits, |row| {
        Ok(SessionSummary {
            id: SessionId::new(row.get::<_, String>(0)?),
            created_at: UnixTime(row.get(1)?),
            last_used_at: UnixTime(row.get(2)?),
            browser: row.get(3)?,
        })
    })
}

pub(crate) fn applications(
    db: &Connection,
    user: &UserId,
    life: SessionLife,
    now: UnixTime,
) -> Result<Vec<ConnectedApplication>, Fault> {
    db.all(APPLICATIONS, params![user.as_str(), now.minus(life.absolute).0], |row| {
        Ok(ConnectedApplication {
            client: ClientId::new(row.get::<_, String>(0)?),
            first_at: UnixTime(row.get(1)?),
            last_at: UnixTime(row.get(2)?),
            grants: row.get(3)?,
        })
    })
}

pub(crate) fn revoke_application(
    db: &Connection,
    user: &UserId,
    client: &ClientId,
    now: UnixTime,
    telling: &Telling,
) -> Result<(), Fault> {
    if take_back(db, user, client, now)? == 0 {
        return Err(StoreError::Conflict.into());
    }
    telling.tell(db, now)
}

/// Ends what an application was granted, and what its codes would bring into force; how many those were.
pub(crate) fn take_back(
    db: &Connection,
    user: &UserId,
    client: &ClientId,
    now: UnixTime,
) -> Result<usize, Fault> {
    let whose = params![user.as_str(), client.as_str(), now.0];
    let granted = db.run(REVOKE, whose)?;
    let code = Spendable::Code as i64;
    let waiting = db.run(REVOKE_WAITING, params![user.as_str(), client.as_str(), now.0, code])?;
    Ok(granted + waiting)
}
