//! `/logout`: OpenID RP-Initiated Logout 1.0. An application that holds a token of this browser's session ends it;
//! anybody else has the person asked. What is not registered is never redirected to.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, Response, StatusCode, header};
use riser_core::protocol::{LogoutRequest, LogoutStep};
use riser_pages::render::{self, SignOutPage};
use riser_store::{Presence, SessionLife};
use riser_tokens::TokenType;
use riser_wire::IdTokenClaims;

use super::account::end_presence;
use super::authorize::{posted_pairs, queried_pairs};
use super::interaction::error_answer;
use crate::app::App;
use crate::cookies::forget_session;
use crate::csrf;
use crate::error::ApiError;
use crate::http::{Body as Posted, Visitor, Wants};
use crate::respond::{json, origin_of, page, redirect, signed_out_url};

/// The largest answer to the question: an address, a state and our own value.
const MAX_BODY: usize = 16 * 1024;

/// What the answer to the question carries on.
const CARRIED: [&str; 3] = ["client_id", "post_logout_redirect_uri", "state"];

type Pairs = Vec<(String, String)>;

/// `GET /logout`.
pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let answer = match queried_pairs(&request) {
        Ok(pairs) => asked(&app, pairs, (request.headers(), request.extensions()), false).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| refuse(&app, request.headers(), error))
}

/// `POST /logout`: the same as a form (§2: both methods must be supported). A page of another site posts without our
/// cookie, which is `SameSite=Lax`; the browser then comes back with it by a GET of ours.
pub(crate) async fn post(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let answer = match posted_pairs(&parts.headers, body).await {
        Ok(pairs) => posted(&app, pairs, (&parts.headers, &parts.extensions)).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| refuse(&app, &parts.headers, error))
}

async fn posted(
    app: &App,
    pairs: Pairs,
    parts: (&HeaderMap, &Extensions),
) -> Result<Response<Body>, ApiError> {
    let visitor = Visitor::of(parts.0, parts.1, &app.provider)?;
    if visitor.cookies.session.is_some() {
        return asked(app, pairs, parts, true).await;
    }
    parse(app, pairs.clone())?;
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Ok(redirect(&app.provider.url(&format!("/logout?{query}")), true))
}

async fn asked(
    app: &App,
    pairs: Pairs,
    parts: (&HeaderMap, &Extensions),
    after_post: bool,
) -> Result<Response<Body>, ApiError> {
    let visitor = Visitor::of(parts.0, parts.1, &app.provider)?;
    let request = parse(app, pairs)?;
    let presence = presence(app, &visitor).await?;
    let present = presence.as_ref().map(|presence| (&presence.session.id, &presence.person.id));
    match (request.step(present), &presence) {
        (LogoutStep::Ask, _) => return ask(app, &visitor, &request),
        (LogoutStep::End, Some(presence)) => end_presence(app, presence, app.now()).await?,
        (LogoutStep::End, None) | (LogoutStep::Nothing, _) => {}
    }
    let answer = match (request.redirect_unasked(), &presence) {
        (Some(uri), _) => redirect(&signed_out_url(uri, request.state.as_deref()), after_post),
        // The page that says so has no hint in its address.
        (None, Some(_)) => redirect(&app.provider.url("/logout"), after_post),
        (None, None) if visitor.wants == Wants::Json => json(&serde_json::json!({ "done": "signed_out" })),
        (None, None) => page(StatusCode::OK, render::signed_out().map_err(ApiError::internal)?, None),
    };
    Ok(forgetting(app, &visitor, answer))
}

/// `POST /logout/confirm`: the person wants it.
pub(crate) async fn confirm(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let answer = confirmed(&app, (&parts.headers, &parts.extensions), body).await;
    answer.unwrap_or_else(|error| refuse(&app, &parts.headers, error))
}

async fn confirmed(
    app: &App,
    parts: (&HeaderMap, &Extensions),
    body: Body,
) -> Result<Response<Body>, ApiError> {
    csrf::check_site(parts.0, &app.provider)?;
    let visitor = Visitor::of(parts.0, parts.1, &app.provider)?;
    let body = Posted::read(parts.0, body, MAX_BODY).await?;
    let form = body.csrf().is_some();
    if let Some(presented) = body.csrf() {
        csrf::check(presented, &token(&visitor))?;
    }
    body.only(&CARRIED)?;
    let mut pairs = Pairs::new();
    for name in CARRIED {
        pairs.extend(body.text(name)?.map(|value| (name.to_owned(), value)));
    }
    let request = parse(app, pairs)?;
    if let Some(presence) = presence(app, &visitor).await? {
        end_presence(app, &presence, app.now()).await?;
    }
    let to = request.redirect_uri.as_deref().map(|uri| signed_out_url(uri, request.state.as_deref()));
    let answer = match to {
        next if !form => json(&serde_json::json!({ "done": "signed_out", "next": next })),
        Some(to) => redirect(&to, true),
        None => redirect(&app.provider.url("/logout"), true),
    };
    Ok(forgetting(app, &visitor, answer))
}

fn parse(app: &App, pairs: Pairs) -> Result<LogoutRequest, ApiError> {
    let provider = &app.provider;
    let ours = |hint: &str| {
        let claims: Option<IdTokenClaims> = app.keys.verify(hint, TokenType::IdToken);
        claims.filter(|claims| claims.iss == provider.issuer())
    };
    let find = |id: &str| provider.client(id).map(|registered| &registered.client);
    LogoutRequest::parse(pairs, ours, find).map_err(|refusal| ApiError::invalid(refusal.to_string()))
}

/// Whose session this browser has, also one that was left alone for too long: what was granted on it goes on until it
/// ends, and ending it is all that is done with it here.
async fn presence(app: &App, visitor: &Visitor) -> Result<Option<Presence>, ApiError> {
    let Some(cookie) = visitor.cookies.session else { return Ok(None) };
    let absolute = app.provider.session_life.absolute;
    let life = SessionLife { absolute, idle: absolute };
    Ok(app.store.presence(cookie, life, app.now()).await?)
}

fn ask(app: &App, visitor: &Visitor, request: &LogoutRequest) -> Result<Response<Body>, ApiError> {
    if visitor.wants == Wants::Json {
        return Ok(json(&serde_json::json!({ "confirm": app.provider.url("/logout/confirm") })));
    }
    let client = request.client.as_ref().and_then(|client| app.provider.client(client.as_str()));
    let values = [
        request.client.as_ref().map(|client| client.as_str()),
        request.redirect_uri.as_deref(),
        request.state.as_deref(),
    ];
    let fields: Vec<(&str, &str)> =
        CARRIED.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?))).collect();
    let asks = SignOutPage {
        csrf: &token(visitor),
        client: client.map(|registered| registered.client.name.as_str()),
        fields: &fields,
    };
    let target = request.redirect_uri.as_deref().and_then(origin_of);
    Ok(page(StatusCode::OK, render::sign_out(&asks).map_err(ApiError::internal)?, target.as_deref()))
}

/// What the question's form carries: bound to the browser and to its session's value.
fn token(visitor: &Visitor) -> String {
    let browser = visitor.cookies.browser.as_deref().unwrap_or_default();
    let session = visitor.cookies.session.map(|session| session.0).unwrap_or_default();
    csrf::token_over(&[b"logout", browser.as_bytes(), &session])
}

fn forgetting(app: &App, visitor: &Visitor, mut answer: Response<Body>) -> Response<Body> {
    if visitor.cookies.session.is_some()
        && let Some(cookie) = forget_session(&app.provider)
    {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

/// A refusal is told to the person, or to the program that asked, and to no address.
fn refuse(app: &App, headers: &HeaderMap, error: ApiError) -> Response<Body> {
    error_answer(app, Wants::of(headers), error, StatusCode::BAD_REQUEST)
}
