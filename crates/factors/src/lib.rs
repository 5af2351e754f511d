//! Verifiers: what a person or an authenticator sent goes in, a [`Proof`](riser_core::assurance::Proof) comes out.
//!
//! This crate owns the checks and nothing else: no storage, no clock, no randomness, no HTTP. It does not know
//! whose credential it verifies; the caller looks the credential up and decides whether it may be used. Recovery codes
//! are read and hashed here too, and make no proof.

pub mod password;
pub mod recovery_code;
pub mod totp;
pub mod webauthn;
