//! Over real HTTP on loopback: the provider's metadata and keys, the layer, and spending.

#![allow(clippy::panic, reason = "an outcome that cannot be fails the test")]
#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]

mod common;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Extension, Json, Router,
    extract::State,
    http::{HeaderMap, Request, StatusCode},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use common::{AUDIENCE, Hand, access_token, claims_with, details, key};
use riser_guard::{
    ClientCredentials, ConsumeError, FetchError, Guard, GuardError, Requirement, Seconds, UnixTime,
    VerifiedToken,
};
use riser_tokens::SigningKey;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Serves `app` and says where.
async fn serve(app: impl FnOnce(String) -> Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let app = app(address.clone());
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

fn metadata(value: Value) -> Router {
    Router::new().route("/.well-known/openid-configuration", get(move || async move { Json(value) }))
}

async fn provider(key: &SigningKey) -> String {
    let jwks = json!({ "keys": [key.public_jwk()] });
    serve(|issuer| {
        metadata(json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks"), "more": [1] }))
            .route("/jwks", get(move || async move { Json(jwks) }))
            .route("/elevation/consume", post(consume).with_state(Arc::default()))
    })
    .await
}

async fn consume(
    State(spent): State<Arc<AtomicBool>>,
    headers: HeaderMap,
    body: String,
) -> axum::response::Response {
    // `bank:s%2Be+cret`, form-encoded before base64 (RFC 6749 §2.3.1).
    if headers["authorization"] != "Basic YmFuazpzJTJCZStjcmV0" {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert!(body.starts_with("token=ey"));
    if spent.swap(true, Ordering::SeqCst) {
        return (StatusCode::CONFLICT, Json(json!({}))).into_response();
    }
    Json(json!({ "consumed": true })).into_response()
}

fn guard(issuer: &str) -> Guard {
    Guard::builder(issuer, AUDIENCE).clock(Hand::new()).build().unwrap()
}

async fn first_error(issuer: String) -> FetchError {
    match guard(&issuer).verify("a.b.c").await {
        Err(GuardError::Unavailable(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn std_at_05_keys_come_from_the_issuers_metadata() {
    let key = key();
    let issuer = provider(&key).await;
    let token = access_token(&key, &claims_with(&json!({ "iss": issuer })));
    assert_eq!(guard(&issuer).verify(&token).await.unwrap().subject(), "u1");
}

#[tokio::test]
async fn std_is_02_metadata_of_another_issuer_is_refused() {
    for other in ["https://id.example", ""] {
        let issuer =
            serve(|own| metadata(json!({ "issuer": other, "jwks_uri": format!("{own}/jwks") }))).await;
        assert_eq!(first_error(issuer).await, FetchError::WrongIssuer(other.into()));
    }
    let slash =
        serve(|own| metadata(json!({ "issuer": format!("{own}/"), "jwks_uri": format!("{own}/jwks") })))
            .await;
    assert!(matches!(first_error(slash).await, FetchError::WrongIssuer(_)));
}

#[tokio::test]
async fn atk_wb_09_no_redirect_no_plain_address_no_flood() {
    let redirecting = serve(|_| {
        Router::new()
            .route("/.well-known/openid-configuration", get(|| async { Redirect::temporary("/elsewhere") }))
    })
    .await;
    assert!(matches!(first_error(redirecting).await, FetchError::Status { status: 307, .. }));

    let plain =
        serve(|own| metadata(json!({ "issuer": own, "jwks_uri": "http://169.254.169.254/jwks" }))).await;
    assert!(matches!(first_error(plain).await, FetchError::Malformed { .. }));

    let flood = serve(|_| {
        Router::new().route("/.well-known/openid-configuration", get(|| async { "x".repeat(300 * 1024) }))
    })
    .await;
    assert!(matches!(first_error(flood).await, FetchError::TooLarge(_)));

    let broken =
        serve(|_| Router::new().route("/.well-known/openid-configuration", get(|| async { "{" }))).await;
    assert!(matches!(first_error(broken).await, FetchError::Malformed { .. }));
    assert!(matches!(first_error("http://127.0.0.1:1".into()).await, FetchError::Unreachable(_)));
}

#[tokio::test]
async fn a_set_with_a_private_key_is_not_trusted() {
    let key = key();
    let mut leaked = serde_json::to_value(key.public_jwk()).unwrap();
    leaked["d"] = json!("AAAA");
    let issuer = serve(|own| {
        metadata(json!({ "issuer": own, "jwks_uri": format!("{own}/jwks") }))
            .route("/jwks", get(move || async move { Json(json!({ "keys": [leaked] })) }))
    })
    .await;
    assert!(matches!(first_error(issuer).await, FetchError::Malformed { .. }));
}

#[tokio::test]
async fn rfc_9470_3_the_layer_checks_the_token_before_the_level() {
    let key = key();
    let issuer = provider(&key).await;
    let requirement = Requirement::new("phr").unwrap().max_age(Seconds(300)).unwrap();
    let app = Router::new()
        .route("/", get(async |Extension(token): Extension<VerifiedToken>| token.subject().to_owned()))
        .layer(guard(&issuer).layer(requirement));
    let ask = async |token: Option<String>| {
        let mut request = Request::get("/");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = app.clone().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
        let challenge =
            response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), challenge.unwrap_or_default())
    };
    let token = |changes: Value| {
        let mut claims = claims_with(&changes);
        claims["iss"] = json!(issuer);
        Some(access_token(&key, &claims))
    };

    assert_eq!(ask(token(json!({}))).await, (200, String::new()));
    assert_eq!(ask(None).await, (401, "Bearer".into()));
    assert_eq!(ask(Some("x".into())).await, (401, "Bearer error=\"invalid_token\"".into()));
    // Weak and expired: only the second shows.
    let (status, challenge) = ask(token(json!({ "exp": 1, "acr_satisfied": [] }))).await;
    assert_eq!((status, challenge.as_str()), (401, "Bearer error=\"invalid_token\""));
    let (status, challenge) = ask(token(json!({ "acr": null, "acr_satisfied": [] }))).await;
    assert_eq!(status, 401);
    assert!(challenge.ends_with(", acr_values=\"phr\", max_age=\"300\""), "{challenge}");
}

#[tokio::test]
async fn atk_su_18_an_elevation_is_spent_once() {
    let key = key();
    let issuer = provider(&key).await;
    let guard = guard(&issuer);
    let token = access_token(
        &key,
        &claims_with(&json!({ "iss": issuer, "txn": "t1", "authorization_details": details("1.00") })),
    );
    let requirement = Requirement::new("phr").unwrap().bound();
    let token = guard.verify(&token).await.unwrap();
    let elevation = || token.require_bound(&requirement, &details("1.00"), UnixTime(common::NOW)).unwrap();
    let us = ClientCredentials::new("bank", "s+e cret");
    assert!(!format!("{us:?}").contains("cret"));

    let wrong = ClientCredentials::new("bank", "wrong");
    assert_eq!(guard.consume(&wrong, elevation()).await, Err(ConsumeError::Refused(401)));
    assert_eq!(guard.consume(&us, elevation()).await.unwrap().elevation().txn(), "t1");
    assert_eq!(guard.consume(&us, elevation()).await, Err(ConsumeError::AlreadyUsed));
}
