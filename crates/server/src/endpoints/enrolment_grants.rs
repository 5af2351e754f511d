//! `POST /enrolment/grants`: an application's back end lets a person enrol one credential, when it has made
//! sure by its own means who that is. Only a client that is registered for it, only up to the level that it is
//! registered for, and the owner is told. The link opens nothing by itself: its person signs in.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use riser_core::account::{Enroller, Notice};
use riser_core::assurance::Ceiling;
use riser_core::audit::{Entry, Event};
use riser_core::protocol::{OauthError, OauthErrorCode, Params, TokenEndpointAuthMethod};
use riser_core::{Acr, Seconds, UserId};
use riser_store::{Enrolment, Letter, Person, Told};

use super::client_auth::authenticate;
use super::token::by_form;
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::{hashed, secret_token};
use crate::respond::json;

/// How long a link lives unless the application says less; it never lives longer.
const LIFETIME: Seconds = Seconds(24 * 3600);

pub(crate) async fn post(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    by_form(&app, request, grant).await
}

async fn grant(app: &App, headers: &HeaderMap, params: &Params) -> Result<Response<Body>, ApiError> {
    let client = authenticate(app, headers, params).await?;
    let allowed =
        client.enrolment_ceiling.as_ref().filter(|_| client.auth_method != TokenEndpointAuthMethod::None);
    let allowed = allowed.ok_or_else(|| {
        OauthError::new(
            OauthErrorCode::UnauthorizedClient,
            "the client is not registered with an enrolment_ceiling",
        )
    })?;
    let ceiling = params.get("ceiling").ok_or_else(|| OauthError::invalid_request("ceiling is missing"))?;
    let ceiling = Acr::parse(ceiling).map_err(|_| OauthError::invalid_request("ceiling is not an acr"))?;
    if !app.provider.ground.ladder.is_at_least(allowed, &ceiling) {
        return Err(OauthError::invalid_request("ceiling is above the client's enrolment_ceiling").into());
    }
    let lifetime = match params.get("expires_in") {
        None => LIFETIME,
        Some(text) => Seconds::parse(text)
            .filter(|seconds| *seconds > Seconds(0) && *seconds <= LIFETIME)
            .ok_or_else(|| OauthError::invalid_request("expires_in is a number of seconds up to 86400"))?,
    };
    let person = person(app, params).await?;
    let now = app.now();
    let (token, expires_at) = (secret_token(&*app.random), now.plus(lifetime));
    let by = Enroller::Application;
    let enrolment = Enrolment {
        user: person.id.clone(),
        ceiling: Ceiling::UpTo(BTreeSet::from([ceiling.clone()])),
        generation: person.generation,
        opens_at: None,
        replaces: None,
        by,
    };
    let event = Event::EnrolmentGranted { user: person.id.clone(), by: Some(by) };
    let notice = Notice::EnrolmentGranted { ceiling: vec![ceiling], by, expires_at };
    let letter = Letter { user: person.id, notice, link: None };
    let told = Told::from(Entry { at: now, event }).with(letter);
    app.store.grant_enrolment(hashed(&token), enrolment, expires_at, now, told).await?;
    let mut response = json(&serde_json::json!({
        "url": app.provider.url(&format!("/grant/{token}")),
        "expires_at": expires_at,
    }));
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// The person, by `sub` or by `username`.
async fn person(app: &App, params: &Params) -> Result<Person, ApiError> {
    let found = match (params.get("sub"), params.get("username")) {
        (Some(sub), None) => app.store.user(&UserId::new(sub)).await?,
        (None, Some(name)) => app.store.user_by_name(name).await?,
        _ => return Err(OauthError::invalid_request("name the person by sub or by username").into()),
    };
    let open = found.filter(|person| !person.disabled);
    open.ok_or_else(|| {
        OauthError::invalid_request("there is no such person, or their account is shut").into()
    })
}
