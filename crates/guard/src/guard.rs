use std::{fmt, sync::Arc};

use http::{HeaderMap, header};
use riser_tokens::VerifyError;
use riser_wire::{Seconds, UnixTime};

use crate::{
    cache::KeyCache,
    clock::{Clock, SystemClock},
    config::{ConfigError, check_issuer},
    resource::ProtectedResource,
    source::{FetchError, JwksSource},
    token::{InvalidToken, VerifiedToken},
};

/// Tokens with unknown key names, which anybody can send, cause at most one fetch in this span.
const REFETCH_INTERVAL: Seconds = Seconds(30);

/// What stands in front of an API: it verifies access tokens of one provider for one audience.
///
/// Cheap to clone; make one for a process.
#[derive(Clone)]
pub struct Guard(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    issuer: String,
    audience: String,
    clock: Arc<dyn Clock>,
    keys: KeyCache,
    pub(crate) resource: Option<ProtectedResource>,
    #[cfg(feature = "fetch")]
    pub(crate) client: reqwest::Client,
}

/// A guard in the making.
pub struct GuardBuilder {
    issuer: String,
    audience: String,
    clock: Arc<dyn Clock>,
    source: Option<Arc<dyn JwksSource>>,
    refetch_interval: Seconds,
    resource: Option<ProtectedResource>,
}

/// Why a request has no verified token. The answer to each is [`Guard::refuse`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// No `Authorization: Bearer`.
    #[error("the request has no bearer token")]
    NoToken,
    /// More than one `Authorization`, or one that is not text.
    #[error("the request has more than one Authorization header, or a malformed one")]
    Ambiguous,
    /// The token is not valid here and now.
    #[error(transparent)]
    InvalidToken(#[from] InvalidToken),
    /// The provider's keys could not be fetched, so nothing can be said of the token. Denied, with 503.
    #[error("the provider's keys are not available: {0}")]
    Unavailable(#[from] FetchError),
}

impl Guard {
    /// A guard for tokens of `issuer` whose `aud` holds `audience`, this API's own identifier (the
    /// `resource` that the provider has registered for it). Both are compared byte for byte.
    #[must_use]
    pub fn builder(issuer: impl Into<String>, audience: impl Into<String>) -> GuardBuilder {
        GuardBuilder {
            issuer: issuer.into(),
            audience: audience.into(),
            clock: Arc::new(SystemClock),
            source: None,
            refetch_interval: REFETCH_INTERVAL,
            resource: None,
        }
    }

    /// Verifies the text of an access token (RFC 9068 §4), fetching the provider's keys when needed.
    ///
    /// # Errors
    /// [`GuardError::InvalidToken`] for a bad token, [`GuardError::Unavailable`] when it cannot be judged.
    pub async fn verify(&self, bearer: &str) -> Result<VerifiedToken, GuardError> {
        let Inner { issuer, audience, keys: cache, .. } = &*self.0;
        let now = self.now();
        let keys = cache.keys(now).await?;
        match VerifiedToken::check(bearer, &keys, issuer, audience, now) {
            Err(InvalidToken::Signed(VerifyError::UnknownKey)) => {
                let unknown = GuardError::InvalidToken(VerifyError::UnknownKey.into());
                let newer = cache.newer(&keys, now).await?.ok_or(unknown)?;
                Ok(VerifiedToken::check(bearer, &newer, issuer, audience, now)?)
            }
            checked => Ok(checked?),
        }
    }

    /// Verifies the bearer token of a request (RFC 6750 §2.1: the header only, never the address).
    ///
    /// # Errors
    /// [`GuardError`], for [`Self::refuse`].
    pub async fn verify_request(&self, headers: &HeaderMap) -> Result<VerifiedToken, GuardError> {
        self.verify(bearer_of(headers)?).await
    }

    /// This moment, by the guard's clock.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.0.clock.now()
    }

    /// This API's own identifier.
    pub(crate) fn audience(&self) -> &str {
        &self.0.audience
    }

    /// The provider.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }
}

/// The token of `Authorization: Bearer` (RFC 6750 §2.1).
fn bearer_of(headers: &HeaderMap) -> Result<&str, GuardError> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let value = all.next().ok_or(GuardError::NoToken)?;
    if all.next().is_some() {
        return Err(GuardError::Ambiguous);
    }
    let text = value.to_str().map_err(|_| GuardError::Ambiguous)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(GuardError::NoToken),
    }
}

impl GuardBuilder {
    /// Another clock, for tests.
    #[must_use]
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Another source of keys than the provider's own address.
    #[must_use]
    pub fn source(self, source: impl JwksSource) -> Self {
        Self { source: Some(Arc::new(source)), ..self }
    }

    /// How long after a fetch a token with an unknown key may cause another: 30 seconds, if not set.
    #[must_use]
    pub fn refetch_interval(self, interval: Seconds) -> Self {
        Self { refetch_interval: interval, ..self }
    }

    /// That the API describes itself at `url` (RFC 9728), as an MCP server does: each challenge then says where, so that
    /// a client that knows nothing finds the provider. `scopes` are those that a client asks for at first.
    ///
    /// # Errors
    /// [`ConfigError`] when the address is no https URL (http on loopback), or a scope none.
    pub fn protected_resource(self, url: &str, scopes: &[&str]) -> Result<Self, ConfigError> {
        Ok(Self { resource: Some(ProtectedResource::new(url, scopes)?), ..self })
    }

    /// The guard. Nothing is fetched yet, so that an API may start before its provider.
    ///
    /// # Errors
    /// [`ConfigError`] when the issuer or audience cannot be one, or no HTTP client can be set up.
    pub fn build(self) -> Result<Guard, ConfigError> {
        check_issuer(&self.issuer)?;
        if self.audience.is_empty() {
            return Err(ConfigError::Audience);
        }
        let source = match self.source {
            Some(source) => source,
            None => default_source(&self.issuer)?,
        };
        Ok(Guard(Arc::new(Inner {
            issuer: self.issuer,
            audience: self.audience,
            clock: self.clock,
            keys: KeyCache::new(source, self.refetch_interval),
            resource: self.resource,
            #[cfg(feature = "fetch")]
            client: crate::fetch::client()?,
        })))
    }
}

#[cfg(feature = "fetch")]
fn default_source(issuer: &str) -> Result<Arc<dyn JwksSource>, ConfigError> {
    Ok(Arc::new(crate::fetch::HttpSource::new(issuer)?))
}

#[cfg(not(feature = "fetch"))]
fn default_source(_issuer: &str) -> Result<Arc<dyn JwksSource>, ConfigError> {
    Err(ConfigError::HttpClient("set a source, or switch on the feature `fetch`".to_owned()))
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("issuer", &self.0.issuer)
            .field("audience", &self.0.audience)
            .finish_non_exhaustive()
    }
}
