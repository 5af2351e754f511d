//! Discovery: OIDC Discovery §3 and RFC 8414 §2. What is published is what is enforced.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, header};
use riser_core::protocol::SCOPE_EVALUATE;
use serde_json::json;

use crate::app::App;

/// What is signed and verified with (RFC 7518 §3.1).
const ALGORITHMS: [&str; 2] = ["ES256", "RS256"];

pub(crate) async fn get(State(app): State<Arc<App>>) -> Response<Body> {
    let provider = &app.provider;
    let types: Vec<&str> = provider.details_types.iter().map(|kind| kind.name.as_str()).collect();
    let confidential = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    let methods = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
    let document = json!({
        "issuer": provider.issuer(),
        "authorization_endpoint": provider.url("/authorize"),
        "pushed_authorization_request_endpoint": provider.url("/par"),
        "token_endpoint": provider.url("/token"),
        "userinfo_endpoint": provider.url("/userinfo"),
        "introspection_endpoint": provider.url("/introspect"),
        "revocation_endpoint": provider.url("/revoke"),
        "end_session_endpoint": provider.url("/logout"),
        "jwks_uri": provider.url("/jwks"),
        "scopes_supported": ["openid", "profile", SCOPE_EVALUATE],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ALGORITHMS,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "dpop_signing_alg_values_supported": ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": provider.ground.ladder.names(),
        "claims_supported": ["sub", "acr", "amr", "auth_time", "sid", "preferred_username"],
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "authorization_details_types_supported": types,
        "authorization_response_iss_parameter_supported": true,
    });
    published(document.to_string())
}

/// `GET /jwks` (RFC 7517 §5).
pub(crate) async fn jwks(State(app): State<Arc<App>>) -> Response<Body> {
    published(app.keys.document())
}

fn published(text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
