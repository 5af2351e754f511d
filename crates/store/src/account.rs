use riser_core::{ClientId, CredentialId, SessionId, UnixTime, UserId};

use crate::{Hashed, NewCredential, NewRecovery};

/// What the end of a visit changes about an account. Nothing of it happens unless the account is open and of
/// the generation that was read, and the session it is made in stands.
#[derive(Clone, Debug)]
pub struct AccountEdit {
    /// Whose account; also the owner of every link and recovery code that the completion spends.
    pub user: UserId,
    /// The account's generation as it was read.
    pub generation_read: i64,
    /// The session that it is made in, also one that begins in this completion. None for who comes by a link
    /// or a recovery code without one.
    pub session: Option<SessionId>,
    /// Each of them, in this order.
    pub changes: Vec<AccountChange>,
    /// What becomes of everything else that stands on the account.
    pub generation: Generation,
    /// A recovery to begin, in a completion with [`SessionChange::None`](crate::SessionChange::None). There is
    /// one at a time: another is a [`StoreError::Conflict`](crate::StoreError).
    pub recovery: Option<NewRecovery>,
}

/// One change. A credential that it names must be the person's own and not revoked.
#[derive(Clone, Debug)]
pub enum AccountChange {
    /// Registers a credential.
    Register(NewCredential),
    /// Registers a credential in the place of a lost one, which is revoked.
    Replace {
        /// The one that goes.
        lost: CredentialId,
        /// The one that comes.
        new: NewCredential,
    },
    /// Gives a credential another name.
    Rename {
        /// Which.
        credential: CredentialId,
        /// Its new name.
        label: String,
    },
    /// Revokes a credential.
    Remove {
        /// Which.
        credential: CredentialId,
    },
    /// Another hash for the password; it stays the credential that it is.
    SetPassword {
        /// The password.
        credential: CredentialId,
        /// Its new hash, as a PHC string.
        hash: String,
    },
    /// A new set of recovery codes; an earlier set is revoked.
    SetRecoveryCodes {
        /// The set, whose secret is [`Secret::RecoveryCodes`](crate::Secret::RecoveryCodes).
        credential: NewCredential,
        /// The codes.
        codes: Vec<Hashed>,
    },
    /// Where notices go. For thirty days they still go to the old address too.
    SetEmail(Option<String>),
}

/// What becomes of what stands on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// It stands.
    Stays,
    /// The generation is raised: every session, code, refresh token, link and recovery ends. Only the session
    /// of the edit goes on, under the new generation.
    Raised,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSummary {
    /// Which.
    pub id: SessionId,
    /// When it began.
    pub created_at: UnixTime,
    /// When it was last used.
    pub last_used_at: UnixTime,
    /// The browser, as a few words.
    pub browser: Option<String>,
}

/// An application that holds grants which stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectedApplication {
    /// Which.
    pub client: ClientId,
    /// When the oldest of them was made.
    pub first_at: UnixTime,
    /// When the latest of them was made.
    pub last_at: UnixTime,
    /// How many they are.
    pub grants: u32,
}

/// An application that a person wants to hear nothing more of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedApplication {
    /// Which.
    pub client: ClientId,
    /// Since when.
    pub blocked_at: UnixTime,
}
