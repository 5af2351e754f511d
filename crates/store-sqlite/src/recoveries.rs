//! Recovery codes, recoveries, and the tokens that end what waits.

use riser_core::{CredentialId, SessionId, UnixTime, UserId};
use riser_store::{
    CancelLink, Cancellation, Enrolment, Hashed, NewRecovery, Recovery, RecoveryCode, RecoveryId, Spendable,
    Spent, StoreError,
};
use rusqlite::{Connection, params};

use crate::consume::{self, consume};
use crate::error::{Fault, from_json, to_json};
use crate::outbox::Telling;
use crate::statements::{Prepared as _, statements};
use crate::{credentials, people};

/// Recovery codes are kept until one is used or their set is revoked: they have no end of their own.
const NEVER: UnixTime = UnixTime(i64::MAX);

statements! {
    KEEP_CODE = "INSERT INTO single_use (kind, hash, payload, expires_at, credential)
                 VALUES (?1, ?2, ?3, ?4, ?5)";
    CODES_LEFT = "SELECT count(*) FROM single_use
                   WHERE credential = ?1 AND spent_at IS NULL
                     AND EXISTS (SELECT 1 FROM credentials WHERE id = ?1 AND revoked_at IS NULL)";
    /// For the sweep. That a code is void follows from its set.
    END_CODES = "UPDATE single_use SET expires_at = ?2 WHERE credential = ?1 AND expires_at > ?2";
    UNDER_WAY = "SELECT id, lost, requested_at, opens_at, expires_at FROM recoveries
                  WHERE user = ?1 AND ended_at IS NULL AND expires_at > ?2";
    EXPIRED = "UPDATE recoveries SET ended_at = expires_at, ended = 'expired'
                WHERE user = ?1 AND ended_at IS NULL AND expires_at <= ?2";
    /// Fails when another is under way.
    BEGIN = "INSERT INTO recoveries (id, user, lost, link, requested_at, opens_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    DONE = "UPDATE recoveries SET ended_at = ?2, ended = 'done' WHERE link = ?1 AND ended_at IS NULL";
    CANCEL = "UPDATE recoveries SET ended_at = ?3, ended = 'cancelled'
               WHERE id = ?1 AND user = ?2 AND ended_at IS NULL
           RETURNING link";
    VOID_LOST = "UPDATE recoveries SET ended_at = ?2, ended = 'void'
                  WHERE user = ?1 AND ended_at IS NULL AND lost = ?3";
    VOID = "UPDATE recoveries SET ended_at = ?2, ended = 'void' WHERE user = ?1 AND ended_at IS NULL";
}

/// Keeps the codes of a set.
pub(crate) fn keep_codes(
    db: &Connection,
    user: &UserId,
    set: &CredentialId,
    codes: &[Hashed],
) -> Result<(), Fault> {
    let code = RecoveryCode { user: user.clone(), credential: set.clone() };
    let payload = to_json(consume::TABLE, &code)?;
    for hash in codes {
        let kind = Spendable::RecoveryCode as i64;
        db.run(KEEP_CODE, params![kind, hash.0, payload, NEVER.0, set.as_str()])?;
    }
    Ok(())
}

/// A credential was revoked: if it was a set, its codes are of no more use; if it was to be replaced, there is
/// nothing to replace.
pub(crate) fn credential_ended(
    db: &Connection,
    id: &CredentialId,
    user: &UserId,
    now: UnixTime,
) -> Result<(), Fault> {
    db.run(END_CODES, params![id.as_str(), now.0])?;
    db.run(VOID_LOST, params![user.as_str(), now.0, id.as_str()])?;
    Ok(())
}

pub(crate) fn code(db: &Connection, code: Hashed) -> Result<Option<Spent<RecoveryCode>>, Fault> {
    let found = consume::find::<RecoveryCode>(db, Spendable::RecoveryCode, code)?;
    let Some(found) = found else { return Ok(None) };
    Ok(credentials::is_live(db, &found.value.credential, &found.value.user)?.then_some(found))
}

pub(crate) fn codes_left(db: &Connection, set: &CredentialId) -> Result<u32, Fault> {
    Ok(db.one(CODES_LEFT, [set.as_str()], |row| Ok(row.get(0)?))?.unwrap_or(0))
}

/// A spent code was good for this: its set is live, and it is that of whoever the visit is about.
pub(crate) fn require_code(db: &Connection, payload: &str, owner: Option<&UserId>) -> Result<(), Fault> {
    let code: RecoveryCode = from_json(consume::TABLE, payload)?;
    if owner.is_some_and(|owner| *owner != code.user) {
        return Err(StoreError::Conflict.into());
    }
    credentials::require_live(db, &code.credential, &code.user)
}

pub(crate) fn under_way(db: &Connection, user: &UserId, now: UnixTime) -> Result<Option<Recovery>, Fault> {
    db.one(UNDER_WAY, params![user.as_str(), now.0], |row| {
        Ok(Recovery {
            id: RecoveryId::new(row.get::<_, String>(0)?),
            user: user.clone(),
            lost: CredentialId::new(row.get::<_, String>(1)?),
            requested_at: UnixTime(row.get(2)?),
            opens_at: UnixTime(row.get(3)?),
            expires_at: UnixTime(row.get(4)?),
        })
    })
}

/// Begins a recovery: its link, and what stops it.
pub(crate) fn begin(
    db: &Connection,
    user: &UserId,
    generation: i64,
    new: &NewRecovery,
    now: UnixTime,
) -> Result<(), Fault> {
    let NewRecovery { id, lost, ceiling, link, opens_at, expires_at, cancel } = new;
    credentials::require_live(db, lost, user)?;
    db.run(EXPIRED, params![user.as_str(), now.0])?;
    let values = params![id.as_str(), user.as_str(), lost.as_str(), link.0, now.0, opens_at.0, expires_at.0];
    db.run(BEGIN, values)?;
    let enrolment = Enrolment {
        user: user.clone(),
        ceiling: ceiling.clone(),
        generation,
        opens_at: Some(*opens_at),
        replaces: Some(lost.clone()),
        by: riser_core::account::Enroller::Recovery,
    };
    consume::keep(db, Spendable::Enrolment, *link, &to_json(consume::TABLE, &enrolment)?, *expires_at)?;
    keep_cancel(db, cancel, &Cancellation::Recovery { user: user.clone(), recovery: id.clone() })
}

/// The link of a recovery was spent: it is done, unless it was ended before.
pub(crate) fn done(db: &Connection, link: Hashed, now: UnixTime) -> Result<(), Fault> {
    if db.run(DONE, params![link.0, now.0])? == 0 { Err(StoreError::Conflict.into()) } else { Ok(()) }
}

/// The account's generation was raised: the link of a recovery under way is void, and so is the recovery.
pub(crate) fn void(db: &Connection, user: &UserId, now: UnixTime) -> Result<(), Fault> {
    db.run(VOID, params![user.as_str(), now.0])?;
    Ok(())
}

pub(crate) fn keep_cancel(db: &Connection, cancel: &CancelLink, what: &Cancellation) -> Result<(), Fault> {
    let payload = to_json(consume::TABLE, what)?;
    consume::keep(db, Spendable::Cancel, cancel.token, &payload, cancel.expires_at)
}

/// Spends a letter's token and ends what it ends. Whoever began that may be signed in: their sessions end.
pub(crate) fn cancel(
    db: &Connection,
    token: Hashed,
    now: UnixTime,
    telling: &Telling,
) -> Result<Cancellation, Fault> {
    let what: Cancellation = from_json(consume::TABLE, &consume(db, Spendable::Cancel, token, now)?)?;
    match &what {
        Cancellation::Rise { user, credential } => {
            credentials::end(db, credential, user, now)?;
            people::raise(db, user, None, now)?;
        }
        Cancellation::Recovery { user, recovery } => end(db, user, recovery, None, now)?,
    }
    telling.tell(db, now)?;
    Ok(what)
}

/// Ends a recovery for its owner, who is signed in.
pub(crate) fn cancel_own(
    db: &Connection,
    user: &UserId,
    id: &RecoveryId,
    keep: Option<&SessionId>,
    now: UnixTime,
    telling: &Telling,
) -> Result<(), Fault> {
    end(db, user, id, keep, now)?;
    telling.tell(db, now)
}

fn end(
    db: &Connection,
    user: &UserId,
    id: &RecoveryId,
    keep: Option<&SessionId>,
    now: UnixTime,
) -> Result<(), Fault> {
    let link = db.one(CANCEL, params![id.as_str(), user.as_str(), now.0], |row| Ok(row.get(0)?))?;
    let link = link.map(Hashed).ok_or(Fault::Port(StoreError::Conflict))?;
    consume(db, Spendable::Enrolment, link, now)?;
    people::raise(db, user, keep, now)?;
    Ok(())
}
