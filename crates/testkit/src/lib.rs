//! For tests and benchmarks only: a provider with a clock that can be moved, a browser as far as HTTP goes,
//! and a soft authenticator that can lie.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's own failure is a panic, and this crate runs in tests only"
)]

pub mod account;
pub mod authenticator;
pub mod browser;
pub mod clock;
pub mod fast;
pub mod flow;
pub mod jws;
pub mod server;
