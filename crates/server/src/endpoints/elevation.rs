//! `POST /elevation/consume`: spends a bound token once, for resource servers without a database of their
//! own. One winner, on every node.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use riser_core::audit::{Entry, Event};
use riser_core::protocol::{OauthError, Params};

use super::client_auth::authenticate_confidential;
use super::token::by_form;
use crate::app::App;
use crate::error::ApiError;
use crate::hashing::hashed;
use crate::live::live_token;
use crate::respond::json;

pub(crate) async fn consume(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    by_form(&app, request, spend).await
}

async fn spend(app: &App, headers: &HeaderMap, params: &Params) -> Result<Response<Body>, ApiError> {
    let client = authenticate_confidential(app, headers, params).await?;
    let token = params.get("token").ok_or_else(|| OauthError::invalid_request("token is missing"))?;
    let live = live_token(app, token).await?;
    let own = live.concerns(client);
    let txn = live.claims.txn.filter(|_| own);
    let txn =
        txn.ok_or_else(|| OauthError::invalid_request("token is not a bound token of this client's"))?;
    let now = app.now();
    let event = Event::ElevationSpent { grant: live.grant, client: client.id.clone() };
    if app.store.spend_elevation(hashed(&txn), now, Entry { at: now, event }).await? {
        return Ok(json(&serde_json::json!({ "consumed": true })));
    }
    let mut response = json(&serde_json::json!({ "consumed": false }));
    *response.status_mut() = StatusCode::CONFLICT;
    Ok(response)
}
