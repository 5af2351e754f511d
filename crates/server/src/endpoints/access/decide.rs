//! The decision about one question: by the session as it is, or, where the application names a transaction, by a proof
//! that is bound to it.

use riser_core::protocol::Client;
use riser_core::transaction::{AuthorizationDetails, Digest};
use riser_core::{Acr, UnixTime};
use riser_policy::{
    Decision, Evidence, Policies, Reach, Request, Window, decide as by_rules, evidence, reach,
};
use riser_wire::{AccessTokenClaims, Seconds};

use super::answer::Answer;
use super::question::Question;
use super::who::Who;
use crate::app::App;

pub(super) fn decide(
    app: &App,
    policies: &Policies,
    client: &Client,
    question: &Question,
    who: &Who,
) -> Answer {
    let now = app.now();
    let details = match &question.details {
        None => None,
        Some(details) => {
            match AuthorizationDetails::parse(&details.to_string(), &app.provider.details_types) {
                Ok(details) => Some(details),
                Err(error) => return Answer::unreadable(error.to_string()),
            }
        }
    };
    let request = Request {
        user: who.name.clone(),
        user_attributes: question.subject_attributes.clone(),
        action: question.action.clone(),
        resource_type: question.resource_type.clone(),
        resource: question.resource.clone(),
        resource_attributes: question.resource_attributes.clone(),
        attributes: question.attributes.clone(),
        client: client.id.as_str().to_owned(),
        risk: question.risk.clone(),
        at: Some(now),
    };
    let deciding = Deciding { app, policies, request, who, now };
    let (decision, bound) = match details {
        None => (deciding.unbound(&deciding.evidence()), None),
        Some(details) => deciding.bound(details),
    };
    if let Decision::Deny { fault: Some(fault), .. } = &decision {
        tracing::warn!(action = question.action, client = %client.id, %fault, "A decision was denied for a fault");
    }
    Answer::of(decision, bound, who)
}

struct Deciding<'d> {
    app: &'d App,
    policies: &'d Policies,
    request: Request,
    who: &'d Who,
    now: UnixTime,
}

impl Deciding<'_> {
    fn evidence(&self) -> Evidence {
        let ground = &self.app.provider.ground;
        evidence(self.policies.windows(), &self.who.session, &self.who.live, ground, self.now)
    }

    fn by(&self, held: &Evidence, reach: &dyn Fn(&Acr, Option<Seconds>) -> Reach) -> Decision {
        by_rules(self.policies, &self.request, held, &self.app.provider.ground.ladder, reach)
    }

    fn unbound(&self, held: &Evidence) -> Decision {
        let ground = &self.app.provider.ground;
        self.by(held, &reach(&self.who.session, &self.who.live, ground, None, self.now))
    }

    /// A proof of this very transaction is asked for, whatever the session holds; unless each rule that asks lets a proof
    /// serve every such action for a while, and then what was proved within that while counts.
    fn bound(&self, details: AuthorizationDetails) -> (Decision, Option<AuthorizationDetails>) {
        let ground = &self.app.provider.ground;
        let windows = self.policies.windows();
        let held = match self.who.token.as_ref().filter(|token| is_of(token, details.digest())) {
            Some(token) => proved_by(token, windows, self.now),
            None => Evidence::nothing(windows),
        };
        let bound =
            self.by(&held, &reach(&self.who.session, &self.who.live, ground, Some(&details), self.now));
        let (Decision::StepUp(asked) | Decision::Enrol(asked)) = &bound else { return (bound, None) };
        let Some(window) = &asked.window else { return (bound, Some(details)) };
        match self.unbound(&self.evidence().only_within(windows, window)) {
            Decision::Permit { policies } => (Decision::Permit { policies }, None),
            Decision::StepUp(mut step) if step.window.is_some() => {
                let longest = window.length();
                step.max_age = Some(step.max_age.map_or(longest, |max_age| max_age.min(longest)));
                (Decision::StepUp(step), None)
            }
            _ => (bound, Some(details)),
        }
    }
}

/// Whether a token was granted for this transaction. That it was not spent yet is found out by who spends it.
fn is_of(token: &AccessTokenClaims, digest: Digest) -> bool {
    let granted = token.authorization_details.as_ref().filter(|_| token.txn.is_some());
    granted.is_some_and(|granted| Digest::of(granted).is_ok_and(|granted| granted == digest))
}

/// What a bound token says was proved.
fn proved_by(token: &AccessTokenClaims, windows: &[Window], now: UnixTime) -> Evidence {
    let Some(at) = token.authentication.auth_time else { return Evidence::nothing(windows) };
    let age = now.since(at);
    let within = |window: &Window| {
        let counts = (0..=i64::from(window.length().0)).contains(&age);
        if counts { token.acr_satisfied.clone() } else { Vec::new() }
    };
    Evidence {
        held: token.acr_satisfied.clone(),
        within: windows.iter().map(within).collect(),
        auth_age: Some(age),
    }
}
