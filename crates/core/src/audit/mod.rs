//! What happened, one variant a fact. An event is written in the same transaction as its effect.

use serde::{Deserialize, Serialize};

use crate::assurance::Factor;
use crate::{Acr, ClientId, CredentialId, GrantId, InteractionId, SessionId, UnixTime, UserId};

/// A security event. It names things by their identifiers and never carries a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// An account was made.
    UserCreated {
        /// Whose.
        user: UserId,
    },
    /// An account was shut; its sessions and grants ended.
    UserDisabled {
        /// Whose.
        user: UserId,
    },
    /// An enrolment link was made.
    EnrolmentGranted {
        /// For whom.
        user: UserId,
    },
    /// A credential was registered.
    CredentialRegistered {
        /// Whose.
        user: UserId,
        /// Which.
        credential: CredentialId,
        /// Its factor.
        factor: Factor,
    },
    /// A credential was revoked.
    CredentialRevoked {
        /// Whose.
        user: UserId,
        /// Which.
        credential: CredentialId,
    },
    /// A factor was proved, and more is needed.
    FactorProved {
        /// By whom.
        user: UserId,
        /// Where.
        interaction: InteractionId,
        /// With what.
        credential: CredentialId,
        /// Its factor.
        factor: Factor,
    },
    /// A proof was refused.
    ProofRefused {
        /// Where.
        interaction: InteractionId,
        /// By whom, if that is known.
        user: Option<UserId>,
        /// Its factor.
        factor: Factor,
        /// A stable name.
        reason: String,
    },
    /// A ceremony was completed: the session holds one more authentication.
    Authenticated {
        /// By whom.
        user: UserId,
        /// In which session.
        session: SessionId,
        /// Where.
        interaction: InteractionId,
        /// The level that was asked for and met.
        acr: Option<Acr>,
        /// The methods behind it.
        amr: Vec<String>,
        /// The oldest authentication behind it.
        auth_time: UnixTime,
        /// The credentials behind it.
        credentials: Vec<CredentialId>,
        /// Whether a counter went backwards: perhaps a copied authenticator.
        clone_suspected: bool,
        /// What was granted on it.
        grant: Option<GrantId>,
    },
    /// A code left without a prompt: what was asked was held.
    GrantedSilently {
        /// To whom.
        user: UserId,
        /// On which session.
        session: SessionId,
        /// To which client.
        client: ClientId,
        /// What.
        grant: GrantId,
        /// The level that was met.
        acr: Option<Acr>,
    },
    /// A visit ended without satisfying its request.
    InteractionFailed {
        /// Which.
        interaction: InteractionId,
        /// A stable name.
        reason: String,
    },
    /// Tokens were issued for a code.
    TokensIssued {
        /// On which grant.
        grant: GrantId,
        /// To which client.
        client: ClientId,
    },
    /// Tokens were issued for a refresh token.
    TokensRefreshed {
        /// On which grant.
        grant: GrantId,
        /// To which client.
        client: ClientId,
    },
    /// A value that is used once was used again: what it bought was revoked.
    ReuseDetected {
        /// On which grant.
        grant: GrantId,
        /// `code` or `refresh_token`.
        what: String,
    },
    /// A bound token was spent on its action.
    ElevationSpent {
        /// On which grant.
        grant: GrantId,
        /// By which client.
        client: ClientId,
    },
}

/// An event and when it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: UnixTime,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}
