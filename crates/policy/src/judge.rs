//! The decision about one question, with all that it stands on: by the session as it is, or, where the application names
//! a transaction, by a proof that is bound to it. The server, the shadow and the replay all decide here.

use riser_core::session::{LiveCredential, Session};
use riser_core::step_up::Ground;
use riser_core::transaction::Digest;
use riser_core::{Acr, Seconds, UnixTime};
use serde::{Deserialize, Serialize};

use crate::evidence::{evidence, reach};
use crate::{Decision, Evidence, Policies, Reach, Request, Window, decide};

/// Who asks, as far as what they proved and could prove: everything that is no rule and no word of the application's.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'s> {
    /// The session.
    pub session: &'s Session,
    /// The person's credentials.
    pub live: &'s [LiveCredential],
    /// The transaction that a proof is to be bound to.
    pub transaction: Option<&'s Transaction>,
    /// Levels that are held beside those of the session, each since when: what a replay takes to have been proved.
    pub besides: &'s [(Acr, UnixTime)],
    /// When.
    pub at: UnixTime,
}

/// A transaction, as far as a decision needs to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The least level for one of its type.
    pub acr: Acr,
    /// Its binding.
    pub digest: Digest,
    /// What was proved for it, where a token says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proved: Option<Proved>,
}

/// What a bound token says was proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proved {
    /// Every level that is met.
    pub levels: Vec<Acr>,
    /// When.
    pub at: UnixTime,
}

/// A decision, and whether the step-up in it is to be bound to the transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The decision.
    pub decision: Decision,
    /// Whether what is asked must be bound to the transaction.
    pub bound: bool,
}

/// Decides a question.
pub fn judge(policies: &Policies, request: &Request, standing: Standing<'_>, ground: &Ground) -> Judged {
    let judging = Judging { policies, request, standing, ground };
    match standing.transaction {
        None => Judged { decision: judging.unbound(&judging.evidence()), bound: false },
        Some(transaction) => judging.bound(transaction),
    }
}

struct Judging<'j> {
    policies: &'j Policies,
    request: &'j Request,
    standing: Standing<'j>,
    ground: &'j Ground,
}

impl Judging<'_> {
    fn evidence(&self) -> Evidence {
        let Standing { session, live, besides, at, .. } = self.standing;
        let windows = self.policies.windows();
        let held = evidence(windows, session, live, self.ground, at);
        if besides.is_empty() {
            return held;
        }
        let ages = |(level, since): &(Acr, UnixTime)| {
            u32::try_from(at.since(*since)).ok().map(|age| (level.clone(), age))
        };
        let besides: Vec<(Acr, u32)> = besides.iter().filter_map(ages).collect();
        held.and(&Evidence::holding(windows, &self.ground.ladder, &besides))
    }

    fn by(&self, held: &Evidence, reach: &dyn Fn(&Acr, Option<Seconds>) -> Reach) -> Decision {
        decide(self.policies, self.request, held, &self.ground.ladder, reach)
    }

    fn unbound(&self, held: &Evidence) -> Decision {
        let Standing { session, live, at, .. } = self.standing;
        self.by(held, &reach(session, live, self.ground, None, at))
    }

    /// A proof of this very transaction is asked for, whatever the session holds; unless each rule that asks lets a proof
    /// serve every such action for a while, and then what was proved within that while counts.
    fn bound(&self, transaction: &Transaction) -> Judged {
        let Standing { session, live, at, .. } = self.standing;
        let windows = self.policies.windows();
        let held = match &transaction.proved {
            Some(proved) => proved.evidence(windows, at),
            None => Evidence::nothing(windows),
        };
        let bound = self.by(&held, &reach(session, live, self.ground, Some(transaction), at));
        let (Decision::StepUp(asked) | Decision::Enrol(asked)) = &bound else {
            return Judged { decision: bound, bound: false };
        };
        let Some(window) = &asked.window else { return Judged { decision: bound, bound: true } };
        match self.unbound(&self.evidence().only_within(windows, window)) {
            Decision::Permit { policies } => Judged { decision: Decision::Permit { policies }, bound: false },
            Decision::StepUp(mut step) if step.window.is_some() => {
                let longest = window.length();
                step.max_age = Some(step.max_age.map_or(longest, |max_age| max_age.min(longest)));
                Judged { decision: Decision::StepUp(step), bound: false }
            }
            _ => Judged { decision: bound, bound: true },
        }
    }
}

impl Proved {
    fn evidence(&self, windows: &[Window], now: UnixTime) -> Evidence {
        let age = now.since(self.at);
        let within = |window: &Window| {
            let counts = (0..=i64::from(window.length().0)).contains(&age);
            if counts { self.levels.clone() } else { Vec::new() }
        };
        Evidence {
            held: self.levels.clone(),
            within: windows.iter().map(within).collect(),
            auth_age: Some(age),
        }
    }
}
