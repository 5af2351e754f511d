//! `/authorize`: OIDC Core §3.1.2, RFC 9470 §5, RFC 9396 §3.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, Response, StatusCode};
use riser_core::UserId;
use riser_core::protocol::{AuthorizeRefusal, AuthorizeRequest, OauthError, OauthErrorCode};
use riser_tokens::TokenType;
use riser_wire::IdTokenClaims;

use crate::app::App;
use crate::cookies::Browser;
use crate::error::ApiError;
use crate::http::{Visitor, Wants, form_pairs, is_of_type, read};
use crate::openings::Opener;
use crate::respond::{error_url, redirect};
use crate::visit::{Opening, open_authorize};

use super::par::{Arrived, arrived};

const MAX_REQUEST: usize = 16 * 1024;

/// The request in the query.
pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let answer = match queried_pairs(&request) {
        Ok(pairs) => handle(&app, pairs, (request.headers(), request.extensions()), false).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| refuse(&app, request.headers(), error))
}

/// The same as a form (§3.1.2.1: both methods must be supported).
pub(crate) async fn post(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let answer = match posted_pairs(&parts.headers, body).await {
        Ok(pairs) => handle(&app, pairs, (&parts.headers, &parts.extensions), true).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| refuse(&app, &parts.headers, error))
}

/// "Query String Serialization" (§13.1), of a request that a browser carries here.
pub(super) fn queried_pairs(request: &Request) -> Result<Vec<(String, String)>, ApiError> {
    let query = request.uri().query().unwrap_or_default();
    if query.len() > MAX_REQUEST {
        return Err(ApiError::new(
            riser_wire::ProblemKind::PayloadTooLarge,
            "the request is larger than any valid one",
        ));
    }
    form_pairs(query.as_bytes())
}

/// "Form Serialization" is the one way in which a request is posted (§13.2).
pub(super) async fn posted_pairs(headers: &HeaderMap, body: Body) -> Result<Vec<(String, String)>, ApiError> {
    if !is_of_type(headers, "application/x-www-form-urlencoded") {
        return Err(ApiError::invalid("send application/x-www-form-urlencoded"));
    }
    form_pairs(&read(body, MAX_REQUEST).await?)
}

async fn handle(
    app: &App,
    pairs: Vec<(String, String)>,
    parts: (&HeaderMap, &Extensions),
    after_post: bool,
) -> Result<Response<Body>, ApiError> {
    let provider = &app.provider;
    let Visitor { cookies, network, .. } = Visitor::of(parts.0, parts.1, provider)?;
    let Arrived { parameters, pushed } = arrived(app, pairs).await?;
    let parsed = AuthorizeRequest::parse(
        parameters,
        |id| provider.client(id).map(|registered| &registered.client),
        provider.issuer(),
        &provider.ground.ladder,
        &provider.details_types,
    );
    let request = match parsed {
        Ok(request) => AuthorizeRequest { pushed, ..request },
        Err(AuthorizeRefusal::Page(error)) => return Err(ApiError::invalid(error.description.into_owned())),
        Err(AuthorizeRefusal::Redirect { redirect_uri, state, error }) => {
            return Ok(redirect(&error_url(provider, &redirect_uri, &error, state.as_deref()), after_post));
        }
    };
    let Some(registered) = provider.client(request.client.as_str()) else {
        return Err(ApiError::internal("a parsed request names an unknown client"));
    };
    let unpushed = registered.client.require_pushed && request.pushed.is_none();
    let subject = match subject(app, &request)
        .and_then(|subject| if unpushed { Err(must_push()) } else { Ok(subject) })
    {
        Ok(subject) => subject,
        Err(error) => {
            let to = error_url(provider, &request.redirect_uri, &error, request.state.as_deref());
            return Ok(redirect(&to, after_post));
        }
    };
    let now = app.now();
    let presence = app.presence(cookies.session, now).await?;
    if let Some(presence) = &presence
        && now.since(presence.last_used_at) >= 60
    {
        app.store.touch_session(&presence.session.id, now).await?;
    }
    let browser = Browser::of(app, &cookies);
    let person = presence.as_ref().map(|presence| presence.person.id.clone());
    let client = registered.client.id.clone();
    let opening =
        open_authorize(app, &registered.client, request, subject, presence, browser.hashed()).await?;
    let mut response = match opening {
        Opening::Answer(next) => redirect(&next, after_post),
        Opening::Visit(interaction) => {
            let opener = person.as_ref().map_or(Opener::Network(network), Opener::Person);
            app.admit_visit(opener, Some(&client), now)?;
            let to = provider.url(&format!("/interaction/{}", interaction.id));
            app.store.open_interaction(*interaction).await?;
            redirect(&to, after_post)
        }
    };
    browser.give(provider, &mut response);
    Ok(response)
}

/// RFC 9126 §5: a client that is registered to push its requests sends none by a browser, which could change it.
fn must_push() -> OauthError {
    OauthError::invalid_request("this client pushes its requests: use request_uri")
}

/// The only person who may answer: the hint's (§3.1.2.2), the `sub` claim's (§5.5.1), or anyone. A hint may
/// have expired, but it must be ours and this client's.
fn subject(app: &App, request: &AuthorizeRequest) -> Result<Option<UserId>, OauthError> {
    let hinted = match &request.id_token_hint {
        None => None,
        Some(hint) => {
            let claims: Option<IdTokenClaims> = app.keys.verify(hint, TokenType::IdToken);
            let ours = claims.filter(|claims| {
                claims.iss == app.provider.issuer() && claims.aud.contains(request.client.as_str())
            });
            let ours =
                ours.ok_or_else(|| OauthError::invalid_request("id_token_hint is not a token of ours"))?;
            Some(ours.sub)
        }
    };
    match (hinted, &request.subject) {
        (Some(hinted), Some(claimed)) if hinted != *claimed => {
            Err(OauthError::new(OauthErrorCode::LoginRequired, "the hint and the sub claim name two people"))
        }
        (Some(sub), _) => Ok(Some(UserId::new(sub))),
        (None, claimed) => Ok(claimed.clone().map(UserId::new)),
    }
}

/// An error that cannot be sent to an application: a page for people, a problem for programs.
fn refuse(app: &App, headers: &HeaderMap, error: ApiError) -> Response<Body> {
    super::interaction::error_answer(app, Wants::of(headers), error, StatusCode::BAD_REQUEST)
}
