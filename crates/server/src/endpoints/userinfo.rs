//! `/userinfo`: OIDC Core §5.3. A token whose grant was revoked is refused at once.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use riser_core::protocol::{OauthError, OauthErrorCode};
use riser_core::{GrantId, UserId};
use riser_store::Standing;
use riser_tokens::TokenType;
use riser_wire::AccessTokenClaims;

use crate::app::App;
use crate::error::ApiError;
use crate::respond::json;

pub(crate) async fn handle(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let Some(token) = bearer(request.headers()) else {
        // RFC 6750 §3.1: no token, no error code.
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    };
    match claims(&app, token).await {
        Ok(response) => response,
        Err(error) => error.into_json(app.provider.issuer()),
    }
}

/// The token of the `Authorization` header; never of a query (RFC 9700 §4.3.2).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let text = values.next().and_then(|value| value.to_str().ok())?;
    let (scheme, token) = text.split_once(' ')?;
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim())
}

/// The claims of an access token of ours that is in force now.
pub(crate) async fn live_token(app: &App, token: &str) -> Result<AccessTokenClaims, ApiError> {
    let refused = || OauthError::new(OauthErrorCode::InvalidToken, "the access token is not valid");
    let claims: AccessTokenClaims = app.keys.verify(token, TokenType::AccessToken).ok_or_else(refused)?;
    let now = app.now();
    if claims.iss != app.provider.issuer() || claims.exp <= now {
        return Err(refused().into());
    }
    let grant = GrantId::new(claims.grant_id.clone());
    match app.store.standing(&grant, app.provider.session_life, now).await? {
        Standing::Stands => Ok(claims),
        Standing::Revoked | Standing::SessionEnded => Err(refused().into()),
    }
}

async fn claims(app: &App, token: &str) -> Result<Response<Body>, ApiError> {
    let claims = live_token(app, token).await?;
    let refused = || OauthError::new(OauthErrorCode::InvalidToken, "this access token is not for /userinfo");
    let has =
        |wanted: &str| claims.scope.as_deref().unwrap_or_default().split(' ').any(|scope| scope == wanted);
    // A bound token serves its one action and nothing else.
    if claims.txn.is_some() || !has("openid") {
        return Err(refused().into());
    }
    let person = app.store.user(&UserId::new(claims.sub.clone())).await?.ok_or_else(refused)?;
    let mut body = serde_json::json!({ "sub": claims.sub });
    if has("profile")
        && let Some(members) = body.as_object_mut()
    {
        members.insert("preferred_username".to_owned(), person.name.into());
    }
    Ok(json(&body))
}
