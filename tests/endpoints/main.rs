//! Every endpoint over real HTTP: what the standards ask of it, a test a rule.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod authorize;
mod elevation;
mod enrolment;
mod step_up;
mod token;
