//! What only ends something: a session, an application's grants, something that waits. It takes the account
//! open, and no proof of its own: nobody gains by it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode, header};
use riser_core::account::Notice;
use riser_core::audit::{Entry, Event};
use riser_core::{ClientId, SessionId, UnixTime, UserId};
use riser_pages::AccountNews;
use riser_store::{Letter, Presence, StoreError, Told};
use riser_wire::ProblemKind;

use super::door::{Door, Posted};
use crate::app::App;
use crate::cookies::forget_session;
use crate::endpoints::interaction::error_answer;
use crate::error::ApiError;
use crate::http::{Wants, is_of_type};
use crate::respond::{json, redirect};

/// `POST /account/sessions/{id}/end`.
pub(crate) async fn end_session(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let ended = async |app: &App, posted: Posted| {
        posted.body.only(&[])?;
        let owner = Door::of(app, &posted.visitor).await?.owner()?;
        let session = SessionId::new(id.as_str());
        let event = Event::SessionEnded { user: owner.person.id.clone(), session: session.clone() };
        let now = app.now();
        app.store.end_session(&session, &owner.person.id, now, Entry { at: now, event }.into()).await?;
        Ok(Some(AccountNews::SessionEnded))
    };
    answer(&app, request, ended).await
}

/// `POST /account/applications/revoke`.
pub(crate) async fn revoke_application(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let ended = async |app: &App, posted: Posted| {
        let (user, client) = owner_and_client(app, &posted).await?;
        let event = Event::ApplicationRevoked { user: user.clone(), client: client.clone() };
        let now = app.now();
        app.store.revoke_application(&user, &client, now, Entry { at: now, event }.into()).await?;
        Ok(Some(AccountNews::ApplicationRevoked))
    };
    answer(&app, request, ended).await
}

/// `POST /account/applications/block`: an application loses what it has, and is heard no more (SU-42).
pub(crate) async fn block_application(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let ended = async |app: &App, posted: Posted| {
        let (user, client) = owner_and_client(app, &posted).await?;
        if app.provider.client(client.as_str()).is_none() {
            return Err(ApiError::new(ProblemKind::NotFound, "There is no such application."));
        }
        let event = Event::ApplicationBlocked { user: user.clone(), client: client.clone() };
        let now = app.now();
        app.store.block_application(&user, &client, now, Entry { at: now, event }.into()).await?;
        Ok(Some(AccountNews::ApplicationBlocked))
    };
    answer(&app, request, ended).await
}

/// `POST /account/applications/unblock`: it may ask again, and nothing more.
pub(crate) async fn unblock_application(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let ended = async |app: &App, posted: Posted| {
        let (user, client) = owner_and_client(app, &posted).await?;
        let event = Event::ApplicationUnblocked { user: user.clone(), client: client.clone() };
        let now = app.now();
        app.store.unblock_application(&user, &client, now, Entry { at: now, event }.into()).await?;
        Ok(Some(AccountNews::ApplicationUnblocked))
    };
    answer(&app, request, ended).await
}

/// Whose account is open, and the application that a form of it names.
async fn owner_and_client(app: &App, posted: &Posted) -> Result<(UserId, ClientId), ApiError> {
    posted.body.only(&["client_id"])?;
    let owner = Door::of(app, &posted.visitor).await?.owner()?;
    let client = posted.body.text("client_id")?;
    let client = client.ok_or_else(|| ApiError::invalid("`client_id` is missing"))?;
    Ok((owner.person.id, ClientId::new(client)))
}

/// `POST /account/recoveries/cancel`.
pub(crate) async fn cancel_recovery(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let ended = async |app: &App, posted: Posted| {
        posted.body.only(&[])?;
        let owner = Door::of(app, &posted.visitor).await?.owner()?;
        let now = app.now();
        let open = app.store.open_recovery(&owner.person.id, now).await?;
        let open = open.ok_or(StoreError::Conflict)?;
        let event = Event::RecoveryCancelled { user: owner.person.id.clone() };
        let told = told(&owner, now, event, Notice::RecoveryCancelled);
        let keep = Some(owner.session.id.clone());
        app.store.cancel_recovery(&owner.person.id, &open.id, keep, now, told).await?;
        Ok(Some(AccountNews::RecoveryCancelled))
    };
    answer(&app, request, ended).await
}

/// `POST /account/rises/cancel`: a credential that waits to count for more is removed.
pub(crate) async fn cancel_rise(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let ended = async |app: &App, posted: Posted| {
        posted.body.only(&["credential"])?;
        let owner = Door::of(app, &posted.visitor).await?.owner()?;
        let now = app.now();
        let named =
            posted.body.text("credential")?.ok_or_else(|| ApiError::invalid("`credential` is missing"))?;
        let stored = owner.credentials.iter().find(|stored| stored.id.as_str() == named);
        let waits = stored.filter(|stored| stored.rising.as_ref().is_some_and(|rising| rising.at > now));
        let stored = waits.ok_or_else(|| {
            ApiError::new(ProblemKind::CredentialNotUsable, "Nothing waits under that name.")
        })?;
        let user = owner.person.id.clone();
        let event = Event::RiseCancelled { user, credential: stored.id.clone() };
        let told = told(&owner, now, event, Notice::RiseCancelled { label: stored.label.clone() });
        // Whoever enrolled it may have more sessions: only this one goes on.
        let keep = Some(owner.session.id.clone());
        app.store.revoke_credential(&stored.id, now, told).await?;
        app.store.raise_generation(&owner.person.id, keep, now, Told::nothing()).await?;
        Ok(Some(AccountNews::RiseCancelled))
    };
    answer(&app, request, ended).await
}

/// `POST /account/sign-out`: this session ends.
pub(crate) async fn sign_out(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let ended = async |app: &App, posted: Posted| {
        posted.body.only(&[])?;
        let now = app.now();
        if let Some(presence) = app.presence(posted.visitor.cookies.session, now).await? {
            end_presence(app, &presence, now).await?;
        }
        Ok(None)
    };
    let mut response = answer(&app, request, ended).await;
    let done = response.status().is_success() || response.status().is_redirection();
    if done && let Some(cookie) = forget_session(&app.provider) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Ends the session that somebody is here by. One that ended meanwhile is as they wanted it.
pub(crate) async fn end_presence(app: &App, presence: &Presence, now: UnixTime) -> Result<(), StoreError> {
    let (user, session) = (&presence.person.id, &presence.session.id);
    let event = Event::SessionEnded { user: user.clone(), session: session.clone() };
    match app.store.end_session(session, user, now, Entry { at: now, event }.into()).await {
        Err(StoreError::Conflict) => Ok(()),
        ended => ended,
    }
}

fn told(owner: &Presence, now: UnixTime, event: Event, notice: Notice) -> Told {
    let letter = Letter { user: owner.person.id.clone(), notice, link: None };
    Told::from(Entry { at: now, event }).with(letter)
}

async fn answer(
    app: &App,
    request: Request,
    end: impl AsyncFnOnce(&App, Posted) -> Result<Option<AccountNews>, ApiError>,
) -> Response<Body> {
    let form = is_of_type(request.headers(), "application/x-www-form-urlencoded");
    let wants = Wants::of(request.headers());
    let done = match Posted::of(app, request).await {
        Ok(posted) => end(app, posted).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(None) if form => redirect(&app.provider.url("/"), true),
        Ok(Some(news)) if form => {
            redirect(&app.provider.url(&format!("/account?news={}", news.name())), true)
        }
        Ok(news) => json(&serde_json::json!({ "done": news.map_or("signed_out", AccountNews::name) })),
        Err(error) if form => error_answer(app, wants, error, StatusCode::BAD_REQUEST),
        Err(error) => error.into_json(app.provider.issuer()),
    }
}
