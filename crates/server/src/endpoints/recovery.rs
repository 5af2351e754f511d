//! `GET /recovery`: begins to replace a lost credential. Opening it changes nothing about the account.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};

use crate::app::App;
use crate::cookies::Browser;
use crate::error::ApiError;
use crate::http::{Visitor, Wants};
use crate::openings::Opener;
use crate::respond::redirect;
use crate::visit::open_recovery;

pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let wants = Wants::of(request.headers());
    let answer = match Visitor::of(request.headers(), request.extensions(), &app.provider) {
        Ok(visitor) => open(&app, &visitor).await,
        Err(error) => Err(error),
    };
    answer
        .unwrap_or_else(|error| super::interaction::error_answer(&app, wants, error, StatusCode::BAD_REQUEST))
}

async fn open(app: &App, visitor: &Visitor) -> Result<Response<Body>, ApiError> {
    app.admit_visit(Opener::Network(visitor.network), None, app.now())?;
    let browser = Browser::of(app, &visitor.cookies);
    let interaction = open_recovery(app, browser.hashed());
    let to = app.provider.url(&format!("/interaction/{}", interaction.id));
    app.store.open_interaction(interaction).await?;
    let mut response = redirect(&to, true);
    browser.give(&app.provider, &mut response);
    Ok(response)
}
