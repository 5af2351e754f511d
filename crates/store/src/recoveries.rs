use riser_core::assurance::Ceiling;
use riser_core::{CredentialId, UnixTime, UserId};
use serde::{Deserialize, Serialize};

use crate::Hashed;

/// A recovery.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecoveryId(String);

impl RecoveryId {
    /// Wraps a value that was made by, or read from, its owner.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token that ends something which waits. It opens nothing, so its letter may carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CancelLink {
    /// The token.
    pub token: Hashed,
    /// Until when it works.
    pub expires_at: UnixTime,
}

/// What a cancellation ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancellation {
    /// A credential that waits to count for more: it is revoked.
    Rise {
        /// Whose.
        user: UserId,
        /// Which.
        credential: CredentialId,
    },
    /// A recovery: it ends, and its link with it.
    Recovery {
        /// Whose.
        user: UserId,
        /// Which.
        recovery: RecoveryId,
    },
}

/// A recovery to begin: after a wait, its link replaces one lost credential and does nothing else. It is
/// never a session.
#[derive(Clone, Debug)]
pub struct NewRecovery {
    /// Its name.
    pub id: RecoveryId,
    /// The credential that is to be replaced.
    pub lost: CredentialId,
    /// How far the replacement may rise.
    pub ceiling: Ceiling,
    /// The enrolment link of the replacement.
    pub link: Hashed,
    /// When the link can be used.
    pub opens_at: UnixTime,
    /// When the link ends.
    pub expires_at: UnixTime,
    /// How the owner stops it.
    pub cancel: CancelLink,
}

/// A recovery that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Its name.
    pub id: RecoveryId,
    /// Whose.
    pub user: UserId,
    /// The credential that is to be replaced.
    pub lost: CredentialId,
    /// When it was asked for.
    pub requested_at: UnixTime,
    /// When the replacement can be registered.
    pub opens_at: UnixTime,
    /// When it ends by itself.
    pub expires_at: UnixTime,
}
