//! An axum extractor for one action that must be approved itself. Feature `axum`.

use axum_core::{
    body::Body,
    extract::{FromRef, FromRequest, Request},
    response::Response,
};
use http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use riser_wire::{ProblemKind, Seconds};

use crate::{Elevation, Guard, Requirement, answer::respond_plainly};

/// One action of an API, as its JSON body says it, and what it takes to do it.
///
/// ```
/// use riser_guard::axum::Action;
///
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Transfer { payee: String, iban: String, amount: String }
///
/// impl Action for Transfer {
///     const ACR: &'static str = "phr";
///
///     fn authorization_details(&self) -> serde_json::Value {
///         serde_json::json!([{
///             "type": "payment_initiation",
///             "instructedAmount": { "currency": "EUR", "amount": self.amount },
///             "creditorName": self.payee,
///             "creditorAccount": { "iban": self.iban },
///         }])
///     }
/// }
/// ```
pub trait Action: DeserializeOwned + Send {
    /// The levels of which one is needed, space-separated, in order of preference.
    const ACR: &'static str;
    /// How long ago the approval may have been; 30 seconds or more.
    const MAX_AGE: Seconds = Seconds(300);

    /// What the person approves, made of what was parsed (RFC 9396 §2). All that matters about the action belongs in
    /// it: what is left out, the approval of another action serves as well.
    fn authorization_details(&self) -> Value;
}

/// An action that its person approved, with the approval, which is to be spent with the effect.
///
/// As an extractor it takes the whole request: the token first, then the body, then whether the one approves the other.
/// Who falls short gets the challenge of RFC 9470, with the details to approve. The router's state gives a [`Guard`].
#[derive(Debug)]
#[must_use = "an elevation that is not spent can be used again"]
pub struct StepUp<T> {
    /// What was asked for, and approved word for word.
    pub action: T,
    /// The approval: insert its `txn` under a unique key together with the effect, or have it spent by the provider.
    pub elevation: Elevation,
}

impl<S, T> FromRequest<S> for StepUp<T>
where
    S: Send + Sync,
    T: Action,
    Guard: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let guard = Guard::from_ref(state);
        // RFC 9470 §9: nothing is said of the action before the token is known to be valid.
        let verified = guard.verify_request(request.headers()).await;
        let token = verified.map_err(|error| guard.refuse(&error).map(Body::from))?;
        let is_json = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_json = is_json
            .and_then(|kind| kind.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            return Err(invalid(&guard, "send application/json"));
        }
        let body = String::from_request(request, state).await;
        let body = body.map_err(|_| invalid(&guard, "the body cannot be read, or is too large"))?;
        let action: T = serde_json::from_str(&body).map_err(|error| invalid(&guard, &error.to_string()))?;
        let requirement = Requirement::new(T::ACR).and_then(|acr| acr.max_age(T::MAX_AGE));
        // A mistake in the program: it refuses, and every test of the action shows it.
        let requirement = requirement.map_err(|_| broken(&guard))?.bound();
        match token.require_bound(&requirement, &action.authorization_details(), guard.now()) {
            Ok(elevation) => Ok(Self { action, elevation }),
            Err(unmet) => Err(guard.challenge(&unmet).map(Body::from)),
        }
    }
}

fn invalid(guard: &Guard, detail: &str) -> Response {
    respond_plainly(guard.issuer(), ProblemKind::InvalidRequest, Some(detail)).map(Body::from)
}

fn broken(guard: &Guard) -> Response {
    let mut response = respond_plainly(guard.issuer(), ProblemKind::Internal, None).map(Body::from);
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
