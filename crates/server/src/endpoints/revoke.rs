//! `POST /revoke`: RFC 7009. A refresh token takes its whole family with it; an access token ends alone.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, header};
use riser_core::audit::{Entry, Event};
use riser_core::protocol::{Client, OauthError, OauthErrorCode, Params};
use riser_core::{ClientId, GrantId};
use riser_tokens::TokenType;
use riser_wire::AccessTokenClaims;

use super::client_auth::authenticate;
use super::token::by_form;
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::hashed;

pub(crate) async fn post(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    by_form(&app, request, revoke).await
}

async fn revoke(app: &App, headers: &HeaderMap, params: &Params) -> Result<Response<Body>, ApiError> {
    let client = authenticate(app, headers, params).await?;
    // §2.1: `token_type_hint` is a hint. Both kinds are looked for, whatever it says.
    let token = params.get("token").ok_or_else(|| OauthError::invalid_request("token is missing"))?;
    if let Some(found) = app.store.refresh_token(hashed(token)).await? {
        let (_, grant) = found.value;
        require_own(grant.client(), client)?;
        revoke_family(app, grant.id(), client).await?;
    } else if let Some(claims) = ours(app, token) {
        require_own(&ClientId::new(claims.client_id.clone()), client)?;
        revoke_one(app, &claims, client).await?;
    }
    // §2.2: what is no token, or none any more, is as revoked as can be.
    let mut response = Response::new(Body::empty());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// An access token that we have signed and that has not expired.
fn ours(app: &App, token: &str) -> Option<AccessTokenClaims> {
    let claims: AccessTokenClaims = app.keys.verify(token, TokenType::AccessToken)?;
    (claims.iss == app.provider.issuer() && claims.exp > app.now()).then_some(claims)
}

/// §2.1: somebody else's token is refused. Whoever holds it knows already that there is one.
fn require_own(holder: &ClientId, client: &Client) -> Result<(), OauthError> {
    if *holder == client.id {
        return Ok(());
    }
    Err(OauthError::new(OauthErrorCode::UnauthorizedClient, "the token is another client's"))
}

async fn revoke_family(app: &App, grant: &GrantId, client: &Client) -> Result<(), ApiError> {
    let now = app.now();
    let event = Event::TokenRevoked {
        client: client.id.clone(),
        grant: Some(grant.clone()),
        what: "refresh_token".to_owned(),
    };
    Ok(app.store.revoke_grant(grant, now, Entry { at: now, event }).await?)
}

async fn revoke_one(app: &App, claims: &AccessTokenClaims, client: &Client) -> Result<(), ApiError> {
    let event = Event::TokenRevoked {
        client: client.id.clone(),
        grant: claims.grant_id.clone().map(GrantId::new),
        what: "access_token".to_owned(),
    };
    let entry = Entry { at: app.now(), event };
    Ok(app.store.revoke_access_token(hashed(&claims.jti), claims.exp, entry).await?)
}
