//! What a session holds, in the words that rules ask in; and what its person could come to hold.
//!
//! Both are asked of `riser_core::step_up::decide`, the same that answers at `/authorize`, with the same requirement: a
//! rule's level is held exactly when `/authorize` would not prompt for it, so that no person is asked for what the rules
//! already count, or sent to be asked and not asked.

use riser_core::assurance::{Ladder, Proof};
use riser_core::session::{Authentication, LiveCredential, Session};
use riser_core::step_up::{Decision, Freshness, Ground, Mode, Requirement, decide};
use riser_core::{Acr, InteractionId, Seconds, UnixTime};

use crate::Window;
use crate::judge::Transaction;

/// What a session holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Every name of a level that is held, whatever its age.
    pub held: Vec<Acr>,
    /// The same for each window, in the order of [`Policies::windows`](crate::Policies::windows).
    pub within: Vec<Vec<Acr>>,
    /// Seconds since something was last proved; `None` when nothing ever was.
    pub auth_age: Option<i64>,
}

/// Whether a level can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// With what the person has, after a prompt.
    Prompt,
    /// With a factor that the person would have to register first.
    Enrolment,
    /// By nothing.
    Never,
}

impl Evidence {
    /// What nobody proved. So counts, too, whatever was proved before toward an action that a proof is bound to.
    #[must_use]
    pub fn nothing(windows: &[Window]) -> Self {
        Self { held: Vec::new(), within: windows.iter().map(|_| Vec::new()).collect(), auth_age: None }
    }

    /// What is held where each of these levels was proved so many seconds ago: for trying rules without a session.
    #[must_use]
    pub fn holding(windows: &[Window], ladder: &Ladder, proved: &[(Acr, u32)]) -> Self {
        let named = |oldest: Option<Seconds>| {
            let counts = |age: u32| oldest.is_none_or(|oldest| age < oldest.0);
            let held = |name: &&Acr| {
                proved.iter().any(|(level, age)| counts(*age) && ladder.is_at_least(level, name))
            };
            ladder.names().into_iter().filter(held).cloned().collect()
        };
        Self {
            held: named(None),
            within: windows.iter().map(|window| named(Some(window.length()))).collect(),
            auth_age: proved.iter().map(|(_, age)| i64::from(*age)).min(),
        }
    }

    /// The same, had the person just proved `level`: everything that it implies is held too, freshly.
    pub(crate) fn raised(&self, implied: &[Acr], windows: &[Window], max_age: Option<Seconds>) -> Self {
        let join = |held: &[Acr]| {
            let mut joined = held.to_vec();
            joined.extend(implied.iter().filter(|acr| !held.contains(acr)).cloned());
            joined
        };
        let within = windows.iter().zip(&self.within).map(|(window, held)| {
            // What is no older than a minute is no older than five.
            let covered = max_age.is_some_and(|max_age| max_age <= window.length());
            if covered { join(held) } else { held.clone() }
        });
        Self { held: join(&self.held), within: within.collect(), auth_age: Some(0) }
    }

    /// What this and another evidence hold together.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        let join = |held: &mut Vec<Acr>, more: &[Acr]| {
            held.extend(more.iter().filter(|acr| !held.contains(acr)).cloned().collect::<Vec<_>>());
        };
        join(&mut self.held, &other.held);
        for (held, more) in self.within.iter_mut().zip(&other.within) {
            join(held, more);
        }
        self.auth_age = self.auth_age.into_iter().chain(other.auth_age).min();
        self
    }

    /// The same as it counts where nothing older than a window does.
    #[must_use]
    pub fn only_within(&self, windows: &[Window], window: &Window) -> Self {
        let held = windows.iter().position(|known| known == window).and_then(|index| self.within.get(index));
        let held = held.cloned().unwrap_or_default();
        let within = windows.iter().zip(&self.within).map(|(known, within)| {
            if known.length() > window.length() { held.clone() } else { within.clone() }
        });
        Self { within: within.collect(), held, auth_age: self.auth_age }
    }

    /// Whether the level is held, at any age or at most so old.
    pub(crate) fn holds(&self, level: &Acr, windows: &[Window], window: Option<&Window>) -> bool {
        let held = match window {
            None => Some(&self.held),
            Some(window) => {
                windows.iter().position(|known| known == window).and_then(|index| self.within.get(index))
            }
        };
        held.is_some_and(|held| held.contains(level))
    }
}

/// What `session` holds at `at`.
#[must_use]
pub fn evidence(
    windows: &[Window],
    session: &Session,
    live: &[LiveCredential],
    ground: &Ground,
    at: UnixTime,
) -> Evidence {
    let ladder = &ground.ladder;
    let held = |window: Option<&Window>| -> Vec<Acr> {
        let met = |level: &&Acr| {
            matches!(
                decide(session, &requirement(level, window.map(Window::length), None, at), live, ground),
                Decision::Satisfied(_)
            )
        };
        let levels = ladder.levels();
        let met: Vec<&Acr> = levels.into_iter().filter(met).collect();
        let named = |name: &&Acr| met.iter().any(|level| ladder.is_at_least(level, name));
        ladder.names().into_iter().filter(named).cloned().collect()
    };
    // What a credential proved that is revoked since counts for nothing, here as everywhere.
    let is_live = |proof: &Proof| live.iter().any(|live| live.id == proof.record().credential);
    let counts = |past: &&Authentication| past.at <= at && past.proofs.iter().any(is_live);
    let last = session.authentications.iter().filter(counts).map(|past| past.at).max();
    Evidence {
        held: held(None),
        within: windows.iter().map(|window| held(Some(window))).collect(),
        auth_age: last.map(|last| at.since(last)),
    }
}

/// Whether the person of `session` could come to hold a level, no older than so many seconds, by proving something;
/// bound to a transaction, by signing it.
pub fn reach(
    session: &Session,
    live: &[LiveCredential],
    ground: &Ground,
    bound_to: Option<&Transaction>,
    at: UnixTime,
) -> impl Fn(&Acr, Option<Seconds>) -> Reach {
    move |level, max_age| match decide(session, &requirement(level, max_age, bound_to, at), live, ground) {
        Decision::Satisfied(_) | Decision::StepUp(_) => Reach::Prompt,
        Decision::Enrol(_) => Reach::Enrolment,
        Decision::Unmet(_) => Reach::Never,
    }
}

fn requirement(
    level: &Acr,
    max_age: Option<Seconds>,
    bound_to: Option<&Transaction>,
    at: UnixTime,
) -> Requirement {
    let requirement = Requirement::new(InteractionId::new(""), at)
        .asking(vec![level.clone()], Mode::Essential)
        .with_freshness(max_age.map_or(Freshness::AnyAge, Freshness::Within));
    match bound_to {
        // As `/authorize` would: whatever the rules ask, a transaction of this type is never approved for less.
        Some(transaction) => {
            requirement.with_floor(vec![transaction.acr.clone()]).bound_to(transaction.digest)
        }
        None => requirement,
    }
}
