//! `POST /elevation/consume`: spends a bound token once, for resource servers without a database of their
//! own. One winner, on every node.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use riser_core::GrantId;
use riser_core::audit::{Entry, Event};
use riser_core::protocol::{OauthError, Params, TokenEndpointAuthMethod};

use super::client_auth::authenticate;
use super::token::body_params;
use super::userinfo::live_token;
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::hashed;
use crate::respond::json;

pub(crate) async fn consume(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let answer = match body_params(&parts.headers, body).await {
        Ok(params) => spend(&app, &parts.headers, &params).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| error.into_json(app.provider.issuer()))
}

async fn spend(app: &App, headers: &HeaderMap, params: &Params) -> Result<Response<Body>, ApiError> {
    let client = authenticate(app, headers, params)?;
    if client.auth_method == TokenEndpointAuthMethod::None {
        let code = riser_core::protocol::OauthErrorCode::UnauthorizedClient;
        return Err(OauthError::new(code, "only a client that proves itself may spend").into());
    }
    let token = params.get("token").ok_or_else(|| OauthError::invalid_request("token is missing"))?;
    let claims = live_token(app, token).await?;
    // Its own token, or one that was made for the resource that it is.
    let own = claims.client_id == client.id.as_str()
        || client.resource.as_deref().is_some_and(|resource| claims.aud.contains(resource));
    let txn = claims.txn.filter(|_| own);
    let txn =
        txn.ok_or_else(|| OauthError::invalid_request("token is not a bound token of this client's"))?;
    let now = app.now();
    let event = Event::ElevationSpent { grant: GrantId::new(claims.grant_id), client: client.id.clone() };
    if app.store.spend_elevation(hashed(&txn), now, Entry { at: now, event }).await? {
        return Ok(json(&serde_json::json!({ "consumed": true })));
    }
    let mut response = json(&serde_json::json!({ "consumed": false }));
    *response.status_mut() = StatusCode::CONFLICT;
    Ok(response)
}
