//! What happened, one variant a fact. An event is written in the same transaction as its effect.

mod prompt;

pub use prompt::{Prompt, PromptEnd};

use serde::{Deserialize, Serialize};

use crate::account::{AccountAction, Enroller};
use crate::assurance::Factor;
use crate::{Acr, ClientId, CredentialId, GrantId, InteractionId, Seconds, SessionId, UnixTime, UserId};

/// Why a person was asked to prove something: what the request said, and who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An application asked.
    Request {
        /// Which.
        client: ClientId,
        /// The levels that would do.
        acr_values: Vec<Acr>,
        /// The oldest proof that would do.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        max_age: Option<Seconds>,
        /// The type of the transaction that was approved.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        transaction: Option<String>,
        /// The action that was approved, where the transaction names one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        action: Option<String>,
        /// What of it was displayed, label and text; not written before this was recorded.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        displayed: Vec<(String, String)>,
    },
    /// The person's own account asked.
    Account(AccountAction),
    /// An enrolment link needed its owner.
    EnrolmentLink,
    /// A recovery needed its owner.
    Recovery,
}

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
        /// By whom; not written before this was recorded.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        by: Option<Enroller>,
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
    /// A credential has another name.
    CredentialRenamed {
        /// Whose.
        user: UserId,
        /// Which.
        credential: CredentialId,
    },
    /// A password was set; an administrator's act when there is no session.
    PasswordSet {
        /// Whose.
        user: UserId,
        /// In which session.
        session: Option<SessionId>,
    },
    /// Notices go to another address.
    EmailChanged {
        /// Whose.
        user: UserId,
    },
    /// What a credential may rise to was cancelled, and it is gone.
    RiseCancelled {
        /// Whose.
        user: UserId,
        /// Which.
        credential: CredentialId,
    },
    /// A lost credential is to be replaced.
    RecoveryRequested {
        /// Whose.
        user: UserId,
        /// The lost one.
        credential: CredentialId,
        /// When the replacement can be registered.
        opens_at: UnixTime,
    },
    /// A recovery was cancelled.
    RecoveryCancelled {
        /// Whose.
        user: UserId,
    },
    /// A lost credential was replaced.
    CredentialReplaced {
        /// Whose.
        user: UserId,
        /// The lost one.
        lost: CredentialId,
        /// The new one.
        credential: CredentialId,
    },
    /// A session was ended by its owner.
    SessionEnded {
        /// Whose.
        user: UserId,
        /// Which.
        session: SessionId,
    },
    /// Everything that stood on an account was ended by an administrator.
    SessionsEnded {
        /// Whose.
        user: UserId,
    },
    /// What a client was granted was taken back by its owner.
    ApplicationRevoked {
        /// Whose.
        user: UserId,
        /// Which.
        client: ClientId,
    },
    /// A client was blocked by a person: it gets nothing more of theirs.
    ApplicationBlocked {
        /// By whom.
        user: UserId,
        /// Which.
        client: ClientId,
    },
    /// A client may ask a person again.
    ApplicationUnblocked {
        /// By whom.
        user: UserId,
        /// Which.
        client: ClientId,
    },
    /// An account was opened again.
    UserEnabled {
        /// Whose.
        user: UserId,
    },
    /// A factor was tried too often and is closed for a while.
    TriesExhausted {
        /// Whose, when the name is somebody's.
        user: Option<UserId>,
        /// Which.
        factor: Factor,
        /// When it opens again.
        again_at: UnixTime,
    },
    /// A client asked a person too often.
    PromptsExhausted {
        /// Whom.
        user: UserId,
        /// Which.
        client: ClientId,
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
        /// Why it was asked; not written before this was recorded.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        cause: Option<Cause>,
        /// What was lacking, and how long the answer took; not written before this was recorded.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        prompt: Option<Prompt>,
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
        /// Whose, once that was known.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        user: Option<UserId>,
        /// Why it was asked.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        cause: Option<Cause>,
        /// What was lacking, and how long it took; none when nothing had been asked.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        prompt: Option<Prompt>,
    },
    /// A prompt ended without an event of its own: it was left unanswered, or its answer only opened a link.
    PromptEnded {
        /// Who was asked.
        user: UserId,
        /// Where.
        interaction: InteractionId,
        /// How it ended.
        end: PromptEnd,
        /// Why it was asked.
        cause: Cause,
        /// What was lacking, and how long it took.
        prompt: Prompt,
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
    /// A client gave a token back.
    TokenRevoked {
        /// Which client.
        client: ClientId,
        /// On which grant; none when the client held it for itself.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        grant: Option<GrantId>,
        /// `access_token`, or `refresh_token`, with which its whole grant ended.
        what: String,
    },
    /// A bound token was spent on its action.
    ElevationSpent {
        /// On which grant.
        grant: GrantId,
        /// By which client.
        client: ClientId,
    },
    /// An application asked whether something may be done, and was not told yes. A yes is not recorded here: it is asked
    /// for at every look at a page, and what was done with it is in the application's own log, or is an elevation that
    /// was spent.
    ActionNotPermitted {
        /// Which application.
        client: ClientId,
        /// Whose, when a session was named.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        user: Option<UserId>,
        /// In which session.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        session: Option<SessionId>,
        /// The action.
        action: String,
        /// On what: its type and name.
        resource: String,
        /// `step_up_required`, `enrolment_required` or `denied`.
        reason: String,
        /// The rules that decided.
        policies: Vec<String>,
        /// The level that would do.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        acr: Option<Acr>,
    },
}

impl Event {
    /// The person in whose activity this stands: what their own page shows them. Not everything that names a
    /// person: what follows from a request of theirs, such as each token, tells them nothing more.
    #[must_use]
    pub fn activity_of(&self) -> Option<&UserId> {
        match self {
            Self::UserCreated { user }
            | Self::UserDisabled { user }
            | Self::UserEnabled { user }
            | Self::EnrolmentGranted { user, .. }
            | Self::CredentialRegistered { user, .. }
            | Self::CredentialRenamed { user, .. }
            | Self::CredentialRevoked { user, .. }
            | Self::CredentialReplaced { user, .. }
            | Self::PasswordSet { user, .. }
            | Self::EmailChanged { user }
            | Self::RiseCancelled { user, .. }
            | Self::RecoveryRequested { user, .. }
            | Self::RecoveryCancelled { user }
            | Self::SessionEnded { user, .. }
            | Self::SessionsEnded { user }
            | Self::ApplicationRevoked { user, .. }
            | Self::ApplicationBlocked { user, .. }
            | Self::ApplicationUnblocked { user, .. }
            | Self::PromptsExhausted { user, .. }
            | Self::Authenticated { user, .. } => Some(user),
            Self::TriesExhausted { user, .. } | Self::InteractionFailed { user, .. } => user.as_ref(),
            // Nothing came of it that its owner would look for.
            Self::PromptEnded { .. }
            | Self::FactorProved { .. }
            | Self::ProofRefused { .. }
            | Self::GrantedSilently { .. }
            | Self::TokensIssued { .. }
            | Self::TokensRefreshed { .. }
            | Self::ReuseDetected { .. }
            | Self::TokenRevoked { .. }
            | Self::ElevationSpent { .. }
            // An application asks; the person did nothing that they would look for.
            | Self::ActionNotPermitted { .. } => None,
        }
    }
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
