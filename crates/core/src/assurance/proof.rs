use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Factor, Properties};
use crate::{Acr, CredentialId};

/// How far a credential may lift a session: the guard against enrolling one's way up.
///
/// A credential registered in the act that created the account has the ceiling its creator states; any
/// later one has that of the session which enrolled it, or the one that an enrolment grant names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ceiling {
    /// As far as its proofs reach.
    Unlimited,
    /// Up to one of these levels: those that the enrolling session met. Empty: to nothing.
    UpTo(BTreeSet<Acr>),
}

/// What a verified proof consists of: a plain value, for storage and for display.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProofRecord {
    /// What was proved.
    pub factor: Factor,
    /// The registered factor that was used.
    pub credential: CredentialId,
    /// What the proof showed, this time.
    pub properties: Properties,
    /// The credential's ceiling at that moment.
    pub ceiling: Ceiling,
}

/// One factor, proved. Only the verifier of the factor makes one; a store gives back what it was given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Proof(ProofRecord);

impl Proof {
    /// Vouches that `record` was verified. A disallowed method except where a verification has just
    /// succeeded, or where a store reads back a row that it wrote.
    #[must_use]
    pub fn from_verified(record: ProofRecord) -> Self {
        Self(record)
    }

    /// What was proved.
    #[must_use]
    pub fn record(&self) -> &ProofRecord {
        &self.0
    }
}
