//! `/account`, a person's own page, and `/`, which says what this server is.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use riser_pages::render::{self, AccountNews, AccountPage, HomePage, PasskeyRow};
use riser_store::Secret;

use crate::app::App;
use crate::error::ApiError;
use crate::http::{Visitor, Wants};
use crate::respond::page;

/// For how many seconds a new passkey is news.
const NEWS: i64 = 60;

pub(crate) async fn home(State(app): State<Arc<App>>) -> Response<Body> {
    match render::home(&HomePage { issuer: app.provider.issuer() }) {
        Ok(html) => page(StatusCode::OK, html, None),
        Err(error) => ApiError::internal(error).into_json(app.provider.issuer()),
    }
}

pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let wants = Wants::of(request.headers());
    let answer = match Visitor::of(request.headers(), &app.provider) {
        Ok(visitor) => show(&app, &visitor).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| {
        super::interaction::error_answer(&app, wants, error, StatusCode::UNAUTHORIZED)
    })
}

async fn show(app: &App, visitor: &Visitor) -> Result<Response<Body>, ApiError> {
    let presence = app.presence(visitor.cookies.session, app.now()).await?;
    let presence = presence.ok_or_else(|| {
        ApiError::new(
            riser_wire::ProblemKind::SignInRequired,
            "Sign in from your application, then come back.",
        )
    })?;
    let passkeys: Vec<PasskeyRow<'_>> = presence
        .credentials
        .iter()
        .filter(|credential| matches!(credential.secret, Secret::Passkey(_)))
        .map(|credential| PasskeyRow {
            name: Some(credential.label.as_str()),
            created: credential.created_at,
            last_used: credential.last_used_at,
        })
        .collect();
    let is_new = passkeys.iter().any(|passkey| app.now().since(passkey.created) < NEWS);
    let page_data = AccountPage {
        username: &presence.person.name,
        passkeys: &passkeys,
        news: is_new.then_some(AccountNews::PasskeyAdded),
    };
    Ok(page(StatusCode::OK, render::account(&page_data).map_err(ApiError::internal)?, None))
}
