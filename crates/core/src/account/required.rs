use std::collections::BTreeSet;

use super::AccountAction;
use crate::assurance::{Ceiling, Fact, Factor, Ladder, LevelId, every_support};
use crate::session::{LiveCredential, Session};
use crate::step_up::{Freshness, Requirement, as_if_proved, counting};
use crate::{Acr, CredentialId, InteractionId, UnixTime};

/// The strongest levels that these credentials reach together, were each of them proved now: none that
/// another of them implies. Several when they cannot be compared, none when no credential counts.
#[must_use]
pub fn reach(ladder: &Ladder, live: &[LiveCredential]) -> Vec<Acr> {
    let at = UnixTime(0);
    let facts: Vec<Fact> = live.iter().map(|live| as_if_proved(live, at)).collect();
    names(ladder, &strongest_met(ladder, &facts, at))
}

/// What `action` requires: all of the strongest levels that the account reaches; for a change, proved in this
/// very visit.
///
/// This is at once the level that the changed credential can unlock and that of the account's strongest
/// factor (the first implies the second, as nothing unlocks more than all of them together). An account whose
/// only credential is a password asks for the password again: what is registered then has the ceiling of that
/// session.
#[must_use]
pub fn required(
    action: &AccountAction,
    interaction: InteractionId,
    received: UnixTime,
    live: &[LiveCredential],
    ladder: &Ladder,
) -> Requirement {
    let all = Requirement::new(interaction, received);
    let all = reach(ladder, live).into_iter().fold(all, |all, acr| all.with_floor(vec![acr]));
    if action.changes() { all.with_freshness(Freshness::ThisInteraction) } else { all }
}

/// Whether a credential can be removed and something is still left to sign in with. A code of an app is
/// nothing to begin with: it does not say whose it is.
#[must_use]
pub fn may_remove(credential: &CredentialId, live: &[LiveCredential], ladder: &Ladder) -> bool {
    let is_there = live.iter().any(|live| live.id == *credential);
    let begins = |live: &&LiveCredential| live.id != *credential && live.factor != Factor::Totp;
    let rest: Vec<LiveCredential> = live.iter().filter(begins).cloned().collect();
    !is_there || !reach(ladder, &rest).is_empty()
}

/// The ceiling of a credential that `session` enrols at `now`: what the session itself meets, and no more
/// (rule 8). A session in which nothing counts enrols a credential that lifts nobody.
#[must_use]
pub fn ceiling_of(session: &Session, live: &[LiveCredential], ladder: &Ladder, now: UnixTime) -> Ceiling {
    let anything = Requirement::new(InteractionId::new(""), now);
    let facts = counting(session, &anything, live);
    Ceiling::UpTo(names(ladder, &strongest_met(ladder, &facts, now)).into_iter().collect::<BTreeSet<_>>())
}

fn strongest_met(ladder: &Ladder, facts: &[Fact], at: UnixTime) -> Vec<LevelId> {
    let met: Vec<LevelId> =
        ladder.ids().filter(|level| !every_support(ladder, &[*level], facts, at).is_empty()).collect();
    met.iter()
        .copied()
        .filter(|level| !met.iter().any(|other| other != level && ladder.at_least(*other, *level)))
        .collect()
}

fn names(ladder: &Ladder, levels: &[LevelId]) -> Vec<Acr> {
    levels.iter().filter_map(|level| ladder.level(*level)).map(|level| level.acr.clone()).collect()
}
