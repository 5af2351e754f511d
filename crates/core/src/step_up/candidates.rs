use super::requirement::{Demand, Requirement};
use crate::assurance::{Fact, Factor, Ladder, Properties, every_support};
use crate::session::LiveCredential;
use crate::{CredentialId, UnixTime};

/// One way to meet a requirement from here: proofs to make, each by a registered credential, showing at
/// least the properties named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What to prove, in the order it is best asked.
    pub proofs: Vec<Wanted>,
}

/// A proof that a candidate asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Its factor.
    pub factor: Factor,
    /// The credential to use.
    pub credential: CredentialId,
    /// What the proof must show.
    pub properties: Properties,
}

impl Candidate {
    fn effort(&self) -> u32 {
        self.proofs.iter().map(|wanted| wanted.factor.effort()).sum()
    }

    fn is_within(&self, other: &Self) -> bool {
        self.proofs
            .iter()
            .all(|wanted| other.proofs.iter().any(|theirs| theirs.credential == wanted.credential))
    }
}

/// The candidates of all demands: in the caller's order, then least effort; none contains another.
/// `credentials` are those that the person could use now.
pub(super) fn candidates(
    ladder: &Ladder,
    requirement: &Requirement,
    demands: &[Demand],
    held: &[Fact],
    credentials: &[LiveCredential],
) -> Vec<Candidate> {
    let usable = credentials
        .iter()
        // A transaction is approved by signing it; what cannot sign it is not asked for.
        .filter(|live| requirement.binding().is_none() || live.factor.signs_a_challenge());
    let mut facts = held.to_vec();
    facts.extend(usable.map(|live| as_if_proved(live, requirement.received())));
    let mut found: Vec<Candidate> = Vec::new();
    for demand in demands {
        let mut of_demand: Vec<Candidate> =
            every_support(ladder, &demand.levels, &facts, requirement.received())
                .iter()
                .map(|support| Candidate { proofs: new_proofs(&support.facts, &facts, held.len()) })
                .filter(|candidate| !candidate.proofs.is_empty())
                .collect();
        of_demand.sort_by_key(|candidate| (candidate.proofs.len(), candidate.effort()));
        found.extend(of_demand);
    }
    without_larger(found)
}

/// The proof that the credential would make, were it asked at `at`.
pub(crate) fn as_if_proved(live: &LiveCredential, at: UnixTime) -> Fact {
    Fact {
        proof: crate::assurance::ProofRecord {
            factor: live.factor,
            credential: live.id.clone(),
            properties: live.properties,
            ceiling: live.ceiling.clone(),
        },
        properties: live.properties,
        at,
        own: true,
        live_ceiling: live.ceiling.clone(),
    }
}

fn new_proofs(support: &[usize], facts: &[Fact], held: usize) -> Vec<Wanted> {
    let new = support.iter().filter(|index| **index >= held).filter_map(|index| facts.get(*index));
    let mut proofs: Vec<Wanted> = new
        .map(|fact| Wanted {
            factor: fact.proof.factor,
            credential: fact.proof.credential.clone(),
            properties: fact.properties,
        })
        .collect();
    // What is known before what is held: the last proof releases the code, and only a signature is bound.
    proofs.sort_by_key(|wanted| (wanted.factor.signs_a_challenge(), wanted.clone()));
    proofs
}

/// Drops each candidate that contains another, wherever it stands, and repetitions.
fn without_larger(found: Vec<Candidate>) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in &found {
        let contains_another = found
            .iter()
            .any(|other| other.proofs.len() < candidate.proofs.len() && other.is_within(candidate));
        let repeats = kept.iter().any(|other| other.is_within(candidate) && candidate.is_within(other));
        if !contains_another && !repeats {
            kept.push(candidate.clone());
        }
    }
    kept
}
