use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::ladder::LAPSE_MARGIN;
use super::order::Slot;
use super::{Ladder, Level, LevelId, ProofRecord, Properties};
use crate::UnixTime;

/// A proof that counts for a requirement, and when its ceremony was completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) proof: ProofRecord,
    /// What the proof shows, reduced to what the credential's live state still allows.
    pub(crate) properties: Properties,
    /// When its authentication was completed.
    pub(crate) at: UnixTime,
    /// Made in the interaction of the requirement itself: fresh by definition.
    pub(crate) own: bool,
    /// The most that the credential may count for now.
    pub(crate) live_ceiling: super::Ceiling,
}

/// An inclusion-minimal set of proofs that meets what was asked. Indices into the facts, ascending.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Support {
    pub(crate) facts: Vec<usize>,
}

impl Support {
    pub(crate) fn of<'a>(&'a self, facts: &'a [Fact]) -> impl Iterator<Item = &'a Fact> {
        self.facts.iter().filter_map(|index| facts.get(*index))
    }

    /// The oldest authentication in it.
    pub(crate) fn oldest(&self, facts: &[Fact]) -> Option<UnixTime> {
        self.of(facts).map(|fact| fact.at).min()
    }

    fn is_within(&self, other: &Self) -> bool {
        self.facts.iter().all(|index| other.facts.contains(index))
    }
}

/// Every support of all of `levels` at once that the facts allow at `received`. No level at all is still
/// something: one proof, whichever.
pub(crate) fn every_support(
    ladder: &Ladder,
    levels: &[LevelId],
    facts: &[Fact],
    received: UnixTime,
) -> Vec<Support> {
    if levels.is_empty() {
        let singles = facts.iter().enumerate().filter(|(_, fact)| counts_at_all(ladder, fact));
        return singles.map(|(index, _)| Support { facts: vec![index] }).collect();
    }
    let mut found: Vec<Support> = vec![Support { facts: Vec::new() }];
    for id in levels {
        let Some(level) = ladder.level(*id) else { return Vec::new() };
        let usable: Vec<usize> = facts
            .iter()
            .enumerate()
            .filter(|(_, fact)| counts_toward(ladder, *id, level, fact, received))
            .map(|(index, _)| index)
            .collect();
        let fills: Vec<Vec<usize>> =
            level.alternatives.iter().flat_map(|slots| fills(slots, &usable, facts)).collect();
        let mut joined = Vec::new();
        for base in &found {
            for fill in &fills {
                let union: BTreeSet<usize> = base.facts.iter().chain(fill).copied().collect();
                joined.push(Support { facts: union.into_iter().collect() });
            }
        }
        found = minimal(joined);
    }
    found
}

/// The support that a token reports: the one whose oldest authentication is latest, then of fewest
/// proofs, then phishing-resistant, then by credential.
pub(crate) fn best_support(
    ladder: &Ladder,
    levels: &[LevelId],
    facts: &[Fact],
    received: UnixTime,
) -> Option<Support> {
    every_support(ladder, levels, facts, received).into_iter().min_by_key(|support| {
        let resists = support.of(facts).any(|fact| fact.properties.held().phishing_resistant);
        let mut proofs: Vec<&Fact> = support.of(facts).collect();
        proofs.sort_unstable_by_key(|fact| &fact.proof.credential);
        let credentials: Vec<_> = proofs.iter().map(|fact| fact.proof.credential.clone()).collect();
        // One credential may have proved more than once. The order of the rows must not choose between its
        // proofs: the later one, then the one that shows more, then the one with the higher ceiling.
        let each: Vec<_> = proofs
            .iter()
            .map(|fact| (Reverse((fact.at, fact.own, fact.properties)), fact.proof.ceiling.clone()))
            .collect();
        (Reverse(support.oldest(facts)), support.facts.len(), !resists, credentials, each)
    })
}

/// Whether the fact may stand in a support of the level: within its lifetime and under both ceilings.
fn counts_toward(ladder: &Ladder, id: LevelId, level: &Level, fact: &Fact, received: UnixTime) -> bool {
    // `>`: a level whose last moment has come has lapsed. A proof made for this very request is new.
    let alive = fact.own
        || level.lifetime.is_none_or(|lifetime| fact.at.plus(lifetime).minus(LAPSE_MARGIN) > received);
    alive && ladder.allows(&fact.proof.ceiling, id) && ladder.allows(&fact.live_ceiling, id)
}

fn counts_at_all(ladder: &Ladder, fact: &Fact) -> bool {
    ladder.is_meaningful(&fact.proof.ceiling) && ladder.is_meaningful(&fact.live_ceiling)
}

/// Every way to fill the slots, each by a different credential.
fn fills(slots: &[Slot], usable: &[usize], facts: &[Fact]) -> Vec<Vec<usize>> {
    fn place(
        slots: &[Slot],
        usable: &[usize],
        facts: &[Fact],
        taken: &mut Vec<usize>,
        found: &mut Vec<Vec<usize>>,
    ) {
        let Some((slot, rest)) = slots.split_first() else {
            found.push(taken.clone());
            return;
        };
        for index in usable {
            let Some(fact) = facts.get(*index) else { continue };
            let in_use = taken
                .iter()
                .filter_map(|other| facts.get(*other))
                .any(|other| other.proof.credential == fact.proof.credential);
            if !in_use && slot.filled_by(fact.properties) {
                taken.push(*index);
                place(rest, usable, facts, taken, found);
                taken.pop();
            }
        }
    }
    let mut found = Vec::new();
    place(slots, usable, facts, &mut Vec::new(), &mut found);
    found
}

/// Drops every set that contains another.
fn minimal(mut sets: Vec<Support>) -> Vec<Support> {
    sets.sort_unstable();
    sets.dedup();
    let smaller = |set: &Support| sets.iter().any(|other| other != set && other.is_within(set));
    sets.iter().filter(|set| !smaller(set)).cloned().collect()
}
