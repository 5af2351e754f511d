//! Which recorded proofs count for a requirement, and as what.

use super::requirement::{Freshness, Requirement};
use crate::Seconds;
use crate::assurance::Fact;
use crate::session::{Authentication, LiveCredential, Session};

/// The most that `max_age` is tightened by, so that what is answered without a prompt is still fresh when
/// the relying party checks it.
const FRESHNESS_MARGIN: Seconds = Seconds(30);

/// The proofs of the session that count. Doubt counts for nothing: a proof dated after the request arrived,
/// of a credential that is not live, of another transaction.
pub(crate) fn counting(session: &Session, requirement: &Requirement, live: &[LiveCredential]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for authentication in &session.authentications {
        let own = authentication.interaction == *requirement.interaction();
        if !counts(authentication, own, requirement) {
            continue;
        }
        for proof in &authentication.proofs {
            let proof = proof.record();
            let Some(credential) = live.iter().find(|live| live.id == proof.credential) else { continue };
            let Some(properties) = proof.properties.at_most(credential.properties) else { continue };
            if credential.factor != proof.factor {
                continue;
            }
            facts.push(Fact {
                proof: proof.clone(),
                properties,
                at: authentication.at,
                own,
                live_ceiling: credential.ceiling.clone(),
            });
        }
    }
    without_outdone(facts)
}

fn counts(authentication: &Authentication, own: bool, requirement: &Requirement) -> bool {
    if requirement.binding().is_some() {
        // Facts held from before never count toward an action; nor does a proof of another transaction.
        return own && authentication.bound_to == requirement.binding();
    }
    if own {
        return true;
    }
    // Nothing moves after arrival: a later or future-dated proof is not this request's.
    if authentication.at > requirement.received() {
        return false;
    }
    match requirement.freshness() {
        Freshness::ThisInteraction => false,
        Freshness::AnyAge => true,
        Freshness::Within(max_age) => {
            let margin = Seconds(FRESHNESS_MARGIN.0.min(max_age.0 / 2));
            authentication.at >= requirement.received().minus(max_age).plus(margin)
        }
    }
}

/// Keeps, of each credential, only proofs that no later one outdoes. It changes no result and bounds the
/// work by the number of credentials, not by the age of the session.
fn without_outdone(facts: Vec<Fact>) -> Vec<Fact> {
    let outdone = |index: usize, fact: &Fact| {
        facts.iter().enumerate().any(|(other, later)| {
            let newer = (later.at, later.own) > (fact.at, fact.own)
                || ((later.at, later.own) == (fact.at, fact.own) && other > index);
            newer
                && (later.own || !fact.own)
                && later.proof.credential == fact.proof.credential
                && later.proof.ceiling == fact.proof.ceiling
                && later.properties.includes(fact.properties)
        })
    };
    facts
        .iter()
        .enumerate()
        .filter(|(index, fact)| !outdone(*index, fact))
        .map(|(_, fact)| fact.clone())
        .collect()
}
