use std::borrow::Cow;

/// The error codes that Riser answers, as the standards spell them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OauthErrorCode {
    /// The person, or the provider for them, refused (RFC 6749 §4.1.2.1).
    AccessDenied,
    /// OIDC Core §3.1.2.6.
    ConsentRequired,
    /// OIDC Core §3.1.2.6.
    InteractionRequired,
    /// RFC 9396 §5.
    InvalidAuthorizationDetails,
    /// RFC 6750 §3.1.
    InsufficientScope,
    /// RFC 6749 §5.2.
    InvalidClient,
    /// RFC 9449 §5.
    InvalidDpopProof,
    /// RFC 6749 §5.2.
    InvalidGrant,
    /// RFC 6749 §4.1.2.1.
    InvalidRequest,
    /// RFC 6749 §4.1.2.1.
    InvalidScope,
    /// RFC 8707 §2.
    InvalidTarget,
    /// RFC 6750 §3.1.
    InvalidToken,
    /// OIDC Core §3.1.2.6.
    LoginRequired,
    /// OIDC Core §3.1.2.6.
    RequestNotSupported,
    /// OIDC Core §3.1.2.6.
    RequestUriNotSupported,
    /// RFC 6749 §4.1.2.1.
    ServerError,
    /// RFC 6749 §4.1.2.1.
    TemporarilyUnavailable,
    /// RFC 6749 §5.2.
    UnauthorizedClient,
    /// OpenID Connect Core Unmet Authentication Requirements §1.
    UnmetAuthenticationRequirements,
    /// RFC 6749 §5.2.
    UnsupportedGrantType,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
}

impl OauthErrorCode {
    /// The code on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidClient => "invalid_client",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidToken => "invalid_token",
            Self::LoginRequired => "login_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
        }
    }
}

/// An OAuth error: a code for programs, a sentence for their developers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", code.as_str())]
pub struct OauthError {
    /// The stable code.
    pub code: OauthErrorCode,
    /// What happened and what to do. Never a secret.
    pub description: Cow<'static, str>,
}

impl OauthError {
    /// An error with its sentence.
    pub fn new(code: OauthErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: description.into() }
    }

    /// `invalid_request`.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OauthErrorCode::InvalidRequest, description)
    }

    /// `invalid_grant`.
    pub fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OauthErrorCode::InvalidGrant, description)
    }

    /// The description in the characters that RFC 6749 §5.2 allows: visible ASCII and spaces, without
    /// quotes and backslashes.
    #[must_use]
    pub fn wire_description(&self) -> String {
        self.description
            .chars()
            .map(|char| match char {
                '"' | '`' => '\'',
                ' '..='~' if char != '\\' => char,
                _ => '?',
            })
            .collect()
    }
}
