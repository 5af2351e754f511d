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
    /// Its secret, if it showed one, and whether that came in the header.
    pub secret: Option<PresentedSecret>,
}

/// A secret as it was shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PresentedSecret {
    /// The secret.
    pub value: String,
    /// `client_secret_basic` rather than `client_secret_post`.
    pub in_header: bool,
}

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
    /// Reads them from the body and, decoded, from the `Authorization` header: `basic` is its name and
    /// secret.
    ///
    /// # Errors
    /// `invalid_request` when two methods are used at once (RFC 6749 §2.3), `invalid_client` for none.
    pub fn parse(params: &Params, basic: Option<(String, String)>) -> Result<Self, OauthError> {
        let body_id = params.get("client_id");
        let body_secret = params.get("client_secret");
        match basic {
            Some(_) if body_secret.is_some() => {
                Err(OauthError::invalid_request("a client authenticates in one way at a time"))
            }
            Some((client_id, _)) if body_id.is_some_and(|other| other != client_id) => {
                Err(OauthError::invalid_request("client_id differs from the one in the Authorization header"))
            }
            Some((client_id, value)) => {
                Ok(Self { client_id, secret: Some(PresentedSecret { value, in_header: true }) })
            }
            None => {
                let client_id = body_id.map(str::to_owned).ok_or_else(|| {
                    OauthError::new(OauthErrorCode::InvalidClient, "the client did not say who it is")
                })?;
                let secret =
                    body_secret.map(|value| PresentedSecret { value: value.to_owned(), in_header: false });
                Ok(Self { client_id, secret })
            }
        }
    }
}
