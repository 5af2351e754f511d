//! Registered credentials.

use riser_core::{Acr, CredentialId, UnixTime, UserId};
use riser_store::{
    Cancellation, CredentialUse, Left, NewCredential, Passkey, Rising, Secret, StoreError, StoredCredential,
    Totp, WebauthnId,
};
use rusqlite::{Connection, Row, params};

use crate::error::{Fault, damaged, from_json, taken, to_json};
use crate::outbox::Telling;
use crate::recoveries;
use crate::statements::{Prepared as _, statements};

pub(crate) const TABLE: &str = "credentials";

/// The columns, in the order that [`credential`] reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user, label, ceiling, created_at, last_used_at, revoked_at, password, webauthn_id,
                    public_key, sign_count, backup_eligible, backup_state, user_verified, hardware_bound,
                    aaguid, transports, attestation_object, client_data_json, kind, totp_secret,
                    totp_last_step, rising_to, rising_at, model
               FROM credentials ",
            $rest
        )
    };
}

statements! {
    REGISTER = "INSERT INTO credentials (id, user, label, ceiling, created_at, password, webauthn_id,
                    public_key, sign_count, backup_eligible, backup_state, user_verified, hardware_bound,
                    aaguid, transports, attestation_object, client_data_json, kind, totp_secret,
                    totp_last_step, rising_to, rising_at, model)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
                    ?20, ?21, ?22, ?23)";
    OF_USER = select!("WHERE user = ?1 ORDER BY rowid");
    LIVE_OF_USER = select!("WHERE user = ?1 AND revoked_at IS NULL ORDER BY rowid");
    BY_WEBAUTHN_ID = select!("WHERE webauthn_id = ?1");
    REVOKE = "UPDATE credentials SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL RETURNING user";
    END = "UPDATE credentials SET revoked_at = ?2 WHERE id = ?1 AND user = ?3 AND revoked_at IS NULL";
    USED = "UPDATE credentials SET last_used_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
    USED_PASSKEY = "UPDATE credentials SET last_used_at = ?2, sign_count = ?3, backup_state = ?4
                     WHERE id = ?1 AND revoked_at IS NULL AND webauthn_id IS NOT NULL";
    /// Of any number of uses of one step or an earlier one, one is good (RFC 6238 §5.2).
    USED_TOTP = "UPDATE credentials SET last_used_at = ?2, totp_last_step = ?3
                  WHERE id = ?1 AND revoked_at IS NULL AND totp_secret IS NOT NULL
                    AND (totp_last_step IS NULL OR totp_last_step < ?3)";
    SEALED_TOTP = "UPDATE credentials SET last_used_at = ?2, totp_last_step = ?3, totp_secret = ?5
                    WHERE id = ?1 AND revoked_at IS NULL AND totp_secret = ?4
                      AND (totp_last_step IS NULL OR totp_last_step < ?3)";
    /// In the place of the hash that was verified, and of no other: the password may have been changed since.
    REHASHED = "UPDATE credentials SET last_used_at = ?2, password = ?4
                 WHERE id = ?1 AND revoked_at IS NULL AND password = ?3";
    LIVE = "SELECT 1 FROM credentials WHERE id = ?1 AND user = ?2 AND revoked_at IS NULL";
}

fn credential(row: &Row<'_>) -> Result<StoredCredential, Fault> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let secret = match text(19)? {
        "password" => Secret::Password(row.get(7)?),
        "totp" => Secret::Totp(Totp { secret: row.get(20)?, last_step: row.get(21)? }),
        "recovery_codes" => Secret::RecoveryCodes,
        "passkey" => Secret::Passkey(Passkey {
            webauthn_id: WebauthnId(row.get(8)?),
            public_key: row.get(9)?,
            sign_count: row.get(10)?,
            backup_eligible: row.get(11)?,
            backup_state: row.get(12)?,
            user_verified: row.get(13)?,
            hardware_bound: row.get(14)?,
            aaguid: row.get(15)?,
            model: row.get(24)?,
            transports: from_json(TABLE, text(16)?)?,
            attestation_object: row.get(17)?,
            client_data_json: row.get(18)?,
        }),
        _ => return Err(damaged(TABLE, "of a kind that is not known").into()),
    };
    let rising = match (row.get::<_, Option<String>>(22)?, row.get::<_, Option<i64>>(23)?) {
        (None, None) => None,
        (Some(to), Some(at)) => {
            let to = Acr::parse(&to).map_err(|_| damaged(TABLE, "it rises to no level"))?;
            Some(Rising { to, at: UnixTime(at) })
        }
        _ => return Err(damaged(TABLE, "half a rise").into()),
    };
    Ok(StoredCredential {
        id: CredentialId::new(row.get::<_, String>(0)?),
        user: UserId::new(row.get::<_, String>(1)?),
        label: row.get(2)?,
        ceiling: from_json(TABLE, text(3)?)?,
        rising,
        secret,
        created_at: UnixTime(row.get(4)?),
        last_used_at: row.get::<_, Option<i64>>(5)?.map(UnixTime),
        revoked_at: row.get::<_, Option<i64>>(6)?.map(UnixTime),
    })
}

pub(crate) fn register(
    db: &Connection,
    user: &UserId,
    new: &NewCredential,
    now: UnixTime,
) -> Result<(), Fault> {
    let (kind, password, passkey, totp) = match &new.secret {
        Secret::Password(hash) => ("password", Some(hash), None, None),
        Secret::Passkey(passkey) => ("passkey", None, Some(passkey), None),
        Secret::Totp(totp) => ("totp", None, None, Some(totp)),
        Secret::RecoveryCodes => ("recovery_codes", None, None, None),
    };
    let rising = new.rising.as_ref().map(|new| &new.rising);
    let transports = passkey.map(|passkey| to_json(TABLE, &passkey.transports)).transpose()?;
    db.run(
        REGISTER,
        params![
            new.id.as_str(),
            user.as_str(),
            new.label,
            to_json(TABLE, &new.ceiling)?,
            now.0,
            password,
            passkey.map(|passkey| &passkey.webauthn_id.0),
            passkey.map(|passkey| &passkey.public_key),
            passkey.map(|passkey| passkey.sign_count),
            passkey.map(|passkey| passkey.backup_eligible),
            passkey.map(|passkey| passkey.backup_state),
            passkey.map(|passkey| passkey.user_verified),
            passkey.map(|passkey| passkey.hardware_bound),
            passkey.map(|passkey| passkey.aaguid),
            transports,
            passkey.map(|passkey| &passkey.attestation_object),
            passkey.map(|passkey| &passkey.client_data_json),
            kind,
            totp.map(|totp| &totp.secret),
            totp.map(|totp| totp.last_step),
            rising.map(|rising| rising.to.as_str()),
            rising.map(|rising| rising.at.0),
            passkey.map(|passkey| &passkey.model),
        ],
    )
    .map_err(taken("credential"))?;
    match &new.rising {
        Some(rises) => {
            let what = Cancellation::Rise { user: user.clone(), credential: new.id.clone() };
            recoveries::keep_cancel(db, &rises.cancel, &what)
        }
        None => Ok(()),
    }
}

pub(crate) fn of_user(db: &Connection, user: &UserId) -> Result<Vec<StoredCredential>, Fault> {
    db.all(OF_USER, [user.as_str()], credential)
}

pub(crate) fn live_of_user(db: &Connection, user: &UserId) -> Result<Vec<StoredCredential>, Fault> {
    db.all(LIVE_OF_USER, [user.as_str()], credential)
}

pub(crate) fn by_webauthn_id(db: &Connection, id: &WebauthnId) -> Result<Option<StoredCredential>, Fault> {
    db.one(BY_WEBAUTHN_ID, params![id.0], credential)
}

pub(crate) fn revoke(
    db: &Connection,
    id: &CredentialId,
    now: UnixTime,
    telling: &Telling,
) -> Result<(), Fault> {
    let owner: Option<String> = db.one(REVOKE, params![id.as_str(), now.0], |row| Ok(row.get(0)?))?;
    let owner = owner.map(UserId::new).ok_or(Fault::Port(StoreError::Conflict))?;
    recoveries::credential_ended(db, id, &owner, now)?;
    telling.tell(db, now)
}

/// Revokes a credential of this person, if it is live.
pub(crate) fn end(db: &Connection, id: &CredentialId, user: &UserId, now: UnixTime) -> Result<(), Fault> {
    if db.run(END, params![id.as_str(), now.0, user.as_str()])? == 0 {
        return Err(StoreError::Conflict.into());
    }
    recoveries::credential_ended(db, id, user, now)
}

/// Notes a verified use. A credential that was revoked meanwhile proves nothing.
pub(crate) fn used(db: &Connection, noted: &CredentialUse) -> Result<(), Fault> {
    let id = noted.credential.as_str();
    let at = noted.at.0;
    let found = match &noted.left {
        Left::Nothing => db.run(USED, params![id, at])?,
        Left::Passkey { sign_count, backup_state } => {
            db.run(USED_PASSKEY, params![id, at, sign_count, backup_state])?
        }
        Left::TotpStep(step) => db.run(USED_TOTP, params![id, at, step])?,
        Left::TotpSealed { step, from, to } => db.run(SEALED_TOTP, params![id, at, step, from, to])?,
        Left::Rehashed { from, to } => db.run(REHASHED, params![id, at, from, to])?,
    };
    if found == 0 { Err(StoreError::Conflict.into()) } else { Ok(()) }
}

/// A credential as a use that was noted leaves it in the file.
pub(crate) fn after(noted: &CredentialUse, before: &StoredCredential) -> StoredCredential {
    let mut used = before.clone();
    used.last_used_at = Some(noted.at);
    match (&mut used.secret, &noted.left) {
        (Secret::Passkey(passkey), Left::Passkey { sign_count, backup_state }) => {
            passkey.sign_count = *sign_count;
            passkey.backup_state = *backup_state;
        }
        (Secret::Totp(totp), Left::TotpStep(step)) => totp.last_step = Some(*step),
        (Secret::Password(hash), Left::Rehashed { to, .. }) => hash.clone_from(to),
        _ => {}
    }
    used
}

/// The credential is this person's and is not revoked.
pub(crate) fn require_live(db: &Connection, id: &CredentialId, user: &UserId) -> Result<(), Fault> {
    if is_live(db, id, user)? { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

pub(crate) fn is_live(db: &Connection, id: &CredentialId, user: &UserId) -> Result<bool, Fault> {
    db.holds(LIVE, [id.as_str(), user.as_str()])
}
