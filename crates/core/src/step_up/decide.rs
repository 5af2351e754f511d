use super::candidates::{Candidate, candidates};
use super::facts::counting;
use super::requirement::{Demand, Requirement};
use super::satisfied::{Report, Satisfied, strongest};
use crate::assurance::{Fact, Factor, Ladder, Properties, best_support};
use crate::session::{LiveCredential, Session};

/// What the decision stands on besides the session: the operator's ladder, and which factors a person of
/// this installation could come to register.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The checked ladder.
    pub ladder: Ladder,
    /// Each factor that can be enrolled here, with the most that a proof by it can show.
    pub enrollable: Vec<(Factor, Properties)>,
}

/// The answer to a requirement. Each outcome carries all that its caller must say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::large_enum_variant, reason = "the usual answer, made once a request and never collected")]
pub enum Decision {
    /// Met.
    Satisfied(Satisfied),
    /// Not met; each candidate would meet it. Never empty.
    StepUp(Vec<Candidate>),
    /// Not met, and no registered credential can help.
    Enrol(Enrol),
    /// Nothing could meet it.
    Unmet(Unmet),
}

/// What the person would have to register. Whether they may, here and now, is never decided by what they
/// lack: a credential enrolled to satisfy a request has the ceiling of the session and cannot (rule 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrol {
    /// Factors that would do, each by itself beside what the person has, and the most that each can show.
    pub ways: Vec<(Factor, Properties)>,
}

impl Enrol {
    /// The factors that would do.
    #[must_use]
    pub fn factors(&self) -> Vec<Factor> {
        let mut factors: Vec<Factor> = self.ways.iter().map(|(factor, _)| *factor).collect();
        factors.dedup();
        factors
    }

    /// Whether nothing but a key that is bound to its hardware would do.
    #[must_use]
    pub fn takes_hardware(&self) -> bool {
        self.ways.iter().all(|(_, properties)| properties.held().hardware_bound)
    }
}

/// Why nothing could meet a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// It names only levels that this installation does not know.
    UnknownLevel,
    /// No factor that can be registered here reaches it.
    Unreachable,
}

/// Decides whether `session` meets `requirement`, and if not, what is the least that would.
///
/// `live` are the person's credentials as they stand now: they can only take away from what was proved.
/// Proofs of the running interaction are in the session as an authentication of that interaction.
pub fn decide(
    session: &Session,
    requirement: &Requirement,
    live: &[LiveCredential],
    ground: &Ground,
) -> Decision {
    let decision = decide_demands(session, requirement, live, ground, true);
    match decision {
        // Registered as voluntary: try, and else say the truth (OIDC Core §5.5.1.1).
        Decision::Enrol(_) | Decision::Unmet(_) if requirement.is_voluntary() => {
            decide_demands(session, requirement, live, ground, false)
        }
        decision => decision,
    }
}

/// The candidates of a person who is not known yet: what anyone could use to meet `requirement`, so that
/// nothing is told of who has which credential. A code of an app is nothing to begin with: it does not say whose
/// it is.
#[must_use]
pub fn ways_to_sign_in(requirement: &Requirement, ground: &Ground) -> Vec<Candidate> {
    let demands = requirement.demands(&ground.ladder, true);
    let demands = if demands.is_empty() { requirement.demands(&ground.ladder, false) } else { demands };
    let begins = |candidate: &Candidate| candidate.proofs.iter().any(|wanted| wanted.factor != Factor::Totp);
    let all = candidates(&ground.ladder, requirement, &demands, &[], &anyone(ground));
    all.into_iter().filter(begins).collect()
}

/// What a person could have here of whom nothing is known, or may be told.
#[must_use]
pub fn anyone(ground: &Ground) -> Vec<LiveCredential> {
    ground
        .enrollable
        .iter()
        .map(|(factor, properties)| LiveCredential::anyones(*factor, *properties))
        .collect()
}

fn decide_demands(
    session: &Session,
    requirement: &Requirement,
    live: &[LiveCredential],
    ground: &Ground,
    with_asked: bool,
) -> Decision {
    let ladder = &ground.ladder;
    let demands = requirement.demands(ladder, with_asked);
    if demands.is_empty() {
        return Decision::Unmet(Unmet::UnknownLevel);
    }
    let held = counting(session, requirement, live);
    for demand in &demands {
        let report = report(ladder, requirement, demand, &held);
        let satisfied = report.and_then(|report| Satisfied::new(ladder, session, requirement, report, &held));
        if let Some(satisfied) = satisfied {
            return Decision::Satisfied(satisfied);
        }
    }
    let found = candidates(ladder, requirement, &demands, &held, live);
    if !found.is_empty() {
        return Decision::StepUp(found);
    }
    let ways: Vec<(Factor, Properties)> = ground
        .enrollable
        .iter()
        .filter(|(factor, properties)| {
            // Beside what the person has, not instead of it.
            let mut with_new = live.to_vec();
            with_new.push(LiveCredential::anyones(*factor, *properties));
            !candidates(ladder, requirement, &demands, &held, &with_new).is_empty()
        })
        .copied()
        .collect();
    if ways.is_empty() { Decision::Unmet(Unmet::Unreachable) } else { Decision::Enrol(Enrol { ways }) }
}

/// What is reported of the support that meets the demand: the asked value, or else the strongest level.
fn report(ladder: &Ladder, requirement: &Requirement, demand: &Demand, held: &[Fact]) -> Option<Report> {
    let received = requirement.received();
    match &demand.report {
        Some(acr) => best_support(ladder, &demand.levels, held, received)
            .map(|support| Report { acr: Some(acr.clone()), support }),
        None => {
            strongest(ladder, &demand.levels, held, received).map(|(acr, support)| Report { acr, support })
        }
    }
}
