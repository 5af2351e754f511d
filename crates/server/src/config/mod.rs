mod budgets;
mod enrolment;

pub use budgets::Budgets;
pub use enrolment::{CoolingOff, EnrolmentPolicy, enrollable};

use std::collections::HashMap;

use riser_core::protocol::{Client, TokenEndpointAuthMethod};
use riser_core::step_up::Ground;
use riser_core::transaction::DetailsType;
use riser_factors::webauthn::RelyingParty;
use riser_store::{Hashed, SessionLife};
use riser_tokens::KeySet;
use subtle::ConstantTimeEq as _;

use crate::hashing::hashed;

/// What the operator configured, checked.
pub struct Provider {
    /// The issuer, byte for byte as published.
    issuer: String,
    /// Registered clients by `client_id`.
    clients: HashMap<String, RegisteredClient>,
    /// The ladder and what can be enrolled.
    pub ground: Ground,
    /// The types of transaction.
    pub details_types: Vec<DetailsType>,
    /// The WebAuthn relying party.
    pub relying_party: RelyingParty,
    /// How long sessions live.
    pub session_life: SessionLife,
    /// How often something may be tried.
    pub budgets: Budgets,
    /// What people may do about their own credentials.
    pub enrolment: EnrolmentPolicy,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
}

/// A client with what proves it.
pub struct RegisteredClient {
    /// Its metadata.
    pub client: Client,
    /// Its secret, if it has one.
    pub secret: Option<ClientSecret>,
    /// Its own public keys (`jwks`): what it signs is verified with them.
    pub keys: Option<KeySet>,
}

impl RegisteredClient {
    /// Whether it has what its method of proving itself takes (RFC 7591 §2), and nothing else.
    ///
    /// # Errors
    /// What is missing, or of no use.
    pub fn check(&self) -> Result<(), ProviderError> {
        let id = || self.client.id.as_str().to_owned();
        let method = self.client.auth_method;
        if method.needs_secret() != self.secret.is_some() {
            return Err(ProviderError::Secret(id()));
        }
        let has_key = self.keys.as_ref().is_some_and(|keys| !keys.is_empty());
        if method == TokenEndpointAuthMethod::PrivateKeyJwt && !has_key {
            return Err(ProviderError::Keys(id()));
        }
        Ok(())
    }
}

/// A client's secret: compared in its hashed form, in constant time.
pub struct ClientSecret(Hashed);

/// Why a provider cannot be configured so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Not an https URL without query, fragment and trailing slash; http on loopback only.
    #[error(
        "issuer `{0}`: write an https URL without query, fragment or trailing slash (http on loopback only)"
    )]
    Issuer(String),
    /// Two clients of one name.
    #[error("client `{0}` is written twice")]
    ClientTwice(String),
    /// A client that proves itself by a secret without one, or another with one.
    #[error("client `{0}`: a client_secret is needed exactly for client_secret_basic and client_secret_post")]
    Secret(String),
    /// A client that proves itself by a key without one.
    #[error("client `{0}`: private_key_jwt needs jwks with a key for ES256 or RS256")]
    Keys(String),
}

impl ClientSecret {
    /// Keeps a secret's hash. A secret is a random value of at least 128 bits, not a password.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(hashed(secret))
    }

    pub(crate) fn matches(&self, presented: &str) -> bool {
        self.0.0.ct_eq(&hashed(presented).0).into()
    }
}

impl Provider {
    /// Puts the checked parts together.
    ///
    /// # Errors
    /// [`ProviderError`] names what does not fit.
    pub fn new(
        issuer: String,
        clients: Vec<RegisteredClient>,
        ground: Ground,
        details_types: Vec<DetailsType>,
        relying_party: RelyingParty,
        session_life: SessionLife,
    ) -> Result<Self, ProviderError> {
        if !is_issuer(&issuer) {
            return Err(ProviderError::Issuer(issuer));
        }
        let mut by_id = HashMap::new();
        for registered in clients {
            let id = registered.client.id.as_str().to_owned();
            registered.check()?;
            if by_id.insert(id.clone(), registered).is_some() {
                return Err(ProviderError::ClientTwice(id));
            }
        }
        Ok(Self {
            issuer,
            clients: by_id,
            ground,
            details_types,
            relying_party,
            session_life,
            budgets: Budgets::default(),
            enrolment: EnrolmentPolicy::default(),
            trusted_proxies: Vec::new(),
        })
    }

    /// The issuer, byte for byte as published.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The issuer's host, by which people know it.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.issuer.split_once("://").map_or(self.issuer.as_str(), |(_, rest)| rest);
        rest.split_once(':').map_or(rest, |(host, _)| host)
    }

    /// Whether pages are served over https, as the issuer says; never what a proxy header says.
    #[must_use]
    pub(crate) fn is_https(&self) -> bool {
        self.issuer.starts_with("https://")
    }

    pub(crate) fn client(&self, id: &str) -> Option<&RegisteredClient> {
        self.clients.get(id)
    }

    /// An absolute address under the issuer. Never made from a request's Host.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}

fn is_issuer(issuer: &str) -> bool {
    let Ok(url) = url::Url::parse(issuer) else { return false };
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    (url.scheme() == "https" || (url.scheme() == "http" && loopback))
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        // The well-known documents stand under the issuer; it stands at the root of its host.
        && url.path() == "/"
        && !issuer.ends_with('/')
}
