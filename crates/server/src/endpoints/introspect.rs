//! `POST /introspect`: RFC 7662, and RFC 9470 §6.2. What an access token is worth now, told to those whom it concerns:
//! the client that holds it, and the resource server that it was made for.
//!
//! Only access tokens are told of. A resource server believes what is `active`; if a refresh token were, it would pass
//! at every API of its own client.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use riser_core::protocol::{OauthError, Params};
use riser_wire::AccessTokenClaims;
use serde::Serialize;
use serde_json::json;

use super::client_auth::evaluator;
use super::token::by_form;
use crate::app::App;
use crate::error::ApiError;
use crate::live::{concerns, live_client_token, live_token};
use crate::respond;

pub(crate) async fn post(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    by_form(&app, request, introspect).await
}

async fn introspect(app: &App, headers: &HeaderMap, params: &Params) -> Result<Response<Body>, ApiError> {
    let client = evaluator(app, headers, params, "/introspect").await?;
    // §2.1: `token_type_hint` is a hint. There is one kind to look for, whatever it says.
    let token = params.get("token").ok_or_else(|| OauthError::invalid_request("token is missing"))?;
    let found = match live_token(app, token).await {
        Ok(live) => Some(live.claims),
        Err(ApiError::Oauth(_)) => match live_client_token(app, token).await {
            Ok(claims) => Some(claims),
            Err(ApiError::Oauth(_)) => None,
            Err(error) => return Err(error),
        },
        Err(error) => return Err(error),
    };
    // §2.2: of a token that is not valid, or another's, nothing is told; not even which of the two.
    Ok(match found.filter(|claims| concerns(claims, client)) {
        Some(claims) => respond::json(&Active::of(&claims)),
        None => respond::json(&json!({ "active": false })),
    })
}

/// What the token says, as members of the answer: RFC 7662 §2.2, RFC 9470 §6.2, RFC 9396 §9.2.
#[derive(Serialize)]
struct Active<'a> {
    active: bool,
    token_type: &'static str,
    #[serde(flatten)]
    claims: &'a AccessTokenClaims,
}

impl<'a> Active<'a> {
    fn of(claims: &'a AccessTokenClaims) -> Self {
        // RFC 9449 §6.2: `cnf` is among the claims.
        Self { active: true, token_type: if claims.cnf.is_some() { "DPoP" } else { "Bearer" }, claims }
    }
}
