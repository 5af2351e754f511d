//! `riser.toml`: what the operator writes, and the checked parts that come of it.

mod duration;
mod file;
mod guard;
mod mail;
mod parts;
mod policy;
mod rules;
mod secret;
mod webauthn;

pub use duration::parse_duration;
pub use guard::GuardParts;
pub use mail::{MailParts, MailTransport};
pub use parts::Parts;
pub use policy::PolicyFolder;
pub use webauthn::{MetadataFile, TrustParts};
