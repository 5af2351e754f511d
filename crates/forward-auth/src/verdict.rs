//! What becomes of a request, and how that is said: to a proxy that knows yes and no, to a program, to a person.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use riser_guard::{GuardError, StepUpNeeded, Unmet, VerifiedToken};

use crate::{asked::Malformed, sessions::Session};

/// The names that tell the application who it is. A client may send none of them, and each is in every yes, so that
/// a proxy that copies them leaves none of a client's in place.
pub(crate) const OURS: &[&str] = &[REMOTE_USER, SUBJECT, ACR, AUTH_TIME];
/// What people call the person. Empty for bearer tokens, which do not say.
pub(crate) const REMOTE_USER: &str = "remote-user";
/// The person's identifier at the provider, never reassigned.
pub(crate) const SUBJECT: &str = "x-riser-subject";
/// Every level that the authentication meets, space-separated.
pub(crate) const ACR: &str = "x-riser-acr";
/// When the person proved it, in seconds since 1970.
pub(crate) const AUTH_TIME: &str = "x-riser-auth-time";

/// Who asks for something.
pub(crate) enum Who {
    /// Nobody in particular.
    Anybody,
    /// A browser that is signed in.
    Session(Arc<Session>, Arc<VerifiedToken>),
    /// A program with a token.
    Bearer(Arc<VerifiedToken>),
}

/// What becomes of a request.
pub(crate) enum Verdict {
    Permit(Who),
    /// No valid sign-in or token.
    Stranger(GuardError),
    /// A step-up would do, for who is signed in; and what the rule says to people.
    StepUp(StepUpNeeded, Who, Option<String>),
    /// The token lacks a scope.
    Unmet(Unmet),
    /// No, with what a rule says to people.
    Deny(Refusal),
    /// Nothing can be said now.
    Unavailable(String),
}

/// Why it is a no that nothing cures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("no rule is about this request")]
    NoRule,
    #[error("the path differs from a rule's in capitals only")]
    CaseMatters,
    #[error("the request comes from another site")]
    CrossSite,
    #[error("the provider's rules deny it")]
    Rules(Option<String>),
}

impl Refusal {
    /// For people.
    pub(crate) fn sentence(&self) -> &str {
        match self {
            Self::Malformed(_) => {
                "The address or the headers of this request can be read in more than one way."
            }
            Self::NoRule | Self::CaseMatters => "Nothing here may be used by this address.",
            Self::CrossSite => "The request came from another site, so it was not made.",
            Self::Rules(message) => message.as_deref().unwrap_or("The rules do not permit this."),
        }
    }
}

impl Who {
    /// The headers of a yes.
    pub(crate) fn headers(&self) -> HeaderMap {
        let token = match self {
            Self::Anybody => None,
            Self::Session(_, token) | Self::Bearer(token) => Some(&**token),
        };
        let claims = token.map(VerifiedToken::claims);
        let name = match self {
            Self::Session(session, _) => session.name.as_str(),
            _ => "",
        };
        let acr = claims
            .map(|claims| claims.acr_satisfied.iter().map(|acr| acr.as_str()).collect::<Vec<_>>().join(" "));
        let auth_time = claims.and_then(|claims| claims.authentication.auth_time).map(|at| at.0.to_string());
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (REMOTE_USER, name),
            (SUBJECT, token.map_or("", VerifiedToken::subject)),
            (ACR, acr.as_deref().unwrap_or_default()),
            (AUTH_TIME, auth_time.as_deref().unwrap_or_default()),
        ] {
            // A name is UTF-8 without control characters. One that no header can carry is none.
            let value = HeaderValue::from_bytes(value.as_bytes());
            headers.insert(name, value.unwrap_or(HeaderValue::from_static("")));
        }
        headers
    }
}
