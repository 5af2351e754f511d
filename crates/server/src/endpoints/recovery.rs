//! `GET /recovery`: begins to replace a lost credential. Opening it changes nothing about the account.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};

use crate::app::App;
use crate::cookies::set_browser;
use crate::error::ApiError;
use crate::hashing::{hashed, secret_token};
use crate::http::{Visitor, Wants};
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
    let (browser, is_new) = match &visitor.cookies.browser {
        Some(browser) => (browser.clone(), false),
        None => (secret_token(&*app.random), true),
    };
    let interaction = open_recovery(app, hashed(&browser));
    let to = app.provider.url(&format!("/interaction/{}", interaction.id));
    app.store.open_interaction(interaction).await?;
    let mut response = redirect(&to, true);
    if is_new && let Some(cookie) = set_browser(&app.provider, &browser) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
