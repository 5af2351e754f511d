use serde::{Deserialize, Serialize};

use crate::StepUp;

/// The stable names of failures; a problem's `type` is `{issuer}/problems/NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The challenge of this ceremony was used, failed once, or ran out.
    ChallengeSpent,
    /// The credential cannot serve this request.
    CredentialNotUsable,
    /// The request came from another site.
    CrossSite,
    /// The interaction is no longer pending.
    InteractionClosed,
    /// The interaction ran out of time.
    InteractionExpired,
    /// No such interaction for this browser.
    InteractionNotFound,
    /// The enrolment link was made for another person.
    GrantForOtherUser,
    /// The enrolment link was used or ran out.
    GrantSpent,
    /// The enrolment link opens later.
    GrantNotYet,
    /// Only a link lets in what was to be registered.
    EnrolmentNotPermitted,
    /// The new password is too short, too long or too well known.
    PasswordNotAccepted,
    /// Only a hardware key that the operator accepts will do, and this was none.
    HardwareKeyRequired,
    /// An error of ours; the detail is in the log under the request's id.
    Internal,
    /// A wrong password, an unknown person, a disabled account: one answer.
    InvalidCredentials,
    /// The request cannot be understood.
    InvalidRequest,
    /// No such address.
    NotFound,
    /// The address does not take this method.
    MethodNotAllowed,
    /// The body is larger than any valid one.
    PayloadTooLarge,
    /// Too many tries; see Retry-After.
    RateLimited,
    /// The authenticator did not verify the person.
    UserVerificationRequired,
    /// The page is for somebody who is signed in.
    SignInRequired,
    /// The store cannot answer now; nothing was changed.
    Unavailable,
    /// The credential belongs to somebody else.
    WrongUser,
    /// A guard's refusal that a step-up would cure.
    StepUpRequired,
    /// A guard was asked without an access token.
    TokenRequired,
    /// A guard was shown a token that is not one, not for it, or not any more.
    InvalidToken,
    /// The token was granted without a scope that a guard needs.
    InsufficientScope,
}

impl ProblemKind {
    /// The name in the type URI, the HTTP status, and the title.
    #[must_use]
    pub fn facts(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::ChallengeSpent => ("challenge_spent", 409, "This challenge was already used"),
            Self::CredentialNotUsable => {
                ("credential_not_usable", 422, "This credential cannot be used here")
            }
            Self::CrossSite => ("cross_site", 403, "The request came from another site"),
            Self::InteractionClosed => ("interaction_closed", 409, "This visit has ended"),
            Self::InteractionExpired => ("interaction_expired", 410, "This visit has run out of time"),
            Self::InteractionNotFound => {
                ("interaction_not_found", 404, "There is no such visit in this browser")
            }
            Self::GrantForOtherUser => ("grant_for_other_user", 403, "This link was made for another person"),
            Self::GrantSpent => ("grant_spent", 410, "This link was already used or has expired"),
            Self::GrantNotYet => ("grant_not_yet", 403, "This link opens later"),
            Self::EnrolmentNotPermitted => {
                ("enrolment_not_permitted", 403, "This cannot be added by oneself")
            }
            Self::PasswordNotAccepted => ("password_not_accepted", 422, "Choose another password"),
            Self::HardwareKeyRequired => ("hardware_key_required", 422, "A hardware key is required"),
            Self::Internal => ("internal", 500, "Internal error"),
            Self::InvalidCredentials => ("invalid_credentials", 401, "The name or the password is not right"),
            Self::InvalidRequest => ("invalid_request", 400, "The request is not valid"),
            Self::NotFound => ("not_found", 404, "There is nothing at this address"),
            Self::MethodNotAllowed => ("method_not_allowed", 405, "This address does not take that method"),
            Self::PayloadTooLarge => ("payload_too_large", 413, "The request is too large"),
            Self::RateLimited => ("rate_limited", 429, "Too many tries"),
            Self::UserVerificationRequired => {
                ("user_verification_required", 422, "The authenticator did not verify you")
            }
            Self::SignInRequired => ("sign_in_required", 401, "Nobody is signed in here"),
            Self::Unavailable => ("unavailable", 503, "Not available at the moment"),
            Self::WrongUser => ("wrong_user", 422, "This credential belongs to another person"),
            Self::StepUpRequired => ("step_up_required", 401, "A stronger authentication is required"),
            Self::TokenRequired => ("token_required", 401, "An access token is required"),
            Self::InvalidToken => ("invalid_token", 401, "The access token is not valid"),
            Self::InsufficientScope => ("insufficient_scope", 403, "The access token lacks a scope"),
        }
    }
}

/// A problem document: RFC 9457 §3.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// `{issuer}/problems/NAME`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of this type.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time and what to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// What would cure a guard's refusal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step_up: Option<StepUp>,
}

impl Problem {
    /// The document for `kind` under `issuer`.
    #[must_use]
    pub fn new(issuer: &str, kind: ProblemKind, detail: Option<String>) -> Self {
        let (name, status, title) = kind.facts();
        Self {
            kind: format!("{}/problems/{name}", issuer.trim_end_matches('/')),
            title: title.to_owned(),
            status,
            detail,
            step_up: None,
        }
    }
}
