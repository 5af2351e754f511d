//! The steps that prove nothing: a name, an agreement, a refusal.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use riser_store::Told;
use riser_wire::ProblemKind;

use super::answer::{not_stepped, stepped};
use super::{is_form, posted};
use crate::app::App;
use crate::error::ApiError;
use crate::visit::{Failure, NewCookie, Proved, Scene, advance, finish_failed};

/// Whether a text can be somebody's name here.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.chars().count()) && text.trim() == text && !text.chars().any(char::is_control)
}

/// `POST .../identifier`: the name to sign in with. It proves nothing and tells nothing.
pub(crate) async fn identifier(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let form = is_form(request.headers());
    match name(&app, &id, request).await {
        Ok(scene) => stepped(&app, &scene, None, form),
        Err(error) => not_stepped(&app, &id, error, form),
    }
}

async fn name(app: &App, id: &str, request: Request) -> Result<Scene, ApiError> {
    let mut posted = posted(app, id, request).await?;
    posted.body.only(&["username"])?;
    let name = posted.body.text("username")?;
    let name = name.filter(|name| is_name(name)).ok_or_else(|| ApiError::invalid("`username` is missing"))?;
    let scene = &mut posted.scene;
    if scene.person.is_some() {
        return Err(ApiError::new(ProblemKind::WrongUser, "somebody is already named in this visit"));
    }
    scene.interaction.progress.typed_name = Some(name);
    app.store.advance(&scene.interaction, &[], None, scene.now, Told::nothing()).await?;
    scene.interaction.version += 1;
    Ok(posted.scene)
}

/// `POST .../consent`: the person agrees.
pub(crate) async fn consent(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let form = is_form(request.headers());
    match agree(&app, &id, request).await {
        Ok((scene, cookie)) => stepped(&app, &scene, cookie, form),
        Err(error) => not_stepped(&app, &id, error, form),
    }
}

async fn agree(app: &App, id: &str, request: Request) -> Result<(Scene, NewCookie), ApiError> {
    let mut posted = posted(app, id, request).await?;
    posted.body.only(&["approve"])?;
    if !posted.body.flag("approve")? {
        return Err(ApiError::invalid("`approve` must be true; to refuse, cancel"));
    }
    if posted.scene.request().is_none_or(|stored| !stored.consent) {
        return Err(ApiError::invalid("nothing is to be agreed to here"));
    }
    posted.scene.interaction.progress.consented = true;
    let cookie = advance(app, &posted.visitor, &mut posted.scene, Proved::default()).await?;
    Ok((posted.scene, cookie))
}

/// `POST .../cancel`: the person refuses. The session is as it was.
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let form = is_form(request.headers());
    match refuse(&app, &id, request).await {
        Ok(scene) => stepped(&app, &scene, None, form),
        Err(error) => not_stepped(&app, &id, error, form),
    }
}

async fn refuse(app: &App, id: &str, request: Request) -> Result<Scene, ApiError> {
    let mut posted = posted(app, id, request).await?;
    posted.body.only(&[])?;
    finish_failed(app, &mut posted.scene, Vec::new(), Failure::Cancelled).await?;
    Ok(posted.scene)
}
