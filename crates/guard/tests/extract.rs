//! The axum extractor: one action, approved word for word; and what an MCP client is told.

#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]

mod common;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
    routing::post,
};
use common::{AUDIENCE, Hand, ISSUER, Shelf, access_token, claims, claims_with, details, key};
use riser_guard::{
    Challenge, Guard, Requirement, Seconds,
    axum::{Action, StepUp},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transfer {
    amount: String,
}

impl Action for Transfer {
    const ACR: &'static str = "phr";

    fn authorization_details(&self) -> Value {
        details(&self.amount)
    }
}

/// An action whose level is no level: a mistake in a program.
#[derive(Deserialize)]
struct Mistaken {}

impl Action for Mistaken {
    const ACR: &'static str = "";

    fn authorization_details(&self) -> Value {
        json!([])
    }
}

fn app(guard: Guard) -> Router {
    Router::new()
        .route(
            "/transfers",
            post(async |StepUp { action, elevation }: StepUp<Transfer>| {
                format!("{} by {}", action.amount, elevation.txn())
            }),
        )
        .route("/mistaken", post(async |_: StepUp<Mistaken>| "done"))
        .with_state(guard)
}

async fn send(
    app: &Router,
    path: &str,
    token: Option<&str>,
    kind: &str,
    body: &str,
) -> (u16, String, String) {
    let mut request = Request::post(path).header("content-type", kind);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let answer = app.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let challenge = answer.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, challenge.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
}

const JSON: &str = "application/json";

#[tokio::test]
async fn an_action_is_done_with_the_approval_of_exactly_itself() {
    let key = key();
    let app = app(common::guard(&Shelf::with(&[&key]), &Hand::new()));
    let bound = claims_with(&json!({ "txn": "t1", "authorization_details": details("1.00") }));
    let bound = access_token(&key, &bound);
    let (status, _, body) = send(&app, "/transfers", Some(&bound), JSON, r#"{"amount":"1.00"}"#).await;
    assert_eq!((status, body.as_str()), (200, "1.00 by t1"));
    // Another amount, and a session without an approval: the challenge, with what is to be approved.
    for (token, amount) in [(bound.clone(), "1.01"), (access_token(&key, &claims()), "1.00")] {
        let request = format!(r#"{{"amount":"{amount}"}}"#);
        let (status, challenge, body) = send(&app, "/transfers", Some(&token), JSON, &request).await;
        assert_eq!(status, 401, "{body}");
        assert_eq!(Challenge::parse(&challenge).unwrap().max_age, Some(Seconds(300)));
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["step_up"]["authorization_details"], details(amount));
    }
    // Nothing is understood in two ways.
    for (kind, body) in [
        (JSON, ""),
        (JSON, "{}"),
        (JSON, r#"{"amount":1}"#),
        (JSON, r#"{"amount":"1.00","amount":"9.00"}"#),
        (JSON, r#"{"amount":"1.00","more":true}"#),
        ("text/plain", r#"{"amount":"1.00"}"#),
        ("application/x-www-form-urlencoded", "amount=1.00"),
    ] {
        let (status, _, answer) = send(&app, "/transfers", Some(&bound), kind, body).await;
        assert_eq!(status, 400, "{kind} {body}: {answer}");
    }
    let (status, ..) = send(&app, "/mistaken", Some(&bound), JSON, "{}").await;
    assert_eq!(status, 500);
}

#[tokio::test]
async fn atk_su_43_an_extractor_says_nothing_of_the_action_before_the_token_is_valid() {
    let app = app(common::guard(&Shelf::with(&[&key()]), &Hand::new()));
    let mut answers = Vec::new();
    for path in ["/transfers", "/mistaken"] {
        for body in [r#"{"amount":"1.00"}"#, "not json"] {
            answers.push(send(&app, path, None, JSON, body).await);
        }
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
    assert_eq!((answers[0].0, answers[0].1.as_str()), (401, "Bearer"));
}

/// RFC 9728 §5.1, and the authorization of the Model Context Protocol, which builds on it.
#[tokio::test]
async fn an_mcp_client_is_told_where_to_begin_and_what_it_lacks() {
    const WHERE: &str = "https://api.example/.well-known/oauth-protected-resource";
    let key = key();
    let guard = Guard::builder(ISSUER, AUDIENCE)
        .source(Shelf::with(&[&key]))
        .clock(Hand::new())
        .protected_resource(WHERE, &["tools.read"])
        .unwrap()
        .build()
        .unwrap();
    assert_eq!(
        guard.resource_metadata().unwrap(),
        json!({
            "resource": AUDIENCE, "authorization_servers": [ISSUER],
            "bearer_methods_supported": ["header"], "scopes_supported": ["tools.read"],
        })
    );
    let needs = Requirement::new("phr").unwrap().scope("tools.write").unwrap();
    let app = Router::new().route("/mcp", post(async || "done")).layer(guard.layer(needs));
    let at = format!("resource_metadata=\"{WHERE}\"");

    let (status, challenge, _) = send(&app, "/mcp", None, JSON, "{}").await;
    assert_eq!((status, challenge), (401, format!("Bearer {at}, scope=\"tools.read\"")));
    let (status, challenge, _) = send(&app, "/mcp", Some("a.b.c"), JSON, "{}").await;
    assert_eq!(
        (status, challenge),
        (401, format!("Bearer error=\"invalid_token\", {at}, scope=\"tools.read\""))
    );
    let reads = access_token(&key, &claims_with(&json!({ "scope": "tools.read" })));
    let (status, challenge, _) = send(&app, "/mcp", Some(&reads), JSON, "{}").await;
    assert_eq!(status, StatusCode::FORBIDDEN.as_u16());
    assert_eq!(challenge, format!("Bearer error=\"insufficient_scope\", scope=\"tools.write\", {at}"));
    let weak = json!({ "scope": "tools.read tools.write", "acr": "aal1", "acr_satisfied": ["aal1"] });
    let (status, challenge, body) =
        send(&app, "/mcp", Some(&access_token(&key, &claims_with(&weak))), JSON, "{}").await;
    assert_eq!(status, 401, "{body}");
    assert!(challenge.ends_with(&at), "{challenge}");
    assert_eq!(Challenge::parse(&challenge).unwrap().acr_values[0].as_str(), "phr");
    let writes = access_token(&key, &claims_with(&json!({ "scope": "tools.read tools.write" })));
    assert_eq!(send(&app, "/mcp", Some(&writes), JSON, "{}").await.0, 200);
    for (url, scope) in [("http://api.example/x", "a"), ("https://api.example/\"", "a"), (WHERE, "a b")] {
        assert!(Guard::builder(ISSUER, AUDIENCE).protected_resource(url, &[scope]).is_err(), "{url} {scope}");
    }
}
