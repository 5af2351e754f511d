use std::{fmt, sync::Arc};

use riser_guard::{Clock, Seconds, SystemClock};
use url::Url;

use crate::{asked::Source, rules::Rules, seal::NoRandomness};

/// Where the gate stands, and how its provider knows it.
#[derive(Clone)]
pub struct GateConfig {
    /// The provider's issuer identifier.
    pub issuer: String,
    /// The gate's identifier there.
    pub client_id: String,
    /// Its secret there (`client_secret_basic`).
    pub client_secret: String,
    /// The `aud` of the access tokens that are for the site: the client's `resource` at the provider.
    pub resource: String,
    /// The site's origin as browsers reach it, without a slash at the end. Its callback, to be registered at the
    /// provider, is `{public_url}/.riser/callback`.
    pub public_url: String,
    /// What people call the site.
    pub name: String,
    /// Who asks.
    pub source: Source,
    /// Which request needs what.
    pub rules: Rules,
    /// How long a sign-in lasts here at most; the provider may end it before.
    pub session: Seconds,
    /// The clock; [`SystemClock`], but in tests.
    pub clock: Arc<dyn Clock>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// What the guard does not take.
    #[error(transparent)]
    Guard(#[from] riser_guard::ConfigError),
    /// The site's address is no origin.
    #[error("public_url `{0}` must be an https origin without a path (http on loopback only)")]
    PublicUrl(String),
    /// The client's name or secret is empty.
    #[error("client_id and client_secret must not be empty")]
    Client,
    /// The HTTP client could not be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    HttpClient(String),
    /// No random numbers.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl GateConfig {
    /// A configuration of what every gate needs; the rest as most have it: no rules, so that nothing is let through,
    /// and sign-ins of eight hours.
    #[must_use]
    pub fn new(issuer: &str, client_id: &str, client_secret: &str, public_url: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            resource: public_url.to_owned(),
            public_url: public_url.to_owned(),
            name: "This application".to_owned(),
            source: Source::Direct,
            rules: Rules::default(),
            session: Seconds(8 * 3600),
            clock: Arc::new(SystemClock),
        }
    }

    /// Whether browsers reach the site over TLS, so that cookies may insist on it.
    pub(crate) fn is_secure(&self) -> bool {
        self.public_url.starts_with("https:")
    }

    pub(crate) fn callback(&self) -> String {
        format!("{}/.riser/callback", self.public_url)
    }

    /// The authority of the site, as it stands in `Host`.
    pub(crate) fn host(&self) -> &str {
        self.public_url.split_once("://").map_or("", |(_, host)| host)
    }

    pub(crate) fn check(&self) -> Result<(), GateError> {
        let wrong = || GateError::PublicUrl(self.public_url.clone());
        let url = Url::parse(&self.public_url).map_err(|_| wrong())?;
        let loopback = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
        // Byte for byte its own origin: no path, no user, no default port, in small letters.
        if !safe || url.origin().ascii_serialization() != self.public_url {
            return Err(wrong());
        }
        if self.client_id.is_empty() || self.client_secret.is_empty() {
            return Err(GateError::Client);
        }
        Ok(())
    }
}

impl fmt::Debug for GateConfig {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateConfig")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("public_url", &self.public_url)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_an_https_origin_or_on_loopback() {
        for (url, fits) in [
            ("https://admin.example.com", true),
            ("https://admin.example.com:8443", true),
            ("http://127.0.0.1:8090", true),
            ("http://[::1]:8090", true),
            ("http://localhost:8090", true),
            ("http://admin.example.com", false),
            ("https://admin.example.com/", false),
            ("https://admin.example.com/x", false),
            ("https://Admin.example.com", false),
            ("https://admin.example.com:443", false),
            ("https://u@admin.example.com", false),
            ("ftp://127.0.0.1", false),
            ("", false),
        ] {
            let config = GateConfig::new("https://id.example.com", "admin", "secret", url);
            assert_eq!(config.check().is_ok(), fits, "{url}");
        }
        let config = GateConfig::new("https://id.example.com", "admin", "s3cr3t", "https://a.example");
        assert!(!format!("{config:?}").contains("s3cr3t"));
    }
}
