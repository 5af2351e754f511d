//! What is kept to rehearse rules on, and to see signals by.

use riser_core::assurance::{Proof, ProofRecord};
use riser_core::session::{Authentication, LiveCredential, Session};
use riser_core::transaction::Digest;
use riser_core::{InteractionId, SessionId, UnixTime, UserId};
use serde::{Deserialize, Serialize};

use crate::Hashed;

/// A question about an action as it was asked, for a replay. Never anything that opens something.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedDecision {
    /// When.
    pub at: UnixTime,
    /// What was asked and answered, as its keeper writes it.
    pub question: String,
    /// What the person had proved, and could prove.
    pub facts: RecordedFacts,
}

/// A session's facts without the session: what was proved and when, and with which credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFacts {
    user: UserId,
    past: Vec<Past>,
    /// The person's credentials as they counted then.
    pub live: Vec<LiveCredential>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Past {
    at: UnixTime,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    bound_to: Option<Digest>,
    proofs: Vec<ProofRecord>,
}

impl RecordedFacts {
    /// The facts of a session.
    #[must_use]
    pub fn of(session: &Session, live: &[LiveCredential]) -> Self {
        let past = |past: &Authentication| Past {
            at: past.at,
            bound_to: past.bound_to,
            proofs: past.proofs.iter().map(|proof| proof.record().clone()).collect(),
        };
        Self {
            user: session.user.clone(),
            past: session.authentications.iter().map(past).collect(),
            live: live.to_vec(),
        }
    }

    /// The session that they are of, as a decision reads it. It names no session that anybody has.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "the row mapping of a store: gives back what a verifier had made"
    )]
    pub fn session(&self) -> Session {
        let authentication = |past: &Past| Authentication {
            at: past.at,
            interaction: InteractionId::new("recorded"),
            bound_to: past.bound_to,
            proofs: past.proofs.iter().cloned().map(Proof::from_verified).collect(),
        };
        Session {
            id: SessionId::new(""),
            user: self.user.clone(),
            authentications: self.past.iter().map(authentication).collect(),
        }
    }
}

/// That a person proved something in a session, in which browser and on which network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// The browser, by the value that it was given.
    pub device: Hashed,
    /// The network.
    pub network: Hashed,
    /// When.
    pub at: UnixTime,
}
