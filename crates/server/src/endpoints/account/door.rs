use axum::extract::Request;
use axum::http::request::Parts;
use riser_core::InteractionId;
use riser_core::account::{AccountAction, required};
use riser_core::step_up::{Decision, decide};
use riser_store::Presence;
use riser_wire::ProblemKind;

use crate::app::App;
use crate::csrf;
use crate::error::ApiError;
use crate::http::{Body, Visitor};
use crate::visit::live;

/// The largest form of an account's page.
const MAX_BODY: usize = 16 * 1024;

/// Who stands before an account.
pub(super) enum Door {
    /// Its owner, whose session holds what looking at it requires.
    Open(Box<Presence>),
    /// Its owner, who must prove more first.
    Closed(Box<Presence>),
    /// Nobody.
    Nobody,
}

impl Door {
    /// Decides like for any request: what the session holds now against what the account reaches now.
    pub(super) async fn of(app: &App, visitor: &Visitor) -> Result<Self, ApiError> {
        let now = app.now();
        let Some(presence) = app.presence(visitor.cookies.session, now).await? else {
            return Ok(Self::Nobody);
        };
        let ground = &app.provider.ground;
        let credentials = live(app, &presence.credentials, now);
        // No visit has this name: only what the session held before counts.
        let here = InteractionId::new("");
        let requirement = required(&AccountAction::View, here, now, &credentials, &ground.ladder);
        Ok(match decide(&presence.session, &requirement, &credentials, ground) {
            Decision::Satisfied(_) => Self::Open(Box::new(presence)),
            Decision::StepUp(_) | Decision::Enrol(_) | Decision::Unmet(_) => Self::Closed(Box::new(presence)),
        })
    }

    /// The owner, or why not.
    pub(super) fn owner(self) -> Result<Presence, ApiError> {
        match self {
            Self::Open(presence) => Ok(*presence),
            Self::Closed(_) => Err(ApiError::new(
                ProblemKind::StepUpRequired,
                "Open your account again and confirm that it is you.",
            )),
            Self::Nobody => Err(ApiError::new(ProblemKind::SignInRequired, "Sign in first.")),
        }
    }
}

/// A post from an account's page, or from a program that holds the cookies.
pub(super) struct Posted {
    pub(super) visitor: Visitor,
    pub(super) body: Body,
}

impl Posted {
    pub(super) async fn of(app: &App, request: Request) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        csrf::check_site(&parts.headers, &app.provider)?;
        let visitor = visitor(app, &parts)?;
        let body = Body::read(&parts.headers, body, MAX_BODY).await?;
        if let Some(presented) = body.csrf() {
            csrf::check(presented, &token(&visitor))?;
        }
        Ok(Self { visitor, body })
    }
}

fn visitor(app: &App, parts: &Parts) -> Result<Visitor, ApiError> {
    Visitor::of(&parts.headers, &parts.extensions, &app.provider)
}

/// What the forms of this browser's account page carry: bound to the browser and to its session's value.
pub(super) fn token(visitor: &Visitor) -> String {
    let browser = visitor.cookies.browser.as_deref().unwrap_or_default();
    let session = visitor.cookies.session.map(|session| session.0).unwrap_or_default();
    csrf::token_over(&[b"account", browser.as_bytes(), &session])
}
