use super::oauth_error::{OauthError, OauthErrorCode};
use super::params::Params;

/// A token request (RFC 6749 §4.1.3 and §6), typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRequest {
    /// A code for tokens.
    Code {
        /// The code.
        code: String,
        /// As in the authorization request, when given.
        redirect_uri: Option<String>,
        /// RFC 7636 §4.5.
        verifier: String,
    },
    /// A client for itself (RFC 6749 §4.4).
    Client {
        /// What it asks for; all that it may have, when it does not say.
        scope: Option<String>,
        /// For whom (RFC 8707 §2.2).
        resource: Option<String>,
    },
    /// A refresh token for fresh tokens.
    Refresh {
        /// The token.
        refresh_token: String,
        /// A narrower scope, when given.
        scope: Option<String>,
    },
}

/// What a client says of itself. Nothing here is checked yet.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// Who it says it is.
    pub client_id: String,
    /// What it shows for it.
    pub shown: Shown,
}

/// What a client shows to prove itself: one thing, or none.
#[derive(Clone, PartialEq, Eq)]
pub enum Shown {
    /// Its name alone.
    Nothing,
    /// A secret in the `Authorization` header: `client_secret_basic`.
    Basic(String),
    /// A secret in the body: `client_secret_post`.
    Post(String),
    /// What it signed: `private_key_jwt`.
    Assertion(String),
}

/// RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl TokenRequest {
    /// Types the body of a token request.
    ///
    /// # Errors
    /// An [`OauthError`] for a missing or malformed parameter or an unknown grant type.
    pub fn parse(params: &Params) -> Result<Self, OauthError> {
        let required = |name: &'static str| {
            let value = params.get(name).map(str::to_owned);
            value.ok_or_else(|| OauthError::invalid_request(format!("{name} is missing")))
        };
        match params.get("grant_type") {
            None => Err(OauthError::invalid_request("grant_type is missing")),
            Some("authorization_code") => {
                let verifier = required("code_verifier")?;
                let fits = (43..=128).contains(&verifier.len())
                    && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
                if !fits {
                    return Err(OauthError::invalid_grant("code_verifier is not valid"));
                }
                let redirect_uri = params.get("redirect_uri").map(str::to_owned);
                Ok(Self::Code { code: required("code")?, redirect_uri, verifier })
            }
            Some("refresh_token") => Ok(Self::Refresh {
                refresh_token: required("refresh_token")?,
                scope: params.get("scope").map(str::to_owned),
            }),
            Some("client_credentials") => Ok(Self::Client {
                scope: params.get("scope").map(str::to_owned),
                resource: params.get("resource").map(str::to_owned),
            }),
            Some(_) => Err(OauthError::new(
                OauthErrorCode::UnsupportedGrantType,
                "grant_type must be `authorization_code`, `refresh_token` or `client_credentials`",
            )),
        }
    }
}

impl ClientCredentials {
    /// Reads them from the body and, decoded, from the `Authorization` header: `basic` is its name and secret.
    /// `issuer_of` says whom an assertion claims to be from, unverified.
    ///
    /// # Errors
    /// `invalid_request` when two methods are used at once (RFC 6749 §2.3), `invalid_client` for none.
    pub fn parse(
        params: &Params,
        basic: Option<(String, String)>,
        issuer_of: impl FnOnce(&str) -> Option<String>,
    ) -> Result<Self, OauthError> {
        let body_id = params.get("client_id");
        let secret = params.get("client_secret");
        let (assertion, kind) = (params.get("client_assertion"), params.get("client_assertion_type"));
        let ways = [basic.is_some(), secret.is_some(), assertion.is_some() || kind.is_some()];
        if ways.into_iter().filter(|way| *way).count() > 1 {
            return Err(OauthError::invalid_request("a client authenticates in one way at a time"));
        }
        let nobody = || OauthError::new(OauthErrorCode::InvalidClient, "the client did not say who it is");
        if let Some((client_id, value)) = basic {
            if body_id.is_some_and(|other| other != client_id) {
                return Err(OauthError::invalid_request(
                    "client_id differs from the one in the Authorization header",
                ));
            }
            return Ok(Self { client_id, shown: Shown::Basic(value) });
        }
        if let Some(assertion) = assertion {
            if kind != Some(JWT_BEARER) {
                return Err(OauthError::invalid_request("client_assertion_type is missing or unknown"));
            }
            // RFC 7521 §4.2: client_id may be left out; where it stands, it must be the assertion's.
            let client_id = body_id.map(str::to_owned).or_else(|| issuer_of(assertion));
            return Ok(Self {
                client_id: client_id.ok_or_else(nobody)?,
                shown: Shown::Assertion(assertion.to_owned()),
            });
        }
        if kind.is_some() {
            return Err(OauthError::invalid_request("client_assertion is missing"));
        }
        let shown = secret.map_or(Shown::Nothing, |value| Shown::Post(value.to_owned()));
        Ok(Self { client_id: body_id.map(str::to_owned).ok_or_else(nobody)?, shown })
    }
}
