//! One file a command.

pub mod check;
pub mod client;
pub mod credential;
pub mod demo;
pub mod forward_auth;
pub mod grant;
pub mod migrate;
pub mod policy;
pub mod serve;
pub mod user;

use std::path::PathBuf;

/// Where the configuration is.
#[derive(clap::Args)]
pub struct ConfigArg {
    /// The configuration file.
    #[arg(long, default_value = "riser.toml", env = "RISER_CONFIG")]
    pub config: PathBuf,
}

/// Prints one JSON document, or lines for people.
fn print(json: bool, document: &serde_json::Value, people: &str) {
    if json { println!("{document}") } else { println!("{people}") }
}

/// A moment as RFC 3339.
fn rfc3339(at: riser_core::UnixTime) -> String {
    jiff::Timestamp::from_second(at.0).map_or_else(|_| at.0.to_string(), |timestamp| timestamp.to_string())
}
