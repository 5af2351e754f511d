//! Changes valid registrations, assertions and metadata at random and verifies them, as long as one likes:
//!
//! ```text
//! cargo run --release -p riser-factors --example hostile -- SEED RUNS
//! ```
//!
//! It fails on a panic, on something accepted that nobody signed, and on an input that takes 5 ms or more.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for developers, on the tests' own parts"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use support::hostile::Corpus;

const BAR: Duration = Duration::from_millis(5);

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Some(Ok(seed)), Some(Ok(runs)), None) = (numbers.next(), numbers.next(), numbers.next()) else {
        eprintln!("usage: hostile SEED RUNS");
        return ExitCode::from(2);
    };
    let started = Instant::now();
    let found = Corpus::new().run(seed, usize::try_from(runs).unwrap_or(usize::MAX), BAR);
    for (run, fault) in &found.faults {
        println!("fault in run {run} of seed {seed}: {fault}");
    }
    println!(
        "{} runs in {:.1?}, {} accepted, slowest {:.1?} (run {}), {} faults",
        found.runs,
        started.elapsed(),
        found.accepted,
        found.slowest,
        found.slowest_run,
        found.faults.len()
    );
    if found.faults.is_empty() && found.slowest < BAR { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
