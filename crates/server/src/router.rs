use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::{any, get, post};
use riser_wire::ProblemKind;

use crate::app::App;
use crate::endpoints;
use crate::error::ApiError;
use crate::http::is_utf8;

/// Every address of the provider.
pub fn router(app: Arc<App>) -> Router {
    use endpoints::{
        access, account, assets, authorize, cancel, discovery, elevation, enrolment_grants, health,
        interaction, introspect, link, logout, par, recovery, related_origins, revoke, token, userinfo,
    };
    Router::new()
        .route("/", get(account::home))
        .route("/.well-known/openid-configuration", get(discovery::get))
        .route("/.well-known/oauth-authorization-server", get(discovery::get))
        .route("/.well-known/webauthn", get(related_origins::get))
        .route("/jwks", get(discovery::jwks))
        .route("/authorize", get(authorize::get).post(authorize::post))
        .route("/token", post(token::post))
        .route("/userinfo", get(userinfo::handle).post(userinfo::handle))
        .route("/par", post(par::post))
        .route("/introspect", post(introspect::post))
        .route("/revoke", post(revoke::post))
        .route("/elevation/consume", post(elevation::consume))
        .route("/.well-known/authzen-configuration", get(access::configuration))
        .route("/access/v1/evaluation", post(access::evaluation))
        .route("/access/v1/evaluations", post(access::evaluations))
        .route("/access/v1/search/action", post(access::search_actions))
        .route("/interaction/{id}", get(interaction::show))
        .route("/interaction/{id}/identifier", post(interaction::identifier))
        .route("/interaction/{id}/password", post(interaction::password))
        .route("/interaction/{id}/passkey/options", post(interaction::passkey_options))
        .route("/interaction/{id}/passkey", post(interaction::passkey))
        .route("/interaction/{id}/enrol/passkey/options", post(interaction::enrol_options))
        .route("/interaction/{id}/enrol/passkey", post(interaction::enrol))
        .route("/interaction/{id}/enrol/totp/options", post(interaction::enrol_totp_options))
        .route("/interaction/{id}/enrol/totp", post(interaction::enrol_totp))
        .route("/interaction/{id}/enrol/password", post(interaction::enrol_password))
        .route("/interaction/{id}/enrol/recovery-codes", post(interaction::enrol_recovery_codes))
        .route("/interaction/{id}/totp", post(interaction::totp))
        .route("/interaction/{id}/recovery-code", post(interaction::recovery_code))
        .route("/interaction/{id}/recovery", post(interaction::recovery))
        .route("/interaction/{id}/consent", post(interaction::consent))
        .route("/interaction/{id}/cancel", post(interaction::cancel))
        .route("/grant/{token}", get(link::get))
        .route("/enrolment/grants", post(enrolment_grants::post))
        .route("/account", get(account::get))
        .route("/account/visits", post(account::open))
        .route("/account/sessions/{id}/end", post(account::end_session))
        .route("/account/applications/revoke", post(account::revoke_application))
        .route("/account/applications/block", post(account::block_application))
        .route("/account/applications/unblock", post(account::unblock_application))
        .route("/account/recoveries/cancel", post(account::cancel_recovery))
        .route("/account/rises/cancel", post(account::cancel_rise))
        .route("/account/sign-out", post(account::sign_out))
        .route("/logout", get(logout::get).post(logout::post))
        .route("/logout/confirm", post(logout::confirm))
        .route("/recovery", get(recovery::get))
        .route("/cancel/{token}", get(cancel::get).post(cancel::post))
        .route("/assets/{name}", get(assets::get))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(any(not_found))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(app.clone(), common_headers))
        .with_state(app)
}

/// Headers that every answer has.
async fn common_headers(State(app): State<Arc<App>>, request: Request, next: Next) -> Response<Body> {
    let measured = app.metrics.begin(&request);
    let path = request.uri().path();
    // Popups: the opener keeps its handle on the visit (interface.md); other pages cut it.
    let shared = path.starts_with("/authorize") || path.starts_with("/interaction");
    // No address here is anything but UTF-8; the extractors would answer in words of their own.
    let mut response =
        if is_utf8(path.as_bytes()) { next.run(request).await } else { not_found(State(app.clone())).await };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static(if shared { "unsafe-none" } else { "same-origin" }),
    );
    if app.provider.is_https() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    measured.end(response.status());
    response
}

async fn not_found(State(app): State<Arc<App>>) -> Response<Body> {
    ApiError::new(ProblemKind::NotFound, "see /.well-known/openid-configuration")
        .into_json(app.provider.issuer())
}

async fn method_not_allowed(State(app): State<Arc<App>>) -> Response<Body> {
    ApiError::new(ProblemKind::MethodNotAllowed, "see the Allow header").into_json(app.provider.issuer())
}
