//! WA-10 and WA-11 at random: a short run of the program in `examples/hostile.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

mod support;

use std::time::Duration;

use support::hostile::Corpus;

/// Unoptimised, and beside other tests. The program has the bar.
const PATIENCE: Duration = Duration::from_millis(200);

#[test]
fn atk_wa_10_nothing_changed_is_accepted_or_a_panic() {
    let found = Corpus::new().run(20_261_124, 3_000, PATIENCE);
    assert_eq!(found.faults, []);
    assert!(found.slowest < PATIENCE, "run {} took {:?}", found.slowest_run, found.slowest);
    // Not all is lost by a change: an unsigned member, an entry that is skipped. Else this would test nothing.
    assert!((10..2_000).contains(&found.accepted), "{} of {}", found.accepted, found.runs);
}
