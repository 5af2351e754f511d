//! Accounts, their tries, and the links that enrol for them.

use riser_core::{Seconds, UnixTime, UserId};
use riser_store::{Enrolment, Hashed, NewUser, Person, StoreError};
use rusqlite::{Connection, Row, params};

use crate::audit::Record;
use crate::credentials;
use crate::error::{Fault, from_json, taken};
use crate::statements::{Prepared as _, statements};

/// A name's tries are given back this long after the last one.
const ATTEMPT_WINDOW: Seconds = Seconds(15 * 60);

/// Not waited for by anyone but an administrator.
const LIST: &str = "SELECT id, name, email, disabled_at, generation, created_at FROM users ORDER BY name";

statements! {
    CREATE = "INSERT INTO users (id, name, email, generation, created_at) VALUES (?1, ?2, ?3, 1, ?4)";
    BY_NAME = "SELECT id, name, email, disabled_at, generation, created_at FROM users WHERE name = ?1";
    BY_ID = "SELECT id, name, email, disabled_at, generation, created_at FROM users WHERE id = ?1";
    DISABLE = "UPDATE users SET disabled_at = coalesce(disabled_at, ?2), generation = generation + 1
                WHERE id = ?1";
    STANDS = "SELECT 1 FROM users WHERE id = ?1 AND disabled_at IS NULL";
    STANDS_AT = "SELECT 1 FROM users WHERE id = ?1 AND disabled_at IS NULL AND generation = ?2";
    /// Counts a try, unless there are none left. A refused one does not move the window: whoever goes on
    /// trying cannot keep the owner out for longer.
    RESERVE = "INSERT INTO attempts (name, tries, last_at) VALUES (?1, 1, ?3)
               ON CONFLICT (name) DO UPDATE
                  SET tries = CASE WHEN last_at <= ?4 THEN 1 ELSE tries + 1 END, last_at = max(last_at, ?3)
                WHERE tries < ?2 OR last_at <= ?4
               RETURNING tries";
    LAST_TRY = "SELECT last_at FROM attempts WHERE name = ?1";
    CLEAR = "DELETE FROM attempts WHERE name = ?1";
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

pub(crate) fn disable(db: &Connection, id: &UserId, now: UnixTime, audit: &Record) -> Result<(), Fault> {
    if db.run(DISABLE, params![id.as_str(), now.0])? == 0 {
        return Err(StoreError::Conflict.into());
    }
    audit.append(db)
}

/// The account is open; of a certain generation, when that is known.
pub(crate) fn require_open(db: &Connection, id: &UserId, generation: Option<i64>) -> Result<(), Fault> {
    let stands = match generation {
        Some(generation) => db.holds(STANDS_AT, params![id.as_str(), generation])?,
        None => db.holds(STANDS, [id.as_str()])?,
    };
    if stands { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

/// A spent link was good for this: its account is as it was when the link was made, and it is the account
/// of whoever is enrolled with it.
pub(crate) fn require_enrolment(db: &Connection, payload: &str, owner: Option<&UserId>) -> Result<(), Fault> {
    let enrolment: Enrolment = from_json("single_use", payload)?;
    if owner.is_some_and(|owner| *owner != enrolment.user) {
        return Err(StoreError::Conflict.into());
    }
    require_open(db, &enrolment.user, Some(enrolment.generation))
}

pub(crate) fn reserve_attempt(
    db: &Connection,
    name: Hashed,
    limit: u32,
    now: UnixTime,
) -> Result<Result<(), UnixTime>, Fault> {
    if limit == 0 {
        return Ok(Err(now.plus(ATTEMPT_WINDOW)));
    }
    let settled = now.minus(ATTEMPT_WINDOW);
    if db.holds(RESERVE, params![name.0, limit, now.0, settled.0])? {
        return Ok(Ok(()));
    }
    let last: Option<i64> = db.one(LAST_TRY, [name.0], |row| Ok(row.get(0)?))?;
    Ok(Err(UnixTime(last.unwrap_or(now.0)).plus(ATTEMPT_WINDOW)))
}

pub(crate) fn clear_attempts(db: &Connection, name: Hashed) -> Result<(), Fault> {
    db.run(CLEAR, [name.0])?;
    Ok(())
}
