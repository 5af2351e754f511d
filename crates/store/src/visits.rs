use riser_core::account::AccountAction;
use riser_core::assurance::{Factor, Proof, ProofRecord};
use riser_core::audit::Entry;
use riser_core::protocol::AuthorizeRequest;
use riser_core::session::{Authentication, INTERACTION_LIFETIME};
use riser_core::step_up::Requirement;
use riser_core::{InteractionId, SessionId, UnixTime, UserId};
use serde::{Deserialize, Serialize};

use crate::{AccountEdit, CodeIssue, CredentialUse, Enrolment, Hashed, Letter, SessionChange, Spendable};

/// One visit of a person: what was asked, which never changes, and how far it has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Interaction {
    /// Its identifier, which opens nothing by itself.
    pub id: InteractionId,
    /// The browser that it belongs to.
    pub browser: Hashed,
    /// Why the person is here. Written once.
    pub purpose: Purpose,
    /// How far it has come. Each change is guarded by `version`.
    pub progress: Progress,
    /// Raised at each change of `progress`.
    pub version: i64,
    /// When it ends by itself.
    pub expires_at: UnixTime,
}

impl Interaction {
    /// When it was opened.
    #[must_use]
    pub fn opened_at(&self) -> UnixTime {
        self.expires_at.minus(INTERACTION_LIFETIME)
    }

    /// The session that was there when it was opened.
    #[must_use]
    pub fn session(&self) -> Option<&SessionId> {
        match &self.purpose {
            Purpose::Authorize(stored) => stored.session.as_ref(),
            Purpose::Enrol { session, .. } | Purpose::Account { session, .. } => session.as_ref(),
            Purpose::Recover => None,
        }
    }
}

/// What a visit is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// An application's request.
    Authorize(Box<StoredRequest>),
    /// An enrolment link.
    Enrol {
        /// The link, spent when the registration commits.
        link: [u8; 32],
        /// What it grants.
        enrolment: Enrolment,
        /// The session that opened it, if the browser had one.
        session: Option<SessionId>,
        /// What its person has to sign in with; nothing in visits that are older than this.
        #[serde(default)]
        has: Vec<Factor>,
    },
    /// The person's own account: the proof that is given here releases this action and nothing else.
    Account {
        /// What they came for.
        action: AccountAction,
        /// What it requires, fixed on arrival; what the account has come to reach since then is added.
        requirement: Box<Requirement>,
        /// The session that opened it; none to sign in.
        session: Option<SessionId>,
    },
    /// A lost credential is to be replaced. No session and no token comes of it.
    Recover,
}

/// An authorization request as it arrived, and all that was fixed with it on the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredRequest {
    /// The request.
    pub request: AuthorizeRequest,
    /// What it requires.
    pub requirement: Requirement,
    /// Whether the person must agree.
    pub consent: bool,
    /// The session that was there when the request arrived.
    pub session: Option<SessionId>,
    /// The only person who may answer.
    pub subject: Option<UserId>,
}

/// How far a visit has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The name that was typed; not proved, and perhaps nobody's.
    #[serde(default)]
    pub typed_name: Option<String>,
    /// The person, once a proof has named them.
    #[serde(default)]
    pub user: Option<UserId>,
    /// The account's generation when the person was named. While it is set, a step is a
    /// [`StoreError::Conflict`](crate::StoreError) once the account has another: who proved something before
    /// a reset gets nothing for it after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub generation: Option<i64>,
    /// Proofs that wait for the requirement to be met.
    #[serde(default)]
    proofs: Vec<ProofRecord>,
    /// Ceremonies that failed.
    #[serde(default)]
    pub failures: u8,
    /// Whether the person agreed.
    #[serde(default)]
    pub consented: bool,
    /// The session that a sign-in in this visit began, when the visit goes on after it.
    #[serde(default)]
    pub began: Option<SessionId>,
    /// The secret of an authenticator app that waits for its first code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub offered_totp: Option<OfferedTotp>,
    /// Whether a recovery code was spent in this visit.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub recovery_code_spent: bool,
    /// How it ended.
    #[serde(default)]
    pub outcome: Option<Visit>,
}

/// The secret of an authenticator app that is being registered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OfferedTotp(pub Vec<u8>);

impl std::fmt::Debug for OfferedTotp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfferedTotp(..)")
    }
}

impl Progress {
    /// A visit that has just been opened, with the name to begin with.
    #[must_use]
    pub fn beginning(typed_name: Option<String>) -> Self {
        Self { typed_name, ..Self::default() }
    }

    /// Forgets the proofs that wait: they have entered a session.
    pub fn settle(&mut self) {
        self.proofs.clear();
    }

    /// Adds a proof that was verified in this visit.
    pub fn prove(&mut self, proof: &Proof) {
        self.proofs.push(proof.record().clone());
    }

    /// The proofs that wait.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the row mapping of a store: only `prove` adds to the row")]
    pub fn proved(&self) -> Vec<Proof> {
        self.proofs.iter().cloned().map(Proof::from_verified).collect()
    }
}

/// How a visit ended, and where the browser goes then: made once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Done, or failed with a stable reason.
    pub failed: Option<String>,
    /// Absolute.
    pub next: String,
    /// When `next` is of no more use: the code in it has ended.
    pub until: UnixTime,
}

/// The end of a visit, in one transaction: it all happens, or none of it.
#[derive(Debug)]
pub struct Completion {
    /// The visit, with its final progress; its version must be the one that was read.
    pub interaction: Interaction,
    /// The values that it spends; each must be unspent.
    pub spends: Vec<(Spendable, Hashed)>,
    /// The session, and what it now holds.
    pub session: SessionChange,
    /// Whose session it is, and the fact to add.
    pub authentication: Option<(SessionId, UserId, i64, Authentication)>,
    /// What the ceremony leaves on the credential.
    pub credential_use: Option<CredentialUse>,
    /// What changes about the account.
    pub edit: Option<AccountEdit>,
    /// The code that leaves. Never with an edit that raises the generation: it would end with it.
    pub code: Option<CodeIssue>,
    /// The prompts that the person has answered by this: their count is given back.
    pub answers: Option<Hashed>,
    /// What is recorded.
    pub audit: Vec<Entry>,
    /// What the owner is told.
    pub letters: Vec<Letter>,
    /// Now.
    pub now: UnixTime,
}
