//! What both sides of Riser speak: the provider, its guards, and programs that drive either.
//!
//! Owns the shapes and their strict parsing; owns no decision, key or connection.

mod acr;
mod challenge;
mod claims;
mod interaction;
mod problem;
mod time;

pub use acr::{Acr, InvalidAcr};
pub use challenge::{Challenge, InvalidChallenge, StepUp};
pub use claims::{AccessTokenClaims, Audience, Claims, Confirmation, IdTokenClaims};
pub use interaction::{
    AccountView, ClientView, CurrentView, InteractionKind, InteractionState, InteractionStatus, LackingView,
    RecoveryView, ReplaceableView, RequiredView, TransactionView, UserView,
};
pub use problem::{Problem, ProblemKind};
pub use time::{Seconds, UnixTime};
