//! `/userinfo`: OIDC Core §5.3. A token whose grant was revoked is refused at once.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use riser_core::UserId;
use riser_core::protocol::{OauthError, OauthErrorCode};

use crate::app::App;
use crate::dpop::{Scheme, Shown, require_holder};
use crate::error::ApiError;
use crate::live::{live_token, shown};
use crate::respond::json;

pub(crate) async fn handle(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let Some(shown) = shown(request.headers()) else {
        // RFC 6750 §3.1: no token, no error code.
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    };
    match claims(&app, request.method(), request.headers(), shown).await {
        Ok(response) => response,
        Err(error) => refusal(error, shown.scheme, app.provider.issuer()),
    }
}

/// RFC 9449 §7.1: who came with `DPoP` is answered in that scheme.
fn refusal(error: ApiError, scheme: Scheme, issuer: &str) -> Response<Body> {
    let is_of_proof =
        matches!(&error, ApiError::Oauth(error) if error.code == OauthErrorCode::InvalidDpopProof);
    let mut response = error.into_json(issuer);
    if is_of_proof {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    if scheme == Scheme::Dpop && response.status() == StatusCode::UNAUTHORIZED {
        let challenge = if is_of_proof {
            "DPoP error=\"invalid_dpop_proof\", algs=\"ES256 RS256\""
        } else {
            "DPoP error=\"invalid_token\", algs=\"ES256 RS256\""
        };
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    response
}

async fn claims(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    shown: Shown<'_>,
) -> Result<Response<Body>, ApiError> {
    let claims = live_token(app, shown.token).await?.claims;
    require_holder(app, headers, method, "/userinfo", shown, &claims).await?;
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
