//! Larchmont Bank: a relying party as anybody would write one, on its own site.
//!
//! It signs people in through an ordinary OpenID client library, keeps its own sessions and database, and
//! protects one action with the guard: a transfer is approved by a passkey, with its amount and payee in
//! what is signed, and done once. The step-up happens in a popup; the bank's own session and the form on
//! its page stay as they were. It never trusts that it asked: before money moves it checks the token for
//! the level, the moment, and exactly this transfer.

mod bank;
mod config;
mod error;
mod iban;
mod money;
mod provider;
mod secret;
mod serve;
mod store;
mod text;
mod transfer;
mod web;

pub use config::BankConfig;
pub use error::BankError;
pub use serve::serve;
