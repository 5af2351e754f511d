use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use riser_core::assurance::Factor;
use riser_factors::password::{Password, PasswordError, SOLE_FACTOR_MIN};
use riser_wire::{ProblemKind, Seconds};

use super::super::answer::{not_stepped, stepped};
use super::super::{Posted, is_form, posted};
use super::Right;
use crate::app::{App, random_bytes};
use crate::error::ApiError;
use crate::visit::{Brought, NewCookie, Proved, Scene, advance};

/// `POST .../enrol/password`: the new password of who has proved who they are.
pub(crate) async fn enrol_password(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let form = is_form(request.headers());
    match set(&app, &id, request).await {
        Ok((scene, cookie)) => stepped(&app, &scene, cookie, form),
        Err(error) => not_stepped(&app, &id, error, form),
    }
}

async fn set(app: &App, id: &str, request: Request) -> Result<(Scene, NewCookie), ApiError> {
    let Posted { visitor, mut scene, body } = posted(app, id, request).await?;
    body.only(&["password"])?;
    let text = body.text("password")?.ok_or_else(|| ApiError::invalid("`password` is missing"))?;
    Right::of(app, &scene, Factor::Password)?.own()?;
    let person = scene.person.as_ref().ok_or_else(|| ApiError::internal("nobody's account"))?;
    let refuse = |error: PasswordError| match error {
        PasswordError::Busy => ApiError::RateLimited(Seconds(1)),
        PasswordError::TooShort { .. } | PasswordError::TooLong { .. } | PasswordError::Blocked { .. } => {
            ApiError::new(ProblemKind::PasswordNotAccepted, error.to_string())
        }
        other => ApiError::internal(other),
    };
    // Anybody may come to have nothing but a password: the length is always that of a sole factor.
    let password = Password::for_enrolment(&text, SOLE_FACTOR_MIN).map_err(refuse)?;
    app.blocklist.check(&password, &[&person.name, app.provider.host(), "riser"]).map_err(refuse)?;
    let hash = app.passwords.hash(&password, random_bytes(&*app.random)).await.map_err(refuse)?;
    let step = Proved { brings: Some(Brought::Password(hash.as_str().to_owned())), ..Proved::default() };
    let cookie = advance(app, &visitor, &mut scene, step).await?;
    Ok((scene, cookie))
}
