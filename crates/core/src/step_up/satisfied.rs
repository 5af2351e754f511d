use crate::assurance::{Fact, Ladder, LevelId, Support, amr, best_support, every_support};
use crate::session::{LiveCredential, Session};
use crate::transaction::Digest;
use crate::{Acr, CredentialId, InteractionId, SessionId, UnixTime, UserId};

use super::facts::counting;
use super::requirement::Requirement;

/// The requirement is met, and by what. Only [`decide`](super::decide) makes one, and nothing is minted
/// without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Satisfied {
    session: SessionId,
    user: UserId,
    interaction: InteractionId,
    acr: Option<Acr>,
    acr_satisfied: Vec<Acr>,
    amr: Vec<String>,
    auth_time: UnixTime,
    lapses_at: Option<UnixTime>,
    bound_to: Option<Digest>,
    support: Vec<Supporting>,
}

/// One proof of a support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supporting {
    /// The credential that was used.
    pub credential: CredentialId,
    /// When its authentication was completed.
    pub at: UnixTime,
}

impl Satisfied {
    pub(super) fn new(
        ladder: &Ladder,
        session: &Session,
        requirement: &Requirement,
        report: Report,
        facts: &[Fact],
    ) -> Option<Self> {
        let Report { acr, support } = report;
        let auth_time = support.oldest(facts)?;
        let proofs: Vec<Fact> = support.of(facts).cloned().collect();
        let met: Vec<LevelId> = ladder
            .ids()
            .rev()
            .filter(|level| !every_support(ladder, &[*level], &proofs, requirement.received()).is_empty())
            .collect();
        let lapse = |level: LevelId| {
            ladder.level(level).and_then(|level| level.lifetime).map(|lifetime| auth_time.plus(lifetime))
        };
        let reported = acr.as_ref().and_then(|acr| ladder.find(acr));
        let lapses_at = reported.and_then(lapse);
        // Guards test membership until the token expires: what lapses before the reported level is not said.
        let lasting = |level: &LevelId| match (lapse(*level), lapses_at) {
            (None, _) => true,
            (Some(lapse), Some(reported)) => lapse >= reported,
            (Some(_), None) => true,
        };
        let acr_satisfied: Vec<LevelId> = met.into_iter().filter(lasting).collect();
        let soonest = acr_satisfied.iter().filter_map(|level| lapse(*level)).min();
        Some(Self {
            session: session.id.clone(),
            user: session.user.clone(),
            interaction: requirement.interaction().clone(),
            acr,
            acr_satisfied: acr_satisfied
                .iter()
                .filter_map(|level| ladder.level(*level))
                .flat_map(|level| level.names().cloned())
                .collect(),
            amr: amr(proofs.iter().map(|fact| &fact.proof)),
            auth_time,
            lapses_at: soonest,
            bound_to: requirement.binding(),
            support: proofs
                .iter()
                .map(|fact| Supporting { credential: fact.proof.credential.clone(), at: fact.at })
                .collect(),
        })
    }

    /// The session that was decided on.
    #[must_use]
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// The person.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// The visit whose requirement is met.
    #[must_use]
    pub fn interaction(&self) -> &InteractionId {
        &self.interaction
    }

    /// What the token says: the first asked value that is met, in the caller's spelling, or the strongest
    /// level when none was asked.
    #[must_use]
    pub fn acr(&self) -> Option<&Acr> {
        self.acr.as_ref()
    }

    /// Every configured name that the support meets for as long as the reported level lasts.
    #[must_use]
    pub fn acr_satisfied(&self) -> &[Acr] {
        &self.acr_satisfied
    }

    /// Exactly the methods of the support.
    #[must_use]
    pub fn amr(&self) -> &[String] {
        &self.amr
    }

    /// The oldest authentication in the support: every factor behind the acr was proved in a ceremony that
    /// ended at or after this and lasted at most ten minutes.
    #[must_use]
    pub fn auth_time(&self) -> UnixTime {
        self.auth_time
    }

    /// When the first of the levels that a token names lapses. No token may outlive it.
    #[must_use]
    pub fn lapses_at(&self) -> Option<UnixTime> {
        self.lapses_at
    }

    /// The transaction that the proof is bound to.
    #[must_use]
    pub fn bound_to(&self) -> Option<Digest> {
        self.bound_to
    }

    /// The proofs that it rests on.
    #[must_use]
    pub fn support(&self) -> &[Supporting] {
        &self.support
    }
}

/// What is said, and by which proofs.
pub(super) struct Report {
    pub(super) acr: Option<Acr>,
    pub(super) support: Support,
}

/// What a session holds, for people to see. It satisfies nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The strongest level held, by the order of the file among incomparable ones.
    pub acr: Option<Acr>,
    /// The oldest authentication behind it.
    pub auth_time: UnixTime,
    /// Its methods.
    pub amr: Vec<String>,
}

/// What `session` holds at `requirement`'s arrival, whatever that asks. `None` when nothing in it counts.
#[must_use]
pub fn held(ladder: &Ladder, session: &Session, live: &[LiveCredential], at: UnixTime) -> Option<Held> {
    let anything = Requirement::new(InteractionId::new(""), at);
    let facts = counting(session, &anything, live);
    let (acr, support) = strongest(ladder, &[], &facts, at)?;
    Some(Held {
        acr,
        auth_time: support.oldest(&facts)?,
        amr: amr(support.of(&facts).map(|fact| &fact.proof)),
    })
}

/// The strongest level that the facts meet together with `floor`, and its support; with no level met, the
/// best support of the floor alone, and no name.
pub(super) fn strongest(
    ladder: &Ladder,
    floor: &[LevelId],
    facts: &[Fact],
    received: UnixTime,
) -> Option<(Option<Acr>, Support)> {
    for level in ladder.ids().rev() {
        let mut levels = floor.to_vec();
        levels.push(level);
        if let Some(support) = best_support(ladder, &levels, facts, received) {
            return Some((ladder.level(level).map(|level| level.acr.clone()), support));
        }
    }
    best_support(ladder, floor, facts, received).map(|support| (None, support))
}
