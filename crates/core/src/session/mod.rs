//! One person at one browser: the list of what they proved, never a level.

use serde::{Deserialize, Serialize};

use crate::assurance::{Ceiling, Factor, Proof, ProofRecord, Properties};
use crate::transaction::Digest;
use crate::{CredentialId, InteractionId, Seconds, SessionId, UnixTime, UserId};

/// How long an interaction lives, and so how long ago a request can have arrived that is still open.
pub const INTERACTION_LIFETIME: Seconds = Seconds(600);

/// One completed ceremony: what was proved in it, and when. A fact: never edited, never re-dated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// When the last of its proofs was verified.
    pub at: UnixTime,
    /// The visit that it was made in.
    pub interaction: InteractionId,
    /// The transaction that its challenge was bound to.
    pub bound_to: Option<Digest>,
    /// What was proved, each by its own verifier.
    pub proofs: Vec<Proof>,
}

/// One browser's window on an account, never the account's own state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// `sid` on the wire; it survives a step-up.
    pub id: SessionId,
    /// The person.
    pub user: UserId,
    /// Everything proved in it.
    pub authentications: Vec<Authentication>,
}

impl Session {
    /// The session as it is once `completed` is added.
    #[must_use]
    pub fn with(mut self, completed: Authentication) -> Self {
        self.authentications.push(completed);
        self
    }

    /// Positions of the authentications that can never again change a decision: each of their proofs was
    /// made again later by the same credential with no less to show, and so long ago that every request
    /// still open arrived after that. A store may forget them; the audit log does not.
    #[must_use]
    pub fn superseded(&self, now: UnixTime) -> Vec<usize> {
        let settled = now.minus(INTERACTION_LIFETIME);
        let outdone = |index: usize, at: UnixTime, proof: &ProofRecord| {
            self.authentications.iter().enumerate().any(|(other, later)| {
                let newer = later.at > at || (later.at == at && other > index);
                newer
                    && later.at < settled
                    && later.proofs.iter().map(Proof::record).any(|again| {
                        again.credential == proof.credential
                            && again.factor == proof.factor
                            && again.ceiling == proof.ceiling
                            && again.properties.includes(proof.properties)
                    })
            })
        };
        self.authentications
            .iter()
            .enumerate()
            .filter(|(index, past)| past.proofs.iter().all(|proof| outdone(*index, past.at, proof.record())))
            .map(|(index, _)| index)
            .collect()
    }
}

/// A registered factor as it stands now. It can only take away from what was proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveCredential {
    /// The credential.
    pub id: CredentialId,
    /// Its factor.
    pub factor: Factor,
    /// The most that a proof by it can show.
    pub properties: Properties,
    /// How far it may lift a session.
    pub ceiling: Ceiling,
}

impl LiveCredential {
    /// A credential that somebody might have: the best of its factor, without a ceiling.
    #[must_use]
    pub fn anyones(factor: Factor, properties: Properties) -> Self {
        let id = CredentialId::new(format!("any {}", factor.name()));
        Self { id, factor, properties, ceiling: Ceiling::Unlimited }
    }
}
