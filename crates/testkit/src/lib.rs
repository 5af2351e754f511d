//! For tests only: a soft authenticator that can lie.

pub mod authenticator;
