//! One set of rules going through the recorded requests. Whoever it asks is taken to prove what it asks at once, and to
//! hold that from then on for as long as the level lasts: one prompt is then counted once, however often a page asks.

use std::collections::BTreeMap;

use riser_core::session::{LiveCredential, Session};
use riser_core::step_up::Ground;
use riser_core::transaction::Digest;
use riser_core::{Acr, Seconds, UnixTime};
use riser_policy::{Decision, Outcome, Policies, Proved, RecordedQuestion, Standing, Transaction, judge};

/// What is proved lasts no longer than a session does.
const SESSION: Seconds = Seconds(12 * 3600);
/// A token that is bound to a transaction lives so long.
const BOUND: Seconds = Seconds(120);

/// A set of rules, and what people are taken to have proved under it.
pub struct Run<'r> {
    policies: &'r Policies,
    ground: &'r Ground,
    proved: BTreeMap<String, Vec<(Acr, UnixTime)>>,
    approved: BTreeMap<(String, Digest), (Acr, UnixTime)>,
}

/// What one request comes to.
pub struct Asked {
    pub outcome: Outcome,
    /// Whether the person would have been prompted.
    pub prompted: bool,
}

impl<'r> Run<'r> {
    pub fn new(policies: &'r Policies, ground: &'r Ground) -> Self {
        Self { policies, ground, proved: BTreeMap::new(), approved: BTreeMap::new() }
    }

    pub fn ask(
        &mut self,
        question: &RecordedQuestion,
        session: &Session,
        live: &[LiveCredential],
        at: UnixTime,
    ) -> Asked {
        let user = &question.request.user;
        let ladder = &self.ground.ladder;
        let besides: Vec<(Acr, UnixTime)> = self
            .proved
            .get(user)
            .into_iter()
            .flatten()
            .filter(|(level, since)| {
                let lasts = ladder.lifetime(level).map_or(SESSION, |lifetime| lifetime.min(SESSION));
                at.since(*since) < i64::from(lasts.0)
            })
            .cloned()
            .collect();
        let transaction = question.transaction.as_ref().map(|asked| self.approved(user, asked, at));
        let standing = Standing { session, live, transaction: transaction.as_ref(), besides: &besides, at };
        let judged = judge(self.policies, &question.request, standing, self.ground);
        let outcome = Outcome::of(&judged.decision);
        let Decision::StepUp(asked) = judged.decision else { return Asked { outcome, prompted: false } };
        match transaction.filter(|_| judged.bound) {
            Some(transaction) => {
                self.approved.insert((user.clone(), transaction.digest), (asked.acr, at));
            }
            None => {
                let held = self.proved.entry(user.clone()).or_default();
                held.retain(|(level, _)| *level != asked.acr);
                held.push((asked.acr, at));
            }
        }
        Asked { outcome, prompted: true }
    }

    /// The transaction, with what this set has had proved for it.
    fn approved(&self, user: &str, asked: &Transaction, at: UnixTime) -> Transaction {
        let mut transaction = asked.clone();
        let given = self.approved.get(&(user.to_owned(), asked.digest));
        let given = given.filter(|(_, since)| at.since(*since) < i64::from(BOUND.0));
        if let (None, Some((level, since))) = (&asked.proved, given) {
            let ladder = &self.ground.ladder;
            let levels = ladder.names().into_iter().filter(|name| ladder.is_at_least(level, name));
            transaction.proved = Some(Proved { levels: levels.cloned().collect(), at: *since });
        }
        transaction
    }
}
