//! The assurance model and the step-up decision.
//!
//! Pure: values in, a decision out. Time and randomness are arguments; there is no I/O and no `await`.
//! What the code is true to: a level is never stored, it is derived from recorded proofs.

pub mod abuse;
pub mod account;
pub mod assurance;
pub mod audit;
mod ids;
pub mod protocol;
pub mod quota;
pub mod session;
pub mod signals;
pub mod step_up;
pub mod transaction;

pub use ids::{ClientId, CredentialId, GrantId, InteractionId, SessionId, UserId};
pub use riser_wire::{Acr, Seconds, UnixTime};
