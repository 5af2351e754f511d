use riser_core::audit::{Entry, Event};
use riser_core::protocol::{AuthorizeRequest, OauthError, OauthErrorCode};
use riser_store::Visit;
use riser_wire::Seconds;

use super::accounting::prompted;
use super::scene::Scene;
use crate::app::App;
use crate::respond::error_url;

/// How long the answer of a failed visit can be read again.
const FAILED_READABLE: Seconds = Seconds(600);

/// Why a visit ends without what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The person said no.
    Cancelled,
    /// Three ceremonies failed.
    TooManyFailures,
    /// Only a factor that is not registered would do.
    EnrolmentRequired,
    /// Nothing would do.
    Unreachable,
    /// The person wants to hear nothing more of the application (SU-42).
    Blocked,
}

impl Failure {
    /// The stable name, in the state and in the log.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::TooManyFailures => "too_many_failures",
            Self::EnrolmentRequired => "enrolment_required",
            Self::Unreachable => "unreachable",
            Self::Blocked => "application_blocked",
        }
    }

    /// What the application is told.
    pub(crate) fn error(self) -> OauthError {
        let (code, text) = match self {
            Self::Cancelled => (OauthErrorCode::AccessDenied, "The person declined"),
            Self::TooManyFailures => (OauthErrorCode::AccessDenied, "The proof failed too often"),
            // Not that it was blocked: what a person decides about an application is not told to it.
            Self::Blocked => (OauthErrorCode::AccessDenied, "The person declined"),
            Self::EnrolmentRequired => (
                OauthErrorCode::UnmetAuthenticationRequirements,
                "The person has no credential that reaches the required level",
            ),
            Self::Unreachable => (
                OauthErrorCode::UnmetAuthenticationRequirements,
                "No credential that can be registered here reaches the required level",
            ),
        };
        OauthError::new(code, text)
    }
}

/// The outcome of a failed visit, and what is recorded of it.
pub(crate) fn ended(app: &App, scene: &Scene, failure: Failure) -> (Visit, Entry) {
    let next = match scene.request() {
        Some(stored) => request_error(app, &stored.request, &failure.error()),
        None => app.provider.url("/account"),
    };
    let visit =
        Visit { failed: Some(failure.reason().to_owned()), next, until: scene.now.plus(FAILED_READABLE) };
    let event = Event::InteractionFailed {
        interaction: scene.interaction.id.clone(),
        reason: failure.reason().to_owned(),
        user: scene.person.as_ref().map(|person| person.id.clone()),
        cause: Some(scene.cause(&app.provider.ground.ladder)),
        prompt: prompted(app, scene),
    };
    (visit, Entry { at: scene.now, event })
}

/// The address that carries an error to the application.
pub(crate) fn request_error(app: &App, request: &AuthorizeRequest, error: &OauthError) -> String {
    error_url(&app.provider, &request.redirect_uri, error, request.state.as_deref())
}
