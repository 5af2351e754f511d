//! `GET /grant/{token}`: an enrolment link. Opening it changes nothing; it is spent when the registration
//! commits.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use riser_pages::render::{self, NotYetPage};
use riser_wire::{ProblemKind, UnixTime};

use crate::app::App;
use crate::cookies::Browser;
use crate::error::ApiError;
use crate::hashing::hashed;
use crate::http::{Visitor, Wants};
use crate::openings::Opener;
use crate::respond::{page, redirect};
use crate::visit::{live, open_enrolment};

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    request: Request,
) -> Response<Body> {
    let wants = Wants::of(request.headers());
    let visitor = match Visitor::of(request.headers(), request.extensions(), &app.provider) {
        Ok(visitor) => visitor,
        Err(error) => return super::interaction::error_answer(&app, wants, error, StatusCode::BAD_REQUEST),
    };
    match open(&app, &token, &visitor).await {
        Ok(response) => response,
        Err(error) => super::interaction::error_answer(&app, wants, error, StatusCode::GONE),
    }
}

async fn open(app: &App, token: &str, visitor: &Visitor) -> Result<Response<Body>, ApiError> {
    let spent = || ApiError::new(ProblemKind::GrantSpent, "Ask for a new link.");
    let now = app.now();
    let link = hashed(token);
    let found = app.store.enrolment(link).await?.ok_or_else(spent)?;
    if found.spent_at.is_some() || found.expires_at <= now {
        return Err(spent());
    }
    if let Some(opens_at) = found.value.opens_at.filter(|opens_at| now < *opens_at) {
        return not_yet(visitor, opens_at);
    }
    let person = app.store.user(&found.value.user).await?;
    let person = person
        .filter(|person| !person.disabled && person.generation == found.value.generation)
        .ok_or_else(spent)?;
    let presence = app.presence(visitor.cookies.session, now).await?;
    if presence.as_ref().is_some_and(|presence| presence.person.id != person.id) {
        return Err(ApiError::new(
            ProblemKind::GrantForOtherUser,
            "Sign out first, or open the link in another browser.",
        ));
    }
    let browser = Browser::of(app, &visitor.cookies);
    // Who has the link knows whose it is: they are asked for what that person has, and for nothing else.
    let credentials = app.store.credentials(&person.id).await?;
    let has = live(app, &credentials, now).iter().map(|live| live.factor).collect();
    let presence = presence.as_ref();
    let interaction = open_enrolment(app, link, found.value, person.name, has, presence, browser.hashed());
    let opener =
        presence.map_or(Opener::Network(visitor.network), |presence| Opener::Person(&presence.person.id));
    app.admit_visit(opener, None, now)?;
    let to = app.provider.url(&format!("/interaction/{}", interaction.id));
    app.store.open_interaction(interaction).await?;
    let mut response = redirect(&to, true);
    browser.give(&app.provider, &mut response);
    Ok(response)
}

/// A link that opens later says when: whoever has it keeps it until then.
fn not_yet(visitor: &Visitor, opens_at: UnixTime) -> Result<Response<Body>, ApiError> {
    if visitor.wants == Wants::Json {
        return Err(ApiError::new(ProblemKind::GrantNotYet, format!("It opens at {}.", opens_at.0)));
    }
    let html = render::not_yet(&NotYetPage { opens_at }).map_err(ApiError::internal)?;
    Ok(page(StatusCode::FORBIDDEN, html, None))
}
