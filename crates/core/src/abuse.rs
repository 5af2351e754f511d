//! How often something may be tried: a budget that grows dearer with each time it is used up, and never closes
//! for good. Pure: the store keeps the tries, and asks this what they come to.

use serde::{Deserialize, Serialize};

use crate::{Seconds, UnixTime};

/// What one name, factor or network may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Tries in a row before a wait.
    pub tries: u32,
    /// The first wait. Each further one is twice as long. Tries that stop short of the limit are forgotten
    /// this long after the last.
    pub wait: Seconds,
    /// The longest wait, and how long it takes until earlier waits are forgotten.
    pub longest: Seconds,
}

/// What is kept of a budget's use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// Tries since the last wait.
    pub count: u32,
    /// How many waits there were.
    pub waits: u32,
    /// The last try that was let through.
    pub last_at: UnixTime,
}

impl Budget {
    /// Takes one try, before it is made. A refused try changes nothing: whoever goes on trying cannot keep the
    /// owner out for longer.
    ///
    /// # Errors
    /// The moment at which the next try will be let through.
    pub fn reserve(&self, kept: Option<Tries>, now: UnixTime) -> Result<Tries, UnixTime> {
        if self.tries == 0 {
            return Err(now.plus(self.longest));
        }
        let fresh = Tries { count: 1, waits: 0, last_at: now };
        let Some(kept) = kept else { return Ok(fresh) };
        // A clock that went back shortens no wait.
        let last_at = kept.last_at.max(now);
        let since = now.since(kept.last_at);
        let used_up = kept.count >= self.tries;
        let wait = if used_up { self.nth_wait(kept.waits) } else { self.wait };
        if used_up && since < i64::from(wait.0) {
            return Err(kept.last_at.plus(wait));
        }
        if since >= i64::from(self.longest.0) && since >= i64::from(wait.0) {
            return Ok(fresh);
        }
        Ok(match (used_up, since >= i64::from(wait.0)) {
            (true, _) => Tries { count: 1, waits: kept.waits.saturating_add(1), last_at },
            (false, true) => Tries { count: 1, waits: kept.waits, last_at },
            (false, false) => Tries { count: kept.count.saturating_add(1), waits: kept.waits, last_at },
        })
    }

    fn nth_wait(&self, waits: u32) -> Seconds {
        let doubled = u64::from(self.wait.0) << waits.min(32);
        Seconds(u32::try_from(doubled).unwrap_or(u32::MAX).min(self.longest.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BUDGET: Budget = Budget { tries: 3, wait: Seconds(60), longest: Seconds(600) };

    fn run(steps: &[i64]) -> Vec<bool> {
        let mut kept = None;
        let mut now = UnixTime(1_000);
        steps
            .iter()
            .map(|step| {
                now = UnixTime(now.0 + step);
                let taken = BUDGET.reserve(kept, now);
                kept = taken.ok().or(kept);
                taken.is_ok()
            })
            .collect()
    }

    #[test]
    fn after_the_last_try_one_waits_and_each_wait_is_twice_the_one_before() {
        assert_eq!(run(&[0, 1, 1, 1, 58, 1]), [true, true, true, false, false, true]);
        // The second wait is 120 s.
        assert_eq!(
            run(&[0, 0, 0, 60, 0, 0, 60, 59, 1]),
            [true, true, true, true, true, true, false, false, true]
        );
    }

    #[test]
    fn no_wait_is_longer_than_the_longest_and_after_it_all_is_forgotten() {
        let kept = Tries { count: 3, waits: 40, last_at: UnixTime(0) };
        assert_eq!(BUDGET.reserve(Some(kept), UnixTime(599)), Err(UnixTime(600)));
        assert_eq!(BUDGET.reserve(Some(kept), UnixTime(600)).map(|tries| tries.waits), Ok(0));
    }

    #[test]
    fn tries_short_of_the_limit_are_forgotten_after_the_wait() {
        assert_eq!(run(&[0, 1, 60, 1, 1, 1]), [true, true, true, true, true, false]);
    }

    #[test]
    fn a_budget_of_nothing_lets_nothing_through() {
        let none = Budget { tries: 0, ..BUDGET };
        assert!(none.reserve(None, UnixTime(0)).is_err());
    }

    proptest! {
        #[test]
        fn between_two_waits_no_more_than_the_limit_passes(steps in prop::collection::vec(0_i64..200, 1..200)) {
            let mut kept = None;
            let mut now = UnixTime(1_000);
            let mut passed: Vec<i64> = Vec::new();
            for step in steps {
                now = UnixTime(now.0 + step);
                if let Ok(taken) = BUDGET.reserve(kept, now) {
                    kept = Some(taken);
                    passed.push(now.0);
                }
            }
            // Any four that passed span at least one wait.
            for four in passed.windows(4) {
                prop_assert!(four[3] - four[0] >= 60);
            }
        }

        #[test]
        fn a_refused_try_is_refused_until_the_moment_it_was_told(count in 3_u32..5, waits in 0_u32..50, last in 0_i64..1_000, after in 0_i64..700) {
            let kept = Tries { count, waits, last_at: UnixTime(last) };
            if let Err(again) = BUDGET.reserve(Some(kept), UnixTime(last + after)) {
                prop_assert!(BUDGET.reserve(Some(kept), UnixTime(again.0 - 1)).is_err());
                prop_assert!(BUDGET.reserve(Some(kept), again).is_ok());
            }
        }
    }
}
