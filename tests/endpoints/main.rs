//! Every endpoint over real HTTP: what the standards ask of it, a test a rule.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod access;
mod account;
mod acr;
mod answers;
mod authzen;
mod elevation;
mod enrolment;
mod freshness;
mod hints;
mod interaction;
mod introspection;
mod letters;
mod logout;
mod machines;
mod metadata;
mod metrics;
mod models;
mod passwords;
mod prompts;
mod recovery;
mod refresh;
mod rehearsal;
mod sealing;
mod search;
mod step_up;
mod token;
