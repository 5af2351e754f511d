//! Registered credentials.

use riser_core::{CredentialId, UnixTime, UserId};
use riser_store::{CredentialUse, NewCredential, Passkey, Secret, StoreError, StoredCredential, WebauthnId};
use rusqlite::{Connection, Row, params};

use crate::audit::Record;
use crate::error::{Fault, damaged, from_json, taken, to_json};
use crate::statements::{Prepared as _, statements};

const TABLE: &str = "credentials";

/// The columns, in the order that [`credential`] reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user, label, ceiling, created_at, last_used_at, revoked_at, password, webauthn_id,
                    public_key, sign_count, backup_eligible, backup_state, user_verified, hardware_bound,
                    aaguid, transports, attestation_object, client_data_json
               FROM credentials ",
            $rest
        )
    };
}

statements! {
    REGISTER = "INSERT INTO credentials (id, user, label, ceiling, created_at, password, webauthn_id,
                    public_key, sign_count, backup_eligible, backup_state, user_verified, hardware_bound,
                    aaguid, transports, attestation_object, client_data_json)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    OF_USER = select!("WHERE user = ?1 ORDER BY rowid");
    LIVE_OF_USER = select!("WHERE user = ?1 AND revoked_at IS NULL ORDER BY rowid");
    BY_WEBAUTHN_ID = select!("WHERE webauthn_id = ?1");
    REVOKE = "UPDATE credentials SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
    USED = "UPDATE credentials SET last_used_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
    USED_PASSKEY = "UPDATE credentials SET last_used_at = ?2, sign_count = ?3, backup_state = ?4
                     WHERE id = ?1 AND revoked_at IS NULL AND webauthn_id IS NOT NULL";
    LIVE = "SELECT 1 FROM credentials WHERE id = ?1 AND user = ?2 AND revoked_at IS NULL";
}

fn credential(row: &Row<'_>) -> Result<StoredCredential, Fault> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let secret = match (row.get(7)?, row.get(8)?) {
        (Some(hash), None) => Secret::Password(hash),
        (None, Some(id)) => Secret::Passkey(Passkey {
            webauthn_id: WebauthnId(id),
            public_key: row.get(9)?,
            sign_count: row.get(10)?,
            backup_eligible: row.get(11)?,
            backup_state: row.get(12)?,
            user_verified: row.get(13)?,
            hardware_bound: row.get(14)?,
            aaguid: row.get(15)?,
            transports: from_json(TABLE, text(16)?)?,
            attestation_object: row.get(17)?,
            client_data_json: row.get(18)?,
        }),
        _ => return Err(damaged(TABLE, "neither a password nor a passkey").into()),
    };
    Ok(StoredCredential {
        id: CredentialId::new(row.get::<_, String>(0)?),
        user: UserId::new(row.get::<_, String>(1)?),
        label: row.get(2)?,
        ceiling: from_json(TABLE, text(3)?)?,
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
    let (password, passkey) = match &new.secret {
        Secret::Password(hash) => (Some(hash), None),
        Secret::Passkey(passkey) => (None, Some(passkey)),
    };
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
        ],
    )
    .map_err(taken("credential"))?;
    Ok(())
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

pub(crate) fn revoke(db: &Connection, id: &CredentialId, now: UnixTime, audit: &Record) -> Result<(), Fault> {
    if db.run(REVOKE, params![id.as_str(), now.0])? == 0 {
        return Err(StoreError::Conflict.into());
    }
    audit.append(db)
}

/// Notes a verified use. A credential that was revoked meanwhile proves nothing.
pub(crate) fn used(db: &Connection, noted: &CredentialUse) -> Result<(), Fault> {
    let id = noted.credential.as_str();
    let found = match noted.passkey {
        Some((sign_count, backup_state)) => {
            db.run(USED_PASSKEY, params![id, noted.at.0, sign_count, backup_state])?
        }
        None => db.run(USED, params![id, noted.at.0])?,
    };
    if found == 0 { Err(StoreError::Conflict.into()) } else { Ok(()) }
}

/// The credential is this person's and is not revoked.
pub(crate) fn require_live(db: &Connection, id: &CredentialId, user: &UserId) -> Result<(), Fault> {
    if db.holds(LIVE, [id.as_str(), user.as_str()])? { Ok(()) } else { Err(StoreError::Conflict.into()) }
}
