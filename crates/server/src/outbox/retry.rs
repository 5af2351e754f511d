use riser_core::{Seconds, UnixTime};

/// The first wait. Each further one is twice as long.
const FIRST: Seconds = Seconds(60);
/// The longest wait between two tries.
const LONGEST: Seconds = Seconds(6 * 3600);
/// From when on nobody is helped by hearing of it any more.
const GIVEN_UP_AFTER: Seconds = Seconds(3 * 24 * 3600);

/// When a letter of `written` is tried again after its `attempt`th try failed at `now`; `None`: never.
pub(super) fn next_try(attempt: u32, written: UnixTime, now: UnixTime) -> Option<UnixTime> {
    let doublings = attempt.saturating_sub(1).min(16);
    let wait = FIRST.0.saturating_mul(1 << doublings).min(LONGEST.0);
    let at = now.plus(Seconds(wait));
    (at <= written.plus(GIVEN_UP_AFTER)).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_from_a_minute_to_six_hours() {
        let wait = |attempt| next_try(attempt, UnixTime(0), UnixTime(0)).map(|at| at.0);
        assert_eq!([1, 2, 3, 9].map(wait), [Some(60), Some(120), Some(240), Some(15_360)]);
        assert_eq!([10, 11, 40, u32::MAX].map(wait), [Some(21_600); 4]);
    }

    #[test]
    fn a_letter_is_given_up_after_three_days() {
        let (mut now, mut tries) = (UnixTime(0), 0);
        while let Some(next) = next_try(tries + 1, UnixTime(0), now) {
            (now, tries) = (next, tries + 1);
        }
        assert!(now.0 > 2 * 86_400 && now.0 <= 3 * 86_400, "the last try is at {now:?}");
        assert!((15..30).contains(&tries), "{tries}");
        assert_eq!(next_try(1, UnixTime(0), UnixTime(4 * 86_400)), None);
    }
}
