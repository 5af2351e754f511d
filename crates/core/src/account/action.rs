use serde::{Deserialize, Serialize};

use crate::CredentialId;
use crate::assurance::Factor;

/// What a visit to one's own account is for. It is fixed when the visit opens: the proof that is given in it
/// releases this and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum AccountAction {
    /// Look at it.
    View,
    /// Register a passkey; a hardware key when `hardware` is set.
    AddPasskey {
        /// Only a key whose attestation is accepted will do.
        #[serde(default)]
        hardware: bool,
    },
    /// Register an authenticator app.
    AddTotp,
    /// Set the password, or the first one.
    SetPassword,
    /// Make a new set of recovery codes; the old ones end.
    NewRecoveryCodes,
    /// Give a credential another name.
    Rename {
        /// Which.
        credential: CredentialId,
        /// Its new name.
        label: String,
    },
    /// Remove a credential.
    Remove {
        /// Which.
        credential: CredentialId,
    },
    /// Change where notices go.
    SetEmail {
        /// The new address; none to have no notices.
        email: Option<String>,
    },
}

impl AccountAction {
    /// Whether it changes anything.
    #[must_use]
    pub fn changes(&self) -> bool {
        *self != Self::View
    }

    /// What it registers in the same visit, once the person has proved enough. Without anything to register,
    /// the proof alone completes it.
    #[must_use]
    pub fn registers(&self) -> Option<Factor> {
        match self {
            Self::AddPasskey { .. } => Some(Factor::Passkey),
            Self::AddTotp => Some(Factor::Totp),
            Self::SetPassword => Some(Factor::Password),
            Self::NewRecoveryCodes => Some(Factor::RecoveryCode),
            Self::View | Self::Rename { .. } | Self::Remove { .. } | Self::SetEmail { .. } => None,
        }
    }

    /// The credential that it is about.
    #[must_use]
    pub fn credential(&self) -> Option<&CredentialId> {
        match self {
            Self::Rename { credential, .. } | Self::Remove { credential } => Some(credential),
            _ => None,
        }
    }
}
