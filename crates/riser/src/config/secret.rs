use std::path::Path;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// A secret in a configuration: in place, in a file, or in the environment.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum SecretText {
    /// `"..."`
    Plain(String),
    /// `{ file = "..." }`
    File {
        /// Its path.
        file: String,
    },
    /// `{ env = "..." }`
    Env {
        /// Its name.
        env: String,
    },
}

impl SecretText {
    /// The secret itself. A file's name is relative to the configuration; its final newline is dropped.
    pub fn read(&self, base: &Path) -> Result<Zeroizing<String>, Failure> {
        match self {
            Self::Plain(text) => Ok(Zeroizing::new(text.clone())),
            Self::File { file } => {
                let text = std::fs::read_to_string(base.join(file)).map_err(|error| {
                    Failure::new(format!("the secret file `{file}` cannot be read: {error}"))
                })?;
                Ok(Zeroizing::new(text.strip_suffix('\n').unwrap_or(&text).to_owned()))
            }
            Self::Env { env } => std::env::var(env)
                .map(Zeroizing::new)
                .map_err(|_| Failure::new(format!("the environment variable `{env}` holds no secret"))),
        }
    }
}
