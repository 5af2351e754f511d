//! Guards before real applications: real nginx, real requests byte by byte, a whole provider.
//!
//! `scripts/test` installs nginx (`nginx-light` on Debian). Where it is missing these tests fail and say so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod application;
mod documents;
mod nginx;
mod site;
mod step_up;
mod wb_paths;
