//! What the end of a visit changes about an account.

use riser_core::{CredentialId, UnixTime, UserId};
use riser_store::{AccountChange, AccountEdit, Enrolment, Generation, NewCredential, Secret, StoreError};
use rusqlite::{Connection, params};

use crate::error::{Fault, damaged};
use crate::outbox::Letters;
use crate::statements::{Prepared as _, statements};
use crate::{addresses, credentials, people, recoveries, sessions};

statements! {
    RENAME = "UPDATE credentials SET label = ?3 WHERE id = ?1 AND user = ?2 AND revoked_at IS NULL";
    SET_PASSWORD = "UPDATE credentials SET password = ?3
                     WHERE id = ?1 AND user = ?2 AND revoked_at IS NULL AND password IS NOT NULL";
    LIVE_OF_KIND = "SELECT id FROM credentials WHERE user = ?1 AND kind = ?2 AND revoked_at IS NULL";
}

/// Changes the account, if it is as it was read and the session of the edit stands; and tells its owner.
pub(crate) fn apply(
    db: &Connection,
    edit: &AccountEdit,
    letters: &Letters,
    now: UnixTime,
) -> Result<(), Fault> {
    let AccountEdit { user, generation_read, session, changes, generation, recovery } = edit;
    people::require_open(db, user, Some(*generation_read))?;
    if let Some(session) = session
        && !sessions::stands(db, session, user, *generation_read)?
    {
        return Err(StoreError::Conflict.into());
    }
    changes.iter().try_for_each(|change| make(db, user, change, now))?;
    let generation = match generation {
        Generation::Stays => *generation_read,
        Generation::Raised => people::raise(db, user, session.as_ref(), now)?,
    };
    if let Some(recovery) = recovery {
        recoveries::begin(db, user, generation, recovery, now)?;
    }
    letters.queue(db, now)
}

fn make(db: &Connection, user: &UserId, change: &AccountChange, now: UnixTime) -> Result<(), Fault> {
    match change {
        AccountChange::Register(new) => credentials::register(db, user, new, now),
        AccountChange::Replace { lost, new } => {
            credentials::end(db, lost, user, now)?;
            credentials::register(db, user, new, now)
        }
        AccountChange::Rename { credential, label } => {
            one(db.run(RENAME, params![credential.as_str(), user.as_str(), label])?)
        }
        AccountChange::Remove { credential } => credentials::end(db, credential, user, now),
        AccountChange::SetPassword { credential, hash } => set_hash(db, user, credential, hash),
        AccountChange::SetRecoveryCodes { credential, codes } => {
            if credential.secret != Secret::RecoveryCodes {
                return Err(damaged(credentials::TABLE, "a set of recovery codes is not one").into());
            }
            for earlier in live_of_kind(db, user, "recovery_codes")? {
                credentials::end(db, &earlier, user, now)?;
            }
            credentials::register(db, user, credential, now)?;
            recoveries::keep_codes(db, user, &credential.id, codes)
        }
        AccountChange::SetEmail(email) => addresses::move_to(db, user, email.as_deref(), now),
    }
}

fn set_hash(db: &Connection, user: &UserId, credential: &CredentialId, hash: &str) -> Result<(), Fault> {
    one(db.run(SET_PASSWORD, params![credential.as_str(), user.as_str(), hash])?)
}

/// An administrator's new password for somebody: in the place of the one there is, or the first.
pub(crate) fn set_password(
    db: &Connection,
    user: &UserId,
    password: &NewCredential,
    now: UnixTime,
) -> Result<(), Fault> {
    let Secret::Password(hash) = &password.secret else {
        return Err(damaged(credentials::TABLE, "a password is not one").into());
    };
    people::raise(db, user, None, now)?;
    match live_of_kind(db, user, "password")?.first() {
        Some(credential) => set_hash(db, user, credential, hash),
        None => credentials::register(db, user, password, now),
    }
}

fn live_of_kind(db: &Connection, user: &UserId, kind: &str) -> Result<Vec<CredentialId>, Fault> {
    db.all(LIVE_OF_KIND, [user.as_str(), kind], |row| Ok(CredentialId::new(row.get::<_, String>(0)?)))
}

/// A link that was made to replace a credential replaces that one, and does nothing else.
pub(crate) fn require_replacement(enrolment: &Enrolment, edit: Option<&AccountEdit>) -> Result<(), Fault> {
    let Some(replaces) = &enrolment.replaces else { return Ok(()) };
    let changes = edit.map_or(&[][..], |edit| &edit.changes);
    match changes {
        [AccountChange::Replace { lost, .. }] if lost == replaces => Ok(()),
        _ => Err(StoreError::Conflict.into()),
    }
}

fn one(changed: usize) -> Result<(), Fault> {
    if changed == 0 { Err(StoreError::Conflict.into()) } else { Ok(()) }
}
