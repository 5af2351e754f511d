//! The decision about an action, and the least step-up that would turn it into a permit.

use cedar_policy::{Authorizer, Decision as Verdict, Effect};
use riser_core::assurance::Ladder;
use riser_core::{Acr, Seconds};

use crate::Window;
use crate::evidence::{Evidence, Reach};
use crate::load::Policies;
use crate::request::{Prepared, Request};

/// The answer about an action. Each names the rules that decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// Permitted as things stand.
    Permit {
        /// The rules that permit it.
        policies: Vec<String>,
    },
    /// Permitted once this is proved, and nothing less would do.
    StepUp(Asked),
    /// Permitted once this is proved, by a factor that the person would have to register first.
    Enrol(Asked),
    /// Not permitted, whatever is proved.
    Deny {
        /// The rules that forbid it; none when no rule permits it.
        policies: Vec<String>,
        /// Said to people.
        reason: Option<String>,
        /// For the operator alone: why the rules could not be asked.
        fault: Option<String>,
    },
}

/// What has to be proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The level.
    pub acr: Acr,
    /// The oldest proof that would do; any that the level takes when there is none.
    pub max_age: Option<Seconds>,
    /// The rules that ask: those that forbid as things stand, or else those that would permit.
    pub policies: Vec<String>,
    /// Said to people.
    pub reason: Option<String>,
    /// Each of those rules lets its proof serve every such action for so long.
    pub window: Option<Window>,
}

/// What one evaluation came to.
struct Evaluated {
    permits: bool,
    /// The rules that determined it.
    policies: Vec<String>,
    fault: Option<String>,
}

/// Decides about an action: with the session as it is, and else as if it held each level in each window that the
/// person could reach, cheapest first. The least effort is the weakest level, and of one level the longest window.
///
/// `reach` is asked only when the session as it is does not do. At most one evaluation for each pair of a level and a
/// window (any age being one more), and one for the session as it is.
pub fn decide(
    policies: &Policies,
    request: &Request,
    evidence: &Evidence,
    ladder: &Ladder,
    reach: &dyn Fn(&Acr, Option<Seconds>) -> Reach,
) -> Decision {
    decide_counting(policies, request, evidence, ladder, reach, &mut 0)
}

/// The same, counting its evaluations.
pub(crate) fn decide_counting(
    policies: &Policies,
    request: &Request,
    evidence: &Evidence,
    ladder: &Ladder,
    reach: &dyn Fn(&Acr, Option<Seconds>) -> Reach,
    evaluations: &mut usize,
) -> Decision {
    let prepared = match Prepared::new(policies, request) {
        Ok(prepared) => prepared,
        Err(fault) => return Decision::Deny { policies: Vec::new(), reason: None, fault: Some(fault) },
    };
    let mut evaluate = |evidence: &Evidence| {
        *evaluations += 1;
        evaluate(&prepared, evidence)
    };
    let now = evaluate(evidence);
    if now.permits {
        return Decision::Permit { policies: policies.in_order(now.policies) };
    }
    // A rule that fails to evaluate is no less in the way after a proof.
    if now.fault.is_some() {
        let (named, reason) = policies.named(now.policies);
        return Decision::Deny { policies: named, reason, fault: now.fault };
    }
    let mut wait_for_enrolment = Vec::new();
    for (level, window) in cheapest_first(policies, ladder) {
        // What is held already is no step-up: nobody would be asked for it.
        if evidence.holds(level, &policies.windows, window) {
            continue;
        }
        let max_age = window.map(Window::length);
        match reach(level, max_age) {
            Reach::Never => {}
            Reach::Enrolment => wait_for_enrolment.push((level, max_age)),
            Reach::Prompt => {
                let raised = evaluate(&raised(policies, evidence, ladder, level, max_age));
                if raised.permits {
                    return Decision::StepUp(policies.asked(level, max_age, now.policies, raised.policies));
                }
            }
        }
    }
    for (level, max_age) in wait_for_enrolment {
        let raised = evaluate(&raised(policies, evidence, ladder, level, max_age));
        if raised.permits {
            return Decision::Enrol(policies.asked(level, max_age, now.policies, raised.policies));
        }
    }
    let (named, reason) = policies.named(now.policies);
    Decision::Deny { policies: named, reason, fault: None }
}

/// Every pair of a level and a window: the weakest level first, and of one level any age, then the longest window.
fn cheapest_first<'p>(
    policies: &'p Policies,
    ladder: &'p Ladder,
) -> impl Iterator<Item = (&'p Acr, Option<&'p Window>)> {
    ladder.levels().into_iter().flat_map(|level| {
        std::iter::once((level, None)).chain(policies.windows.iter().map(move |window| (level, Some(window))))
    })
}

fn raised(
    policies: &Policies,
    evidence: &Evidence,
    ladder: &Ladder,
    level: &Acr,
    max_age: Option<Seconds>,
) -> Evidence {
    let implied = ladder.names().into_iter().filter(|name| ladder.is_at_least(level, name));
    evidence.raised(&implied.cloned().collect::<Vec<_>>(), &policies.windows, max_age)
}

fn evaluate(prepared: &Prepared<'_>, evidence: &Evidence) -> Evaluated {
    let request = match prepared.with(evidence) {
        Ok(request) => request,
        Err(fault) => return Evaluated { permits: false, policies: Vec::new(), fault: Some(fault) },
    };
    let response = Authorizer::new().is_authorized(&request, &prepared.slice.rules, &prepared.entities);
    // Cedar passes over a rule that fails. Here it denies: what a failing forbid would have said is not known.
    let fault = response.diagnostics().errors().next().map(ToString::to_string);
    Evaluated {
        permits: response.decision() == Verdict::Allow && fault.is_none(),
        policies: response.diagnostics().reason().map(ToString::to_string).collect(),
        fault,
    }
}

impl Policies {
    /// Names of rules as they stand in the files.
    fn in_order(&self, mut names: Vec<String>) -> Vec<String> {
        let place = |name: &String| self.rules.get(name).map(|rule| (rule.file.clone(), rule.line));
        names.sort_by_key(place);
        names
    }

    /// The rules in order, and what the first of them says to people.
    fn named(&self, names: Vec<String>) -> (Vec<String>, Option<String>) {
        let names = self.in_order(names);
        let reason = names.iter().find_map(|name| self.rules.get(name).and_then(|rule| rule.reason.clone()));
        (names, reason)
    }

    /// What is asked, and by which rules: those in the way now, or those that a proof would open.
    fn asked(&self, level: &Acr, max_age: Option<Seconds>, now: Vec<String>, then: Vec<String>) -> Asked {
        let forbids = |name: &String| self.rules.get(name).is_some_and(|rule| rule.effect == Effect::Forbid);
        let in_the_way: Vec<String> = now.into_iter().filter(forbids).collect();
        let (policies, reason) = self.named(if in_the_way.is_empty() { then } else { in_the_way });
        let windows: Option<Vec<Window>> =
            policies.iter().map(|name| self.rules.get(name).and_then(|rule| rule.window.clone())).collect();
        let window = windows.and_then(|windows| windows.into_iter().min_by_key(Window::length));
        Asked { acr: level.clone(), max_age, policies, reason, window }
    }
}
