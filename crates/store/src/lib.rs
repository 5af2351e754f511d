//! The storage port: what the provider needs kept, as named transactions, and the suite that every store
//! must pass.
//!
//! Owns the shapes of what is stored and the promises about it; owns no SQL. The promises:
//!
//! - a transaction that spends, credits, issues or revokes is durable before its call returns;
//! - a single-use value is spent by one guarded write: of any number of callers, one wins;
//! - an audit entry is written in the transaction of its effect, or neither is.

mod account;
mod attempts;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod load;
mod outbox;
mod people;
mod port;
mod recoveries;
mod rehearsal;
mod sessions;
mod single_use;
mod visits;

pub use account::{
    AccountChange, AccountEdit, BlockedApplication, ConnectedApplication, Generation, SessionSummary,
};
pub use attempts::Reserved;
pub use error::StoreError;
pub use load::Load;
pub use outbox::{Letter, LetterId, LetterLink, OutgoingLetter, Told};
pub use people::{
    CredentialUse, Left, NewCredential, NewRising, NewUser, Passkey, Person, Rising, Secret,
    StoredCredential, Totp, WebauthnId,
};
pub use port::Store;
pub use recoveries::{CancelLink, Cancellation, NewRecovery, Recovery, RecoveryId};
pub use rehearsal::{RecordedDecision, RecordedFacts, Sighting};
pub use sessions::{Presence, SessionChange, SessionLife, Standing};
pub use single_use::{
    Ceremony, CodeIssue, Enrolment, Hashed, PushedRequest, RecoveryCode, Redeemed, RefreshToken, Seen,
    Spendable, Spent,
};
pub use visits::{Completion, Interaction, OfferedTotp, Progress, Purpose, StoredRequest, Visit};
