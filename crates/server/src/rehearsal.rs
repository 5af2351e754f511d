//! Rehearsal: what was asked is put beside the rules of a shadow, and kept for a replay. Both happen after the answer, and
//! neither can change or delay it: what cannot keep up is dropped, and counted.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use riser_core::UnixTime;
use riser_core::session::{LiveCredential, Session};
use riser_core::step_up::Ground;
use riser_policy::{Outcome, Policies, RecordedQuestion, Request, Standing, judge};
use riser_store::{RecordedDecision, RecordedFacts, Store};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::app::App;
use crate::metrics::Metrics;
use crate::serve::Shutdown;

/// Questions that may wait: what a busy second asks.
const WAITING: usize = 8192;
/// How many are kept in one transaction.
const TOGETHER: usize = 256;
/// How long the first of them waits for others.
const GATHERS: Duration = Duration::from_millis(200);
/// No question is longer than this once it is written down. Longer ones are dropped.
const LONGEST: usize = 16 * 1024;

/// Whether, and how, decisions are rehearsed.
#[derive(Debug, Default)]
pub struct Rehearsal {
    queue: Option<mpsc::Sender<Asked>>,
    shadow: Shadow,
}

/// Rules that are tried and never enforced; none while they cannot be used.
#[derive(Clone, Debug, Default)]
pub struct Shadow(Arc<RwLock<Option<Arc<Policies>>>>);

/// A question that was answered.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) at: UnixTime,
    pub(crate) request: Request,
    pub(crate) question: RecordedQuestion,
    pub(crate) session: Session,
    pub(crate) live: Vec<LiveCredential>,
}

/// What follows the answers. Runs until it is told to stop, and then finishes what it has.
#[derive(Debug)]
pub struct Rehearsing {
    asked: mpsc::Receiver<Asked>,
    shadow: Shadow,
    records: bool,
}

impl Shadow {
    /// Puts rules into the shadow, or takes them out.
    pub fn set(&self, policies: Option<Policies>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = policies.map(Arc::new);
    }

    fn now(&self) -> Option<Arc<Policies>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Rehearsal {
    /// A rehearsal, and what runs it. `records` keeps what was asked.
    #[must_use]
    pub fn new(records: bool) -> (Self, Rehearsing) {
        let (queue, asked) = mpsc::channel(WAITING);
        let shadow = Shadow::default();
        (Self { queue: Some(queue), shadow: shadow.clone() }, Rehearsing { asked, shadow, records })
    }

    /// The rules that are tried.
    #[must_use]
    pub fn shadow(&self) -> &Shadow {
        &self.shadow
    }

    pub(crate) fn is_on(&self) -> bool {
        self.queue.is_some()
    }

    /// Takes a question that was answered, if there is room.
    pub(crate) fn take(&self, asked: Asked, metrics: &Metrics) {
        let Some(queue) = &self.queue else { return };
        if let Err(TrySendError::Full(_) | TrySendError::Closed(_)) = queue.try_send(asked) {
            metrics.unrecorded(1);
        }
    }
}

impl Rehearsing {
    /// Follows the answers of `app`.
    pub async fn run(mut self, app: Arc<App>, mut stop: Shutdown) {
        let mut together = Vec::with_capacity(TOGETHER);
        loop {
            tokio::select! {
                taken = self.asked.recv_many(&mut together, TOGETHER) => if taken == 0 { return },
                _ = stop.wait_for(|stop| *stop) => break,
            }
            // One flush serves all that come within a moment.
            tokio::time::sleep(GATHERS).await;
            while together.len() < TOGETHER
                && let Ok(next) = self.asked.try_recv()
            {
                together.push(next);
            }
            self.rehearse(&app, &mut together).await;
        }
        self.asked.close();
        while self.asked.recv_many(&mut together, TOGETHER).await > 0 {
            self.rehearse(&app, &mut together).await;
        }
    }

    async fn rehearse(&self, app: &App, together: &mut Vec<Asked>) {
        let shadow = self.shadow.now();
        let mut kept = Vec::with_capacity(together.len());
        for mut asked in together.drain(..) {
            if let Some(policies) = &shadow {
                let outcome = asked.by(policies, &app.provider.ground);
                app.metrics.shadow(asked.question.decided.against(&outcome));
                asked.question.shadow = Some(outcome);
                // What either set can see is needed to ask either again.
                asked.question.request = both(asked.question.request, policies.seen(&asked.request));
            }
            match asked.recorded() {
                Some(recorded) => kept.push(recorded),
                None => app.metrics.unrecorded(1),
            }
        }
        if !self.records {
            return;
        }
        let count = kept.len() as u64;
        if let Err(error) = app.store.record_decisions(kept).await {
            tracing::warn!(%error, count, "Decisions were not recorded for a replay");
            app.metrics.unrecorded(count);
        }
    }
}

/// The request with the attributes of both.
fn both(mut one: Request, other: Request) -> Request {
    one.user_attributes.extend(other.user_attributes);
    one.resource_attributes.extend(other.resource_attributes);
    one.attributes.extend(other.attributes);
    one
}

impl Asked {
    fn by(&self, policies: &Policies, ground: &Ground) -> Outcome {
        let standing = Standing {
            session: &self.session,
            live: &self.live,
            transaction: self.question.transaction.as_ref(),
            besides: &[],
            at: self.at,
        };
        Outcome::of(&judge(policies, &self.request, standing, ground).decision)
    }

    fn recorded(&self) -> Option<RecordedDecision> {
        let question = serde_json::to_string(&self.question).ok().filter(|text| text.len() <= LONGEST)?;
        let facts = RecordedFacts::of(&self.session, &self.live);
        Some(RecordedDecision { at: self.at, question, facts })
    }
}

/// Removes recorded questions that were asked until `until`, and the oldest of the rest above `most`, a little at a time.
pub async fn trim_decisions(
    store: &dyn Store,
    until: UnixTime,
    most: u32,
) -> Result<u64, riser_store::StoreError> {
    const BATCH: u32 = 2000;
    let mut gone = 0;
    loop {
        let now_gone = store.trim_decisions(until, most, BATCH).await?;
        gone += now_gone;
        if now_gone < u64::from(BATCH) {
            return Ok(gone);
        }
    }
}
