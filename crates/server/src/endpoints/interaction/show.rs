use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use riser_pages::Notice;
use riser_pages::render::{self, InteractionPage};
use riser_wire::Seconds;

use super::answer::error_answer;
use crate::app::App;
use crate::csrf;
use crate::error::ApiError;
use crate::http::{Visitor, Wants, form_pairs};
use crate::respond::{json, origin_of, page};
use crate::visit::{Scene, state};

/// `GET /interaction/{id}`: the state, as a page or as JSON. It changes nothing.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let wants = Wants::of(request.headers());
    let notice = notice(request.uri().query().unwrap_or_default());
    let answer = match Visitor::of(request.headers(), &app.provider) {
        Ok(visitor) => load(&app, &id, &visitor, notice).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| error_answer(&app, wants, error, StatusCode::NOT_FOUND))
}

async fn load(
    app: &App,
    id: &str,
    visitor: &Visitor,
    notice: Option<Notice>,
) -> Result<Response<Body>, ApiError> {
    let scene = Scene::load(app, id, visitor).await?;
    let state = state(app, &scene);
    if visitor.wants == Wants::Json {
        return Ok(json(&state));
    }
    let csrf = csrf::token(&scene.browser, &scene.interaction.id);
    let html = render::interaction(&InteractionPage { state: &state, csrf: &csrf, notice });
    let target = scene.request().and_then(|stored| origin_of(&stored.request.redirect_uri));
    Ok(page(StatusCode::OK, html.map_err(ApiError::internal)?, target.as_deref()))
}

/// What went wrong with the last try, by a name that a redirect of ours carried here.
fn notice(query: &str) -> Option<Notice> {
    let pairs = form_pairs(query.as_bytes()).ok()?;
    let value = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    Notice::named(value("problem")?, value("retry").and_then(Seconds::parse))
}
