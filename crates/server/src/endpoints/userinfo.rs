//! `/userinfo`: OIDC Core §5.3. A token whose grant was revoked is refused at once.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use riser_core::UserId;
use riser_core::protocol::{OauthError, OauthErrorCode};

use crate::app::App;
use crate::error::ApiError;
use crate::live::{bearer, live_token};
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

async fn claims(app: &App, token: &str) -> Result<Response<Body>, ApiError> {
    let claims = live_token(app, token).await?.claims;
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
