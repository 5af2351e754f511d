//! Refusals as HTTP answers: RFC 6750 §3, RFC 9470 §3, with a problem document (RFC 9457) as the body.

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use riser_wire::{Problem, ProblemKind};

use crate::{
    guard::{Guard, GuardError},
    require::{ScopeNeeded, StepUpNeeded, Unmet},
};

impl Guard {
    /// The answer to a request whose token is missing, bad or cannot be judged. It is the same whatever
    /// the action requires: who has no valid token learns nothing of that (RFC 9470 §9).
    #[must_use]
    pub fn refuse(&self, error: &GuardError) -> Response<String> {
        match error {
            // RFC 6750 §3.1: without any credentials, no error code.
            GuardError::NoToken => {
                let challenge = self.with_resource("Bearer", true);
                self.answer(ProblemKind::TokenRequired, None, Some(&challenge))
            }
            GuardError::Ambiguous => self.answer(
                ProblemKind::InvalidRequest,
                Some("send one Authorization header with one Bearer token"),
                Some("Bearer error=\"invalid_request\""),
            ),
            GuardError::InvalidToken(_) => {
                let challenge = self.with_resource("Bearer error=\"invalid_token\"", true);
                self.answer(ProblemKind::InvalidToken, None, Some(&challenge))
            }
            GuardError::Unavailable(_) => {
                let mut response =
                    self.answer(ProblemKind::Unavailable, Some("the token cannot be checked now"), None);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
                response
            }
        }
    }

    /// The answer to a valid token that falls short: the challenge of RFC 9470, or `insufficient_scope`.
    #[must_use]
    pub fn challenge(&self, unmet: &Unmet) -> Response<String> {
        match unmet {
            Unmet::StepUp(needed) => self.step_up(needed),
            Unmet::Scope(ScopeNeeded(scope)) => {
                let header = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
                let header = self.with_resource(&header, false);
                self.answer(ProblemKind::InsufficientScope, None, Some(&header))
            }
        }
    }

    /// The `401` of RFC 9470 §3. Its body has a `step_up` member, which a client copies verbatim into its
    /// authorization request: `acr_values`, `max_age`, `authorization_details`.
    #[must_use]
    pub fn step_up(&self, needed: &StepUpNeeded) -> Response<String> {
        let mut step_up = needed.challenge.to_step_up(needed.authorization_details.clone());
        step_up.www_authenticate = self.with_resource(&step_up.www_authenticate, false);
        let header = step_up.www_authenticate.clone();
        let mut problem = Problem::new(self.issuer(), ProblemKind::StepUpRequired, None);
        problem.step_up = Some(step_up);
        respond(&problem, Some(&header))
    }

    fn answer(&self, kind: ProblemKind, detail: Option<&str>, challenge: Option<&str>) -> Response<String> {
        respond(&Problem::new(self.issuer(), kind, detail.map(str::to_owned)), challenge)
    }
}

/// A problem without a challenge.
#[cfg(feature = "axum")]
pub(crate) fn respond_plainly(issuer: &str, kind: ProblemKind, detail: Option<&str>) -> Response<String> {
    respond(&Problem::new(issuer, kind, detail.map(str::to_owned)), None)
}

fn respond(problem: &Problem, challenge: Option<&str>) -> Response<String> {
    // A problem document always has a JSON form; if it had none, the status would still refuse.
    let mut response = Response::new(serde_json::to_string(problem).unwrap_or_default());
    *response.status_mut() = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::FORBIDDEN);
    let mut set = |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
    set(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    set(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Levels and scopes are visible ASCII, so a challenge is always a header value.
    if let Some(value) = challenge.and_then(|challenge| HeaderValue::from_str(challenge).ok()) {
        set(header::WWW_AUTHENTICATE, value);
    }
    response
}
