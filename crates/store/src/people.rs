use riser_core::assurance::{Ceiling, Factor};
use riser_core::{CredentialId, UnixTime, UserId};
use serde::{Deserialize, Serialize};

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
    /// What verifies it.
    pub secret: Secret,
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
    /// How far it may lift a session.
    pub ceiling: Ceiling,
    /// What verifies it.
    pub secret: Secret,
    /// When it was registered.
    pub created_at: UnixTime,
    /// When it last proved something.
    pub last_used_at: Option<UnixTime>,
    /// When it was revoked.
    pub revoked_at: Option<UnixTime>,
}

/// What verifies a credential.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// A password's hash, as a PHC string.
    Password(String),
    /// A WebAuthn credential.
    Passkey(Passkey),
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
    /// As the browser reported them.
    pub transports: Vec<String>,
    /// The registration's evidence.
    pub attestation_object: Vec<u8>,
    /// The registration's evidence.
    pub client_data_json: Vec<u8>,
}

/// What a verified use leaves on a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialUse {
    /// Which.
    pub credential: CredentialId,
    /// When.
    pub at: UnixTime,
    /// The authenticator's counter and backup state, for a passkey.
    pub passkey: Option<(u32, bool)>,
}

impl Secret {
    /// The factor that it verifies.
    #[must_use]
    pub fn factor(&self) -> Factor {
        match self {
            Self::Password(_) => Factor::Password,
            Self::Passkey(_) => Factor::Passkey,
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Password(_) => f.write_str("Password(..)"),
            Self::Passkey(passkey) => f.debug_tuple("Passkey").field(passkey).finish(),
        }
    }
}
