//! The provider, through an OpenID client library that knows nothing of Riser.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use openidconnect::{
    AccessTokenHash, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
    core::{CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm, CoreProviderMetadata},
};
use riser_guard::{Challenge, Seconds, UnixTime};
use tokio::sync::Mutex;

use crate::{BankConfig, BankError, secret::Secret};

/// Metadata and keys are asked for again after this span.
const METADATA_LIFE: Seconds = Seconds(600);
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

/// The bank's side of OpenID Connect.
pub(crate) struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    callback: RedirectUrl,
    http: reqwest::Client,
    /// Found when first needed, so that the bank may start before its provider.
    found: Mutex<Option<(UnixTime, Arc<CoreProviderMetadata>)>>,
}

/// The three secrets of one visit.
pub(crate) struct VisitSecrets {
    pub(crate) state: Secret,
    pub(crate) nonce: Secret,
    pub(crate) verifier: Secret,
}

/// What a visit should achieve.
pub(crate) enum Ask<'a> {
    /// A sign-in.
    SignIn,
    /// The approval of one transaction by the person of this ID token.
    Approve { challenge: &'a Challenge, authorization_details: &'a serde_json::Value, id_token_hint: &'a str },
}

/// What a code bought, verified.
pub(crate) struct Redeemed {
    pub(crate) sub: String,
    pub(crate) id_token: String,
    pub(crate) access_token: String,
}

/// Why the provider did not help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    #[error("the provider refused the code: {0}")]
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

impl VisitSecrets {
    /// New ones.
    pub(crate) fn generate() -> Result<Self, BankError> {
        Ok(Self { state: Secret::generate()?, nonce: Secret::generate()?, verifier: Secret::generate()? })
    }
}

impl Provider {
    pub(crate) fn new(config: &BankConfig) -> Result<Self, BankError> {
        let http = reqwest::Client::builder()
            // A redirect from the token endpoint would carry the code elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(5))
            .build()
            .map_err(BankError::HttpClient)?;
        Ok(Self {
            issuer: IssuerUrl::new(config.issuer.clone())
                .map_err(|_| BankError::Url(config.issuer.clone()))?,
            client_id: ClientId::new(config.client_id.clone()),
            client_secret: ClientSecret::new(config.client_secret.clone()),
            callback: RedirectUrl::new(config.callback()).map_err(|_| BankError::Url(config.callback()))?,
            http,
            found: Mutex::new(None),
        })
    }

    /// The bank as a client of the provider that was found.
    async fn client(&self, now: UnixTime) -> Result<FoundClient, ProviderError> {
        let metadata = self.metadata(now).await?;
        let (id, secret) = (self.client_id.clone(), self.client_secret.clone());
        let client = CoreClient::from_provider_metadata((*metadata).clone(), id, Some(secret));
        Ok(client.set_redirect_uri(self.callback.clone()))
    }

    /// Where to send the browser.
    pub(crate) async fn authorization_url(
        &self,
        ask: Ask<'_>,
        secrets: &VisitSecrets,
        now: UnixTime,
    ) -> Result<String, ProviderError> {
        let client = self.client(now).await?;
        let state = CsrfToken::new(secrets.state.expose().to_owned());
        let nonce = Nonce::new(secrets.nonce.expose().to_owned());
        let verifier = PkceCodeVerifier::new(secrets.verifier.expose().to_owned());
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if let Ask::Approve { challenge, authorization_details, id_token_hint } = ask {
            // The members of the challenge, copied as they are (RFC 9470 §4).
            for acr in &challenge.acr_values {
                request = request.add_auth_context_value(AuthenticationContextClass::new(acr.to_string()));
            }
            if let Some(Seconds(max_age)) = challenge.max_age {
                request = request.set_max_age(Duration::from_secs(max_age.into()));
            }
            if let Some(scope) = &challenge.scope {
                request = request.add_scope(Scope::new(scope.clone()));
            }
            request = request
                .add_extra_param("authorization_details", authorization_details.to_string())
                .add_extra_param("id_token_hint", id_token_hint.to_owned());
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
        let transport = transport(&self.http);
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| ProviderError::Unreachable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&transport)
            .await
            .map_err(|error| ProviderError::Refused(error.to_string()))?;

        let bad = |error: &dyn std::fmt::Display| ProviderError::BadIdToken(error.to_string());
        let id_token = answer.id_token().ok_or_else(|| bad(&"there is none"))?;
        // No shared-secret algorithm: only keys that the provider alone has.
        let key_verifier = client.id_token_verifier().set_allowed_algs([
            CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        ]);
        let claims = match id_token.claims(&key_verifier, &Nonce::new(nonce)) {
            Ok(claims) => claims,
            Err(error) => {
                // Perhaps its keys were rotated: look again at the next visit.
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
            sub: claims.subject().to_string(),
            id_token: id_token.to_string(),
            access_token: answer.access_token().secret().clone(),
        })
    }

    async fn metadata(&self, now: UnixTime) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let mut found = self.found.lock().await;
        match &*found {
            Some((at, metadata)) if (0..i64::from(METADATA_LIFE.0)).contains(&now.since(*at)) => {
                Ok(Arc::clone(metadata))
            }
            _ => {
                let transport = transport(&self.http);
                let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &transport)
                    .await
                    .map_err(|error| ProviderError::Unreachable(chain(&error)))?;
                let metadata = Arc::new(metadata);
                *found = Some((now, Arc::clone(&metadata)));
                Ok(metadata)
            }
        }
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
