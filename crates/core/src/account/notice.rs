use serde::{Deserialize, Serialize};

use crate::assurance::Factor;
use crate::{Acr, UnixTime};

/// Who let a credential in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enroller {
    /// The person, signed in.
    Owner,
    /// An administrator, by a grant.
    Administrator,
    /// The back end of an application, by a grant.
    Application,
    /// A recovery.
    Recovery,
}

/// What the owner of an account is told, at every address that is known of them. It is kept with its effect
/// and sent afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// Somebody may enrol a credential that rises to a level.
    EnrolmentGranted {
        /// The levels.
        ceiling: Vec<Acr>,
        /// By whom.
        by: Enroller,
        /// When the grant ends.
        expires_at: UnixTime,
    },
    /// A credential was registered.
    CredentialAdded {
        /// Its factor.
        factor: Factor,
        /// Its name.
        label: String,
        /// By whom it was let in.
        by: Enroller,
    },
    /// A registered credential waits, and counts for more from a moment on unless it is cancelled.
    CredentialWillRise {
        /// Its factor.
        factor: Factor,
        /// Its name.
        label: String,
        /// The level it will rise to.
        to: Acr,
        /// When.
        at: UnixTime,
    },
    /// A waiting credential was cancelled and removed.
    RiseCancelled {
        /// Its name.
        label: String,
    },
    /// A credential was removed.
    CredentialRemoved {
        /// Its factor.
        factor: Factor,
        /// Its name.
        label: String,
    },
    /// A credential has another name.
    CredentialRenamed {
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// The password is another one.
    PasswordChanged {
        /// Whether an administrator did it.
        by_administrator: bool,
    },
    /// A new set of recovery codes replaced the old one.
    RecoveryCodesMade,
    /// Somebody has begun to replace a lost credential.
    RecoveryRequested {
        /// Its factor.
        factor: Factor,
        /// Its name.
        label: String,
        /// When the replacement can be registered, unless it is cancelled.
        opens_at: UnixTime,
    },
    /// A recovery was cancelled.
    RecoveryCancelled,
    /// A lost credential was replaced.
    RecoveryDone {
        /// The name of the one that is gone.
        lost: String,
    },
    /// Notices go to another address now. The old address is told.
    EmailChanged {
        /// The new address, if there is one.
        to: Option<String>,
    },
    /// An administrator shut the account: nobody can sign in to it.
    AccountShut,
    /// An administrator opened the account again.
    AccountOpened,
    /// An administrator ended every session of the account.
    SessionsEnded,
    /// A factor is closed for a while: somebody tried it too often.
    TriesExhausted {
        /// Which.
        factor: Factor,
        /// When it opens again.
        again_at: UnixTime,
    },
}
