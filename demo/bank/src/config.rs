use std::{fmt, path::PathBuf};

/// Where the bank stands and how its provider knows it.
#[derive(Clone)]
pub struct BankConfig {
    /// The provider's issuer identifier.
    pub issuer: String,
    /// This bank's identifier there.
    pub client_id: String,
    /// Its secret there (`client_secret_basic`).
    pub client_secret: String,
    /// The bank's own origin, as browsers reach it, without a slash at the end: `http://127.0.0.1:8081`.
    /// Its callback is `{public_url}/callback`, and the audience of its tokens `{public_url}/api`.
    pub public_url: String,
    /// The bank's own database, made when it is missing.
    pub database: PathBuf,
}

impl BankConfig {
    /// Whether browsers reach it over TLS, so that cookies may insist on it.
    pub(crate) fn is_secure(&self) -> bool {
        self.public_url.starts_with("https:")
    }

    /// The identifier of the bank's API, which its access tokens are for (RFC 8707).
    pub(crate) fn audience(&self) -> String {
        format!("{}/api", self.public_url)
    }

    /// Where the provider sends browsers back to.
    pub(crate) fn callback(&self) -> String {
        format!("{}/callback", self.public_url)
    }
}

impl fmt::Debug for BankConfig {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BankConfig")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("public_url", &self.public_url)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}
