//! How much of something may stand open at once: a count that what ends well is taken from, and that time forgets.
//! Pure, like [`abuse`](crate::abuse): it is the caller who keeps the count.

use serde::{Deserialize, Serialize};

use crate::{Seconds, UnixTime};

/// What one network, person or client may have open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// How many.
    pub most: u32,
    /// After which time they are forgotten: no less than what is counted lives.
    pub within: Seconds,
}

/// What is kept of a quota's use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// How many are open.
    pub count: u32,
    /// When the first of them was opened.
    pub since: UnixTime,
}

impl Quota {
    /// Takes one place.
    ///
    /// # Errors
    /// The moment from which on there is one.
    pub fn take(&self, kept: Option<Opened>, now: UnixTime) -> Result<Opened, UnixTime> {
        let kept = kept.filter(|kept| !self.forgets(kept, now));
        let (count, since) = kept.map_or((0, now), |kept| (kept.count, kept.since));
        if count >= self.most {
            return Err(since.plus(self.within));
        }
        Ok(Opened { count: count.saturating_add(1), since })
    }

    /// Whether a count is of no more use. A clock that went back forgets nothing.
    #[must_use]
    pub fn forgets(&self, kept: &Opened, now: UnixTime) -> bool {
        now.since(kept.since) >= i64::from(self.within.0)
    }
}

impl Opened {
    /// One ended well: its place is free.
    #[must_use]
    pub fn less_one(self) -> Self {
        Self { count: self.count.saturating_sub(1), ..self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUOTA: Quota = Quota { most: 3, within: Seconds(600) };

    #[test]
    fn what_ends_well_makes_room_and_what_does_not_is_forgotten_in_time() {
        let mut kept = None;
        for second in 0..3 {
            kept = QUOTA.take(kept, UnixTime(second)).map(Some).unwrap();
        }
        assert_eq!(QUOTA.take(kept, UnixTime(599)), Err(UnixTime(600)));
        let freed = kept.map(Opened::less_one);
        assert_eq!(QUOTA.take(freed, UnixTime(599)), Ok(Opened { count: 3, since: UnixTime(0) }));
        assert_eq!(QUOTA.take(kept, UnixTime(600)), Ok(Opened { count: 1, since: UnixTime(600) }));
        // A clock that goes back gives nothing back.
        assert_eq!(QUOTA.take(kept, UnixTime(-5_000)), Err(UnixTime(600)));
    }

    #[test]
    fn a_quota_of_nothing_lets_nothing_open() {
        assert!(Quota { most: 0, ..QUOTA }.take(None, UnixTime(0)).is_err());
    }

    proptest! {
        #[test]
        fn no_more_are_open_than_the_quota_has(steps in prop::collection::vec((0_i64..300, any::<bool>()), 1..300)) {
            let (mut kept, mut now, mut open): (Option<Opened>, _, Vec<i64>) = (None, 0, Vec::new());
            for (passes, ends) in steps {
                now += passes;
                open.retain(|at| now - at < 600);
                if ends {
                    if open.pop().is_some() {
                        kept = kept.map(Opened::less_one);
                    }
                } else if let Ok(taken) = QUOTA.take(kept, UnixTime(now)) {
                    kept = Some(taken);
                    open.push(now);
                }
                // Of two neighbouring spans of time.
                prop_assert!(open.len() <= 6, "{open:?}");
            }
        }
    }
}
