//! `/cancel/{token}`: the link of a letter that ends something which waits. Opening it changes nothing, because
//! programs open the links of letters too; its one button ends it, without a sign-in: whoever reads the
//! owner's letters may stop a change, and can gain nothing by it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use riser_core::account::Notice;
use riser_core::audit::{Entry, Event};
use riser_core::{CredentialId, UnixTime, UserId};
use riser_pages::render::{self, CancelPage, Cancellable, CancelledPage};
use riser_store::{Cancellation, Letter, Person, StoreError, Told};
use riser_wire::ProblemKind;

use crate::app::App;
use crate::csrf;
use crate::error::ApiError;
use crate::hashing::hashed;
use crate::http::Wants;
use crate::respond::{json, page};

/// `GET /cancel/{token}`.
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    request: Request,
) -> Response<Body> {
    let wants = Wants::of(request.headers());
    let answer = match found(&app, &token).await {
        Ok(found) => show(&found, &token, wants),
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| super::interaction::error_answer(&app, wants, error, StatusCode::GONE))
}

fn show(found: &Found, token: &str, wants: Wants) -> Result<Response<Body>, ApiError> {
    if wants == Wants::Json {
        return Ok(json(&serde_json::json!({ "cancels": found.kind() })));
    }
    let page_data = CancelPage { token, username: &found.person.name, what: found.shown() };
    Ok(page(StatusCode::OK, render::cancel(&page_data).map_err(ApiError::internal)?, None))
}

/// `POST /cancel/{token}`.
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    request: Request,
) -> Response<Body> {
    let wants = Wants::of(request.headers());
    let answer = end(&app, &token, request, wants).await;
    answer.unwrap_or_else(|error| super::interaction::error_answer(&app, wants, error, StatusCode::GONE))
}

async fn end(app: &App, token: &str, request: Request, wants: Wants) -> Result<Response<Body>, ApiError> {
    csrf::check_site(request.headers(), &app.provider)?;
    let found = found(app, token).await?;
    let user = found.person.id.clone();
    let (event, notice) = match &found.what {
        What::Rise { credential, label, .. } => (
            Event::RiseCancelled { user: user.clone(), credential: credential.clone() },
            Notice::RiseCancelled { label: label.clone() },
        ),
        What::Recovery { .. } => (Event::RecoveryCancelled { user: user.clone() }, Notice::RecoveryCancelled),
    };
    let now = app.now();
    let told = Told::from(Entry { at: now, event }).with(Letter { user, notice, link: None });
    match app.store.cancel(hashed(token), now, told).await {
        Ok(_) => {}
        Err(StoreError::Conflict) => return Err(ended()),
        Err(error) => return Err(error.into()),
    }
    if wants == Wants::Json {
        return Ok(json(&serde_json::json!({ "cancelled": found.kind() })));
    }
    let html = render::cancelled(&CancelledPage { what: found.shown() }).map_err(ApiError::internal)?;
    Ok(page(StatusCode::OK, html, None))
}

struct Found {
    person: Person,
    what: What,
}

enum What {
    Rise { credential: CredentialId, label: String, until: UnixTime },
    Recovery { lost: String, opens_at: UnixTime },
}

impl Found {
    fn kind(&self) -> &'static str {
        match self.what {
            What::Rise { .. } => "rise",
            What::Recovery { .. } => "recovery",
        }
    }

    fn shown(&self) -> Cancellable<'_> {
        match &self.what {
            What::Rise { label, until, .. } => Cancellable::Rise { label, until: *until },
            What::Recovery { lost, opens_at } => Cancellable::Recovery { lost, opens_at: *opens_at },
        }
    }
}

fn ended() -> ApiError {
    ApiError::new(ProblemKind::GrantSpent, "There is nothing left to cancel: it was cancelled, or is done.")
}

/// What a token would end, if that still waits or can still be taken back.
async fn found(app: &App, token: &str) -> Result<Found, ApiError> {
    let spent = app.store.cancellation(hashed(token)).await?.ok_or_else(ended)?;
    if spent.spent_at.is_some() || spent.expires_at <= app.now() {
        return Err(ended());
    }
    match spent.value {
        Cancellation::Rise { user, credential } => {
            let person = person(app, &user).await?;
            let stored = app.store.credentials(&user).await?;
            let stored =
                stored.into_iter().find(|stored| stored.id == credential && stored.revoked_at.is_none());
            let stored = stored.ok_or_else(ended)?;
            let until = stored.rising.as_ref().map(|rising| rising.at).ok_or_else(ended)?;
            Ok(Found { person, what: What::Rise { credential, label: stored.label, until } })
        }
        Cancellation::Recovery { user, recovery } => {
            let person = person(app, &user).await?;
            let open = app.store.open_recovery(&user, app.now()).await?;
            let open = open.filter(|open| open.id == recovery).ok_or_else(ended)?;
            let credentials = app.store.credentials(&user).await?;
            let lost =
                credentials.into_iter().find(|stored| stored.id == open.lost).map(|stored| stored.label);
            let what = What::Recovery { lost: lost.unwrap_or_default(), opens_at: open.opens_at };
            Ok(Found { person, what })
        }
    }
}

async fn person(app: &App, user: &UserId) -> Result<Person, ApiError> {
    app.store.user(user).await?.ok_or_else(ended)
}
