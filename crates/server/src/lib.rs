//! The provider over HTTP. A request flows one way: router, endpoint, extractors, facts, a pure decision,
//! the next state saved with its audit entry, and the answer.
//!
//! Owns transport and order of work; owns no rule about assurance (that is `riser-core`) and no SQL.

mod app;
mod config;
mod cookies;
mod csrf;
mod dpop;
mod endpoints;
mod error;
mod hashing;
mod http;
mod identity;
mod live;
mod metrics;
mod mint;
mod openings;
mod outbox;
mod prompts;
mod rehearsal;
mod respond;
mod router;
mod rules;
mod sealing;
mod serve;
mod trust;
mod visit;

pub use app::{App, Clock, Random, SystemRandom, random_bytes};
pub use config::{
    Budgets, ClientSecret, CoolingOff, EnrolmentPolicy, Provider, ProviderError, RegisteredClient, enrollable,
};
pub use hashing::{hashed, secret_token};
pub use identity::{Keys, KeysError};
pub use metrics::{Metrics, serve_metrics};
pub use openings::Openings;
pub use outbox::{Mailer, MailerError, OutgoingMail, deliver};
pub use rehearsal::{Rehearsal, Rehearsing, Shadow, trim_decisions};
pub use router::router;
pub use rules::Rules;
pub use sealing::{Sealing, SealingError};
pub use serve::{Shutdown, serve};
pub use trust::Trust;
pub use visit::{live_credentials, settle_prompts};
