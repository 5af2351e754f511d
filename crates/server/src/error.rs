use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use riser_core::protocol::{OauthError, OauthErrorCode};
use riser_store::StoreError;
use riser_wire::{Problem, ProblemKind, Seconds};

/// Why a request was not done. Each kind knows who may read what: the client a stable name and a cure, the
/// operator one line in the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// A problem with a stable type.
    #[error("{0:?}: {1}")]
    Problem(ProblemKind, String),
    /// Too many tries.
    #[error("too many tries")]
    RateLimited(Seconds),
    /// Too much is open already.
    #[error("too much is open already")]
    Crowded(Seconds),
    /// An OAuth error of a back-channel endpoint.
    #[error(transparent)]
    Oauth(#[from] OauthError),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An error of ours.
    #[error("internal: {0}")]
    Internal(String),
}

impl ApiError {
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self::Problem(kind, detail.into())
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::InvalidRequest, detail)
    }

    pub(crate) fn internal(detail: impl std::fmt::Display) -> Self {
        Self::Internal(detail.to_string())
    }

    /// What a client is told.
    pub(crate) fn kind(&self) -> ProblemKind {
        match self {
            Self::Problem(kind, _) => *kind,
            Self::RateLimited(_) | Self::Crowded(_) => ProblemKind::RateLimited,
            Self::Oauth(_) => ProblemKind::InvalidRequest,
            // Somebody else was first: a second click, a second tab, a replay.
            Self::Store(StoreError::Conflict) => ProblemKind::ChallengeSpent,
            Self::Store(StoreError::Taken(_)) => ProblemKind::CredentialNotUsable,
            Self::Store(StoreError::Unavailable(_)) => ProblemKind::Unavailable,
            Self::Store(_) | Self::Internal(_) => ProblemKind::Internal,
        }
    }

    /// What a client may read of it beyond its kind.
    pub(crate) fn detail(&self) -> Option<String> {
        match self {
            Self::Problem(_, detail) => Some(detail.clone()),
            Self::Crowded(seconds) => Some(format!(
                "too much was begun here and not finished; try again in {} min",
                seconds.0.div_ceil(60)
            )),
            Self::Store(StoreError::Conflict) => Some("start this step again".to_owned()),
            Self::Store(StoreError::Taken(_)) => Some("this credential is already registered".to_owned()),
            _ => None,
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Seconds> {
        match self {
            Self::RateLimited(seconds) | Self::Crowded(seconds) => Some(*seconds),
            Self::Store(StoreError::Unavailable(_)) => Some(Seconds(1)),
            _ => None,
        }
    }

    /// Logs what only the operator may read. Once, at the edge.
    pub(crate) fn log(&self) {
        match self {
            Self::Store(StoreError::Conflict | StoreError::Taken(_)) => {}
            Self::Store(error) => tracing::error!(%error, "The store did not do what it was asked"),
            Self::Internal(error) => tracing::error!(%error, "A request failed by an error of ours"),
            _ => {}
        }
    }

    /// The answer as a problem document (RFC 9457), or as an OAuth error (RFC 6749 §5.2).
    pub(crate) fn into_json(self, issuer: &str) -> Response {
        self.log();
        let retry_after = self.retry_after();
        let mut response = match self {
            Self::Oauth(error) => oauth_response(&error),
            other => {
                let problem = Problem::new(issuer, other.kind(), other.detail());
                let status =
                    StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let body = serde_json::to_string(&problem).unwrap_or_default();
                // A 404, 405 or 410 may else be kept by a cache and given to somebody for whom it is not so.
                let headers =
                    [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
                (status, headers, body).into_response()
            }
        };
        if let Some(Seconds(seconds)) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// RFC 6749 §5.2: 400, or 401 with a challenge for `invalid_client`.
fn oauth_response(error: &OauthError) -> Response {
    let body = serde_json::json!({
        "error": error.code.as_str(),
        "error_description": error.wire_description(),
    });
    let mut response = (
        match error.code {
            OauthErrorCode::InvalidClient | OauthErrorCode::InvalidToken => StatusCode::UNAUTHORIZED,
            OauthErrorCode::InsufficientScope => StatusCode::FORBIDDEN,
            OauthErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            OauthErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        },
        [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")],
        body.to_string(),
    )
        .into_response();
    let challenge = match error.code {
        OauthErrorCode::InvalidClient => Some("Basic realm=\"riser\""),
        OauthErrorCode::InsufficientScope => Some("Bearer error=\"insufficient_scope\""),
        OauthErrorCode::InvalidToken => Some("Bearer error=\"invalid_token\""),
        _ => None,
    };
    if let Some(challenge) = challenge {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    response
}
