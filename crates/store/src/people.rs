use riser_core::assurance::{Ceiling, Factor};
use riser_core::{Acr, CredentialId, UnixTime, UserId};
use serde::{Deserialize, Serialize};

use crate::CancelLink;

/// A person's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// `sub`.
    pub id: UserId,
    /// What they sign in with.
    pub name: String,
    /// Where notices go.
    pub email: Option<String>,
    /// Whether the account is shut.
    pub disabled: bool,
    /// Raised by whatever ends all that stood on the account.
    pub generation: i64,
    /// When it was made.
    pub created_at: UnixTime,
}

/// An account to make, with the credentials that its creator gives it.
#[derive(Debug)]
pub struct NewUser {
    /// `sub`.
    pub id: UserId,
    /// Unique.
    pub name: String,
    /// Where notices go.
    pub email: Option<String>,
    /// Registered in the act that creates the account.
    pub credentials: Vec<NewCredential>,
}

/// A credential to register.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// Its name in Riser.
    pub id: CredentialId,
    /// Its name for its owner.
    pub label: String,
    /// How far it may lift a session.
    pub ceiling: Ceiling,
    /// How far it may lift one after a while, unless its owner objects.
    pub rising: Option<NewRising>,
    /// What verifies it.
    pub secret: Secret,
}

/// A level that a credential may reach from a moment on: raising a ceiling by cooling-off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rising {
    /// The level.
    pub to: Acr,
    /// From when on.
    pub at: UnixTime,
}

/// A rise to register. None goes without a way for the owner to stop it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRising {
    /// To what, and when.
    pub rising: Rising,
    /// How the owner stops it.
    pub cancel: CancelLink,
}

/// A registered credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCredential {
    /// Its name in Riser.
    pub id: CredentialId,
    /// Whose.
    pub user: UserId,
    /// Its name for its owner.
    pub label: String,
    /// How far it may lift a session, apart from what it may rise to: see [`StoredCredential::ceiling_at`].
    pub ceiling: Ceiling,
    /// What it may rise to.
    pub rising: Option<Rising>,
    /// What verifies it.
    pub secret: Secret,
    /// When it was registered.
    pub created_at: UnixTime,
    /// When it last proved something.
    pub last_used_at: Option<UnixTime>,
    /// When it was revoked.
    pub revoked_at: Option<UnixTime>,
}

impl StoredCredential {
    /// How far it may lift a session at `now`.
    #[must_use]
    pub fn ceiling_at(&self, now: UnixTime) -> Ceiling {
        match (&self.ceiling, &self.rising) {
            (Ceiling::UpTo(levels), Some(rising)) if now >= rising.at => {
                let mut levels = levels.clone();
                levels.insert(rising.to.clone());
                Ceiling::UpTo(levels)
            }
            (ceiling, _) => ceiling.clone(),
        }
    }
}

/// What verifies a credential.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// A password's hash, as a PHC string.
    Password(String),
    /// A WebAuthn credential.
    Passkey(Passkey),
    /// An authenticator app.
    Totp(Totp),
    /// A set of recovery codes. Each code is a single-use value of its own.
    RecoveryCodes,
}

/// The shared secret of an authenticator app, and how far its codes are spent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totp {
    /// The secret, in the form that its owner keeps it in.
    pub secret: Vec<u8>,
    /// The last time step of which a code was used: no code of that step or an earlier one is good again
    /// (RFC 6238 §5.2).
    pub last_step: Option<i64>,
}

/// The authenticator's own name of a credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebauthnId(pub Vec<u8>);

/// A credential record of WebAuthn Level 3 §4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// The authenticator's own name of it; unique in the installation.
    pub webauthn_id: WebauthnId,
    /// The verifier's own form of the key.
    pub public_key: Vec<u8>,
    /// The last counter seen.
    pub sign_count: u32,
    /// Whether it may be synced: immutable.
    pub backup_eligible: bool,
    /// Whether it is synced.
    pub backup_state: bool,
    /// Whether its registration verified the person.
    pub user_verified: bool,
    /// Whether its attestation chains to an accepted hardware model.
    pub hardware_bound: bool,
    /// The model that it says it is.
    pub aaguid: [u8; 16],
    /// That model's name, as the metadata had it at the registration.
    #[serde(default)]
    pub model: Option<String>,
    /// As the browser reported them.
    pub transports: Vec<String>,
    /// The registration's evidence.
    pub attestation_object: Vec<u8>,
    /// The registration's evidence.
    pub client_data_json: Vec<u8>,
}

/// A verified use of a credential. One that was revoked meanwhile proves nothing: it is a
/// [`StoreError::Conflict`](crate::StoreError).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialUse {
    /// Which.
    pub credential: CredentialId,
    /// When.
    pub at: UnixTime,
    /// What it leaves behind.
    pub left: Left,
}

/// What a verified use leaves on a credential.
#[derive(Clone, PartialEq, Eq)]
pub enum Left {
    /// Only the time.
    Nothing,
    /// The authenticator's counter and backup state.
    Passkey {
        /// The counter.
        sign_count: u32,
        /// Whether it is synced.
        backup_state: bool,
    },
    /// The time step whose code was used. Of any number of uses of one step or an earlier one, one is good.
    TotpStep(i64),
    /// The same, and the secret in the form in which it is kept now.
    TotpSealed {
        /// The time step.
        step: i64,
        /// The form that was read.
        from: Vec<u8>,
        /// The one that takes its place.
        to: Vec<u8>,
    },
    /// The same password under newer parameters. Only in the place of the hash that was verified: the
    /// password may have been changed since.
    Rehashed {
        /// The hash that was verified.
        from: String,
        /// The one that takes its place.
        to: String,
    },
}

impl Secret {
    /// The factor that it verifies.
    #[must_use]
    pub fn factor(&self) -> Factor {
        match self {
            Self::Password(_) => Factor::Password,
            Self::Passkey(_) => Factor::Passkey,
            Self::Totp(_) => Factor::Totp,
            Self::RecoveryCodes => Factor::RecoveryCode,
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Password(_) => f.write_str("Password(..)"),
            Self::Passkey(passkey) => f.debug_tuple("Passkey").field(passkey).finish(),
            Self::Totp(totp) => f.debug_tuple("Totp").field(totp).finish(),
            Self::RecoveryCodes => f.write_str("RecoveryCodes"),
        }
    }
}

impl std::fmt::Debug for Totp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Totp").field("last_step", &self.last_step).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Passkey { sign_count, backup_state } => {
                f.debug_tuple("Passkey").field(sign_count).field(backup_state).finish()
            }
            Self::TotpStep(step) | Self::TotpSealed { step, .. } => {
                f.debug_tuple("TotpStep").field(step).finish()
            }
            Self::Rehashed { .. } => f.write_str("Rehashed(..)"),
        }
    }
}
