//! `riser.toml`: what the operator writes, and the checked parts that come of it.

mod duration;
mod file;
mod parts;
mod secret;

pub use duration::parse_duration;

pub use parts::Parts;
