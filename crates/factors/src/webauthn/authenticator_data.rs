//! Authenticator data (WebAuthn L3 §6.1): what the authenticator says, and signs.

use super::cbor_limits::{CborError, check_map, item_len};
use super::{RelyingParty, json::MAX_CREDENTIAL_ID};

/// Up to and including the counter.
const HEADER: usize = 37;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKUP_STATE: u8 = 1 << 4;
const ATTESTED_DATA: u8 = 1 << 6;
const EXTENSION_DATA: u8 = 1 << 7;

/// What is wrong with the authenticator data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticatorDataError {
    /// It ends too early.
    #[error("the authenticator data is too short for what its flags announce")]
    TooShort,
    /// Something follows its last part.
    #[error("bytes follow the authenticator data")]
    TrailingBytes,
    /// The key of a new credential is missing, or an assertion carries one.
    #[error(
        "the authenticator data has attested credential data where none belongs, or none where it belongs"
    )]
    AttestedData,
    /// Longer than WebAuthn allows.
    #[error("the credential id has more than {MAX_CREDENTIAL_ID} bytes, or none")]
    CredentialId,
    /// The key is not one CBOR item.
    #[error("the credential's public key is not readable")]
    KeyEncoding(#[source] CborError),
    /// The extensions are not one CBOR map.
    #[error("the extension data is not readable")]
    Extensions(#[source] CborError),
    /// Made for another site.
    #[error("the credential belongs to another site: use a passkey of this one")]
    RpIdHash,
    /// Nobody touched the authenticator.
    #[error("nobody was present at the authenticator: touch it when it asks")]
    UserNotPresent,
    /// Backed up, though it cannot be.
    #[error("the authenticator says that the credential is backed up and that it cannot be")]
    BackupState,
}

/// Parsed authenticator data; slices of what the authenticator signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8],
    flags: u8,
    pub(crate) sign_count: u32,
    pub(crate) attested: Option<AttestedCredential<'a>>,
    /// One well-formed CBOR map.
    pub(crate) extensions: Option<&'a [u8]>,
}

/// A new credential (WebAuthn L3 §6.5.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttestedCredential<'a> {
    pub(crate) aaguid: [u8; 16],
    pub(crate) id: &'a [u8],
    /// One CBOR item.
    pub(crate) cose_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Takes the data apart. Every byte must belong to a part that the flags announce.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, AuthenticatorDataError> {
        let (header, mut rest) = bytes.split_at_checked(HEADER).ok_or(AuthenticatorDataError::TooShort)?;
        let (rp_id_hash, header) = header.split_at_checked(32).ok_or(AuthenticatorDataError::TooShort)?;
        let (&flags, count) = header.split_first().ok_or(AuthenticatorDataError::TooShort)?;
        let count = count.try_into().map_err(|_| AuthenticatorDataError::TooShort)?;
        let attested = if flags & ATTESTED_DATA == 0 {
            None
        } else {
            let (attested, after) = AttestedCredential::parse(rest)?;
            rest = after;
            Some(attested)
        };
        let extensions = if flags & EXTENSION_DATA == 0 {
            None
        } else {
            check_map(rest).map_err(AuthenticatorDataError::Extensions)?;
            Some(std::mem::take(&mut rest))
        };
        if !rest.is_empty() {
            return Err(AuthenticatorDataError::TrailingBytes);
        }
        Ok(Self { rp_id_hash, flags, sign_count: u32::from_be_bytes(count), attested, extensions })
    }

    /// The name that the authenticator bound the credential to is ours.
    pub(crate) fn verify_rp_id(&self, rp: &RelyingParty) -> Result<(), AuthenticatorDataError> {
        if self.rp_id_hash == rp.rp_id_hash() { Ok(()) } else { Err(AuthenticatorDataError::RpIdHash) }
    }

    /// Somebody was there.
    pub(crate) fn verify_user_present(&self) -> Result<(), AuthenticatorDataError> {
        if self.has(USER_PRESENT) { Ok(()) } else { Err(AuthenticatorDataError::UserNotPresent) }
    }

    /// What cannot be backed up is not backed up.
    pub(crate) fn verify_backup_state(&self) -> Result<(), AuthenticatorDataError> {
        if self.backup_state() && !self.backup_eligible() {
            return Err(AuthenticatorDataError::BackupState);
        }
        Ok(())
    }

    pub(crate) fn user_verified(&self) -> bool {
        self.has(USER_VERIFIED)
    }

    pub(crate) fn backup_eligible(&self) -> bool {
        self.has(BACKUP_ELIGIBLE)
    }

    pub(crate) fn backup_state(&self) -> bool {
        self.has(BACKUP_STATE)
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

impl<'a> AttestedCredential<'a> {
    fn parse(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), AuthenticatorDataError> {
        let (aaguid, rest) = bytes.split_first_chunk::<16>().ok_or(AuthenticatorDataError::TooShort)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(AuthenticatorDataError::TooShort)?;
        let length = usize::from(u16::from_be_bytes(*length));
        // WebAuthn L3 §7.1 step 25, before anything of that size is looked at.
        if length == 0 || length > MAX_CREDENTIAL_ID {
            return Err(AuthenticatorDataError::CredentialId);
        }
        let (id, rest) = rest.split_at_checked(length).ok_or(AuthenticatorDataError::TooShort)?;
        let key_len = item_len(rest).map_err(AuthenticatorDataError::KeyEncoding)?;
        let (cose_key, rest) = rest.split_at_checked(key_len).ok_or(AuthenticatorDataError::TooShort)?;
        Ok((Self { aaguid: *aaguid, id, cose_key }, rest))
    }
}
