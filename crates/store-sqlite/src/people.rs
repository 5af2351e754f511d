//! Accounts, and the links that enrol for them.

use riser_core::account::Enroller;
use riser_core::{SessionId, UnixTime, UserId};
use riser_store::{AccountEdit, Enrolment, Hashed, NewUser, Person, StoreError};
use rusqlite::{Connection, Row, params};

use crate::audit::Record;
use crate::error::{Fault, from_json, taken};
use crate::outbox::Telling;
use crate::statements::{Prepared as _, statements};
use crate::{credentials, edit, recoveries};

/// Not waited for by anyone but an administrator.
const LIST: &str = "SELECT id, name, email, disabled_at, generation, created_at FROM users ORDER BY name";

statements! {
    CREATE = "INSERT INTO users (id, name, email, generation, created_at) VALUES (?1, ?2, ?3, 1, ?4)";
    BY_NAME = "SELECT id, name, email, disabled_at, generation, created_at FROM users WHERE name = ?1";
    BY_ID = "SELECT id, name, email, disabled_at, generation, created_at FROM users WHERE id = ?1";
    DISABLE = "UPDATE users SET disabled_at = coalesce(disabled_at, ?2) WHERE id = ?1";
    STANDS = "SELECT 1 FROM users WHERE id = ?1 AND disabled_at IS NULL";
    STANDS_AT = "SELECT 1 FROM users WHERE id = ?1 AND disabled_at IS NULL AND generation = ?2";
    ENABLE = "UPDATE users SET disabled_at = NULL WHERE id = ?1 AND disabled_at IS NOT NULL";
    RAISE = "UPDATE users SET generation = generation + 1 WHERE id = ?1 RETURNING generation";
    KEEP_SESSION = "UPDATE sessions SET generation = ?3
                     WHERE id = ?1 AND user = ?2 AND generation = ?3 - 1 AND ended_at IS NULL";
}

fn person(row: &Row<'_>) -> Result<Person, Fault> {
    Ok(Person {
        id: UserId::new(row.get::<_, String>(0)?),
        name: row.get(1)?,
        email: row.get(2)?,
        disabled: row.get::<_, Option<i64>>(3)?.is_some(),
        generation: row.get(4)?,
        created_at: UnixTime(row.get(5)?),
    })
}

pub(crate) fn create(db: &Connection, user: &NewUser, now: UnixTime, audit: &Record) -> Result<(), Fault> {
    db.run(CREATE, params![user.id.as_str(), user.name, user.email, now.0]).map_err(taken("name"))?;
    for credential in &user.credentials {
        credentials::register(db, &user.id, credential, now)?;
    }
    audit.append(db)
}

pub(crate) fn by_name(db: &Connection, name: &str) -> Result<Option<Person>, Fault> {
    db.one(BY_NAME, [name], person)
}

pub(crate) fn by_id(db: &Connection, id: &UserId) -> Result<Option<Person>, Fault> {
    db.one(BY_ID, [id.as_str()], person)
}

pub(crate) fn list(db: &Connection) -> Result<Vec<Person>, Fault> {
    db.all(LIST, [], person)
}

pub(crate) fn disable(db: &Connection, id: &UserId, now: UnixTime, telling: &Telling) -> Result<(), Fault> {
    db.run(DISABLE, params![id.as_str(), now.0])?;
    raise(db, id, None, now)?;
    telling.tell(db, now)
}

pub(crate) fn enable(db: &Connection, id: &UserId, now: UnixTime, telling: &Telling) -> Result<(), Fault> {
    if db.run(ENABLE, [id.as_str()])? == 0 {
        return Err(StoreError::Conflict.into());
    }
    telling.tell(db, now)
}

/// Raises an account's generation: all that stands on it ends, as each carries the one before. Only the
/// session `keep` goes on, if it stands. The new generation.
pub(crate) fn raise(
    db: &Connection,
    id: &UserId,
    keep: Option<&SessionId>,
    now: UnixTime,
) -> Result<i64, Fault> {
    let raised: Option<i64> = db.one(RAISE, [id.as_str()], |row| Ok(row.get(0)?))?;
    let raised = raised.ok_or(Fault::Port(StoreError::Conflict))?;
    recoveries::void(db, id, now)?;
    if let Some(session) = keep
        && db.run(KEEP_SESSION, params![session.as_str(), id.as_str(), raised])? == 0
    {
        return Err(StoreError::Conflict.into());
    }
    Ok(raised)
}

/// The account is open; of a certain generation, when that is known.
pub(crate) fn require_open(db: &Connection, id: &UserId, generation: Option<i64>) -> Result<(), Fault> {
    let stands = match generation {
        Some(generation) => db.holds(STANDS_AT, params![id.as_str(), generation])?,
        None => db.holds(STANDS, [id.as_str()])?,
    };
    if stands { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

/// A spent link was good for this: it is open, its account is as it was when the link was made, and it is
/// the account that is edited, in the way that the link is for.
pub(crate) fn require_enrolment(
    db: &Connection,
    (link, payload): (Hashed, &str),
    edits: Option<&AccountEdit>,
    now: UnixTime,
) -> Result<(), Fault> {
    let enrolment: Enrolment = from_json("single_use", payload)?;
    let opens_later = enrolment.opens_at.is_some_and(|opens_at| now < opens_at);
    if opens_later || edits.is_some_and(|edit| edit.user != enrolment.user) {
        return Err(StoreError::Conflict.into());
    }
    edit::require_replacement(&enrolment, edits)?;
    if enrolment.by == Enroller::Recovery {
        recoveries::done(db, link, now)?;
    }
    require_open(db, &enrolment.user, Some(enrolment.generation))
}
