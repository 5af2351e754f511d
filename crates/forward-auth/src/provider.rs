//! The provider, through an OpenID client library that knows nothing of Riser.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use openidconnect::{
    AccessToken, AccessTokenHash, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, SubjectIdentifier, TokenResponse as _,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreJwsSigningAlgorithm,
        CoreProviderMetadata, CoreUserInfoClaims,
    },
};
use riser_guard::{Challenge, Seconds, UnixTime};
use tokio::sync::Mutex;

use crate::config::{GateConfig, GateError};

/// Metadata and keys are asked for again after this span.
const METADATA_LIFE: Seconds = Seconds(600);
/// For one exchange.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// A client as discovery leaves it: it knows where to send people, and perhaps where tokens are.
type FoundClient = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The gate's side of OpenID Connect.
pub(crate) struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    callback: RedirectUrl,
    http: reqwest::Client,
    /// Found when first needed, so that the gate may start before its provider.
    found: Mutex<Option<(UnixTime, Arc<CoreProviderMetadata>)>>,
}

/// A refresh token. Whoever has it has the sign-in.
#[derive(Clone)]
pub(crate) struct RefreshSecret(RefreshToken);

impl fmt::Debug for RefreshSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshSecret(..)")
    }
}

/// What an authorization request is for.
pub(crate) enum Ask<'a> {
    SignIn,
    /// More proof from the person of this ID token.
    StepUp {
        challenge: &'a Challenge,
        id_token_hint: &'a str,
    },
}

/// The secrets of one authorization request.
pub(crate) struct VisitSecrets<'a> {
    pub(crate) state: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) verifier: &'a str,
}

/// What a code bought. The ID token is verified; the access token is for the guard to judge.
pub(crate) struct Redeemed {
    pub(crate) subject: String,
    pub(crate) id_token: String,
    pub(crate) access_token: String,
    pub(crate) refresh: Option<RefreshSecret>,
}

/// What a refresh bought.
pub(crate) struct Refreshed {
    pub(crate) access_token: String,
    pub(crate) refresh: Option<RefreshSecret>,
}

/// Why the provider did not help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    #[error("the provider refused: {0}")]
    Refused(String),
    #[error("the ID token is not valid: {0}")]
    BadIdToken(String),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error(transparent)]
    Client(#[from] reqwest::Error),
    #[error("the answer is too large")]
    TooLarge,
}

impl Provider {
    pub(crate) fn new(config: &GateConfig) -> Result<Self, GateError> {
        let http = reqwest::Client::builder()
            // A redirect from the token endpoint would carry the code elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| GateError::HttpClient(error.to_string()))?;
        let url = |_| GateError::PublicUrl(config.public_url.clone());
        Ok(Self {
            issuer: IssuerUrl::new(config.issuer.clone())
                .map_err(|_| riser_guard::ConfigError::Issuer(config.issuer.clone()))?,
            client_id: ClientId::new(config.client_id.clone()),
            client_secret: ClientSecret::new(config.client_secret.clone()),
            callback: RedirectUrl::new(config.callback()).map_err(url)?,
            http,
            found: Mutex::new(None),
        })
    }

    /// Where to send the browser.
    pub(crate) async fn authorization_url(
        &self,
        ask: Ask<'_>,
        secrets: &VisitSecrets<'_>,
        now: UnixTime,
    ) -> Result<String, ProviderError> {
        let client = self.client(now).await?;
        let (state, nonce) = (CsrfToken::new(secrets.state.to_owned()), Nonce::new(secrets.nonce.to_owned()));
        let verifier = PkceCodeVerifier::new(secrets.verifier.to_owned());
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if let Ask::StepUp { challenge, id_token_hint } = ask {
            // The members of the challenge, copied as they are (RFC 9470 §4).
            for acr in &challenge.acr_values {
                request = request.add_auth_context_value(AuthenticationContextClass::new(acr.to_string()));
            }
            if let Some(Seconds(max_age)) = challenge.max_age {
                request = request.set_max_age(Duration::from_secs(max_age.into()));
            }
            request = request.add_extra_param("id_token_hint", id_token_hint.to_owned());
        }
        let (url, _state, _nonce) = request.url();
        Ok(url.into())
    }

    /// Redeems a code and verifies the ID token: signature, issuer, audience, times, nonce, `at_hash`.
    pub(crate) async fn redeem(
        &self,
        code: String,
        verifier: String,
        nonce: String,
        now: UnixTime,
    ) -> Result<Redeemed, ProviderError> {
        let client = self.client(now).await?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| ProviderError::Unreachable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&transport(&self.http))
            .await
            .map_err(token_error)?;
        let bad = |error: &dyn fmt::Display| ProviderError::BadIdToken(error.to_string());
        let id_token = answer.id_token().ok_or_else(|| bad(&"there is none"))?;
        // No shared-secret algorithm: only keys that the provider alone has.
        let key_verifier = client.id_token_verifier().set_allowed_algs([
            CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        ]);
        let claims = match id_token.claims(&key_verifier, &Nonce::new(nonce)) {
            Ok(claims) => claims,
            Err(error) => {
                // Perhaps its keys were rotated: look again at the next sign-in.
                *self.found.lock().await = None;
                return Err(bad(&error));
            }
        };
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg().map_err(|error| bad(&error))?;
            let key = id_token.signing_key(&key_verifier).map_err(|error| bad(&error))?;
            let actual = AccessTokenHash::from_token(answer.access_token(), algorithm, key)
                .map_err(|error| bad(&error))?;
            if actual != *expected {
                return Err(bad(&"at_hash is another access token's"));
            }
        }
        Ok(Redeemed {
            subject: claims.subject().to_string(),
            id_token: id_token.to_string(),
            access_token: answer.access_token().secret().clone(),
            refresh: answer.refresh_token().cloned().map(RefreshSecret),
        })
    }

    /// Another access token for the same sign-in. What was proved stays as it was, or counts for less.
    pub(crate) async fn refresh(
        &self,
        secret: &RefreshSecret,
        now: UnixTime,
    ) -> Result<Refreshed, ProviderError> {
        let client = self.client(now).await?;
        let answer = client
            .exchange_refresh_token(&secret.0)
            .map_err(|error| ProviderError::Unreachable(error.to_string()))?
            .request_async(&transport(&self.http))
            .await
            .map_err(token_error)?;
        Ok(Refreshed {
            access_token: answer.access_token().secret().clone(),
            refresh: answer.refresh_token().cloned().map(RefreshSecret),
        })
    }

    /// What people call the person of an access token (OIDC Core §5.3): their `preferred_username`.
    pub(crate) async fn name_of(
        &self,
        access_token: &str,
        subject: &str,
        now: UnixTime,
    ) -> Result<String, ProviderError> {
        let client = self.client(now).await?;
        let expected = SubjectIdentifier::new(subject.to_owned());
        let claims: CoreUserInfoClaims = client
            .user_info(AccessToken::new(access_token.to_owned()), Some(expected))
            .map_err(|error| ProviderError::Unreachable(error.to_string()))?
            .request_async(&transport(&self.http))
            .await
            .map_err(|error| ProviderError::Refused(chain(&error)))?;
        let name = claims.preferred_username().map(|name| name.as_str().to_owned());
        name.ok_or_else(|| ProviderError::Refused("the provider gives the person no name".to_owned()))
    }

    /// The gate as a client of the provider that was found.
    async fn client(&self, now: UnixTime) -> Result<FoundClient, ProviderError> {
        let metadata = self.metadata(now).await?;
        let (id, secret) = (self.client_id.clone(), self.client_secret.clone());
        let client = CoreClient::from_provider_metadata((*metadata).clone(), id, Some(secret));
        Ok(client.set_redirect_uri(self.callback.clone()))
    }

    async fn metadata(&self, now: UnixTime) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let mut found = self.found.lock().await;
        match &*found {
            Some((at, metadata)) if (0..i64::from(METADATA_LIFE.0)).contains(&now.since(*at)) => {
                Ok(Arc::clone(metadata))
            }
            _ => {
                let metadata =
                    CoreProviderMetadata::discover_async(self.issuer.clone(), &transport(&self.http))
                        .await
                        .map_err(|error| ProviderError::Unreachable(chain(&error)))?;
                let metadata = Arc::new(metadata);
                *found = Some((now, Arc::clone(&metadata)));
                Ok(metadata)
            }
        }
    }
}

type TokenError = RequestTokenError<HttpError, openidconnect::StandardErrorResponse<CoreErrorResponseType>>;

/// A refusal is the provider's word; everything else is that it did not answer.
fn token_error(error: TokenError) -> ProviderError {
    match error {
        RequestTokenError::ServerResponse(refusal) => {
            ProviderError::Refused(refusal.error().as_ref().to_owned())
        }
        other => ProviderError::Unreachable(chain(&other)),
    }
}

/// An error with its causes: the library's first line says only that something failed.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

type Exchange = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send>>;

/// The library's HTTP client: it takes any function.
fn transport(http: &reqwest::Client) -> impl Fn(HttpRequest) -> Exchange + Send + Sync + use<> {
    let http = http.clone();
    move |request| {
        let http = http.clone();
        Box::pin(async move {
            let mut answer = http.execute(reqwest::Request::try_from(request)?).await?;
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                if body.len() + chunk.len() > MAX_ANSWER {
                    return Err(HttpError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            let mut response = HttpResponse::new(body);
            *response.status_mut() = answer.status();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            Ok(response)
        })
    }
}
