//! The bank as a site: signing in, sessions, cross-site requests, headers.

#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]

mod common;

use common::{Issuer, World, browser::transfer};
use serde_json::json;

#[tokio::test]
async fn a_customer_signs_in_and_finds_an_account() {
    let world = World::start().await;
    let mut ada = world.browser();
    assert!(ada.get("/").await.body.contains("data-testid=\"sign-in\" href=\"/login\""));
    ada.sign_in().await;
    assert_eq!(ada.balance().await, "EUR 10,000.00");
    let asked = world.issuer.last();
    assert_eq!(
        (&*asked["scope"], &*asked["response_type"], &*asked["client_id"]),
        ("openid", "code", "bank")
    );
    assert!(!asked.contains_key("acr_values"));
}

#[tokio::test]
async fn atk_wb_02_a_session_has_a_new_name_after_each_sign_in() {
    let world = World::start().await;
    let mut ada = world.browser();
    let planted = "A".repeat(43);
    ada.cookies.insert("bank_session".into(), planted.clone());
    let back = ada.visit("/login").await;
    ada.get(&back).await;
    let line = ada.set_cookies.iter().find(|line| line.starts_with("bank_session=")).unwrap().clone();
    assert!(
        line.contains("; HttpOnly; SameSite=Lax") && line.contains("Path=/;") && !line.contains("Domain"),
        "{line}"
    );
    let first = ada.cookies["bank_session"].clone();
    assert_ne!(first, planted);

    let mut before = ada.clone();
    ada.sign_in().await;
    assert_ne!(ada.cookies["bank_session"], first);
    assert!(before.get("/").await.body.contains("data-testid=\"sign-in\""), "the old session is dead");

    let mut copy = ada.clone();
    let refused = ada.post_form("/sign-out", "csrf_token=x").await;
    assert_eq!(refused.status, 403);
    let body = format!("csrf_token={}", ada.csrf_token);
    assert_eq!(ada.post_form("/sign-out", &body).await.status, 303);
    assert!(!ada.cookies.contains_key("bank_session"));
    assert!(copy.get("/").await.body.contains("data-testid=\"sign-in\""));
}

#[tokio::test]
async fn atk_wb_01_a_change_comes_from_the_banks_own_page() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    let mut grace = world.customer().await;
    let body = transfer("10.00", "key-00000001");
    let own = ada.csrf_token.clone();
    let same = ("sec-fetch-site", "same-origin");
    for headers in [
        vec![same],
        vec![("x-csrf-token", ""), same],
        vec![("x-csrf-token", &*grace.csrf_token), same],
        vec![("x-csrf-token", &own), ("origin", "http://evil.example")],
        vec![("x-csrf-token", &own), ("origin", "null")],
        vec![("x-csrf-token", &own), ("sec-fetch-site", "cross-site")],
        vec![("x-csrf-token", &own), ("sec-fetch-site", "same-site")],
        vec![("x-csrf-token", &own), ("sec-fetch-site", "none")],
    ] {
        let refused = ada.send_transfer_with(&body, &headers).await;
        assert_eq!((refused.status, refused.problem()), (403, "cross_site".into()), "{headers:?}");
    }
    assert_eq!(ada.send_transfer_with(&body, &[("x-csrf-token", &own)]).await.status, 401);
    // Signed out, the answer tells nothing of what a transfer needs.
    let mut stranger = world.browser();
    let refused = stranger.send_transfer(&body).await;
    assert_eq!((refused.status, refused.problem()), (403, "signed_out".into()));
    // Another site cannot choose the moment of a step-up.
    let id = grace.propose(&transfer("10.00", "key-00000002")).await;
    let start = format!("/step-up/start?transfer={id}&mode=popup");
    assert_eq!(grace.get_from_elsewhere(&start).await.status, 404);
}

#[tokio::test]
async fn bad_fields_are_named_and_nothing_else_is_json() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    let refused = ada
        .send_transfer(
            &json!({ "payee": "", "iban": "DE0", "amount": "1", "idempotency_key": "key-00000001" }),
        )
        .await;
    assert_eq!((refused.status, refused.problem()), (422, "invalid_fields".into()));
    let fields = refused.json()["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bad| bad["field"].clone())
        .collect::<Vec<_>>();
    assert_eq!(fields, ["payee", "iban", "amount"]);
    for body in [json!([]), json!({}), json!({ "payee": 1 }), json!("x")] {
        assert_eq!(ada.send_transfer(&body).await.problem(), "invalid_request", "{body}");
    }
    let form = ada.post_form("/api/transfers", "payee=x").await;
    assert_eq!(form.status, 403);
    let mut huge = transfer("1.00", "key-00000001");
    huge["reference"] = json!("x".repeat(20_000));
    assert_eq!(ada.send_transfer(&huge).await.status, 413);
}

#[tokio::test]
async fn an_answer_of_the_provider_is_taken_once_by_whoever_asked() {
    let world = World::start().await;
    let (mut ada, mut mallory) = (world.browser(), world.browser());
    // Login CSRF: Mallory's answer in Ada's browser.
    ada.get("/login").await;
    let back = mallory.visit("/login").await;
    assert_eq!(ada.get(&back).await.status, 400);
    assert_eq!(mallory.get(&back).await.status, 400, "spent by the first try");

    let back = ada.visit("/login").await;
    assert_eq!(ada.get(&back).await.status, 303);
    assert_eq!(ada.get(&back).await.status, 400);
    for path in
        ["/callback", "/callback?state=x&code=y", "/callback?state=a&state=b&code=y", "/callback?code=y"]
    {
        assert_eq!(ada.get(path).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn std_is_03_an_answer_without_its_issuer_is_not_believed() {
    let world = World::start().await;
    world.issuer.hide_issuer();
    let mut ada = world.browser();
    assert_eq!(ada.round_trip("/login").await.status, 403);
    assert!(!ada.cookies.contains_key("bank_session"));
}

#[tokio::test]
async fn a_refused_sign_in_signs_nobody_in() {
    let world = World::start().await;
    world.issuer.deny("access_denied");
    let mut ada = world.browser();
    assert_eq!(ada.round_trip("/login").await.status, 403);
    assert!(!ada.cookies.contains_key("bank_session"));
}

#[tokio::test]
async fn the_bank_starts_before_its_provider() {
    let (issuer, listener) = Issuer::announced().await;
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let world = World::around(issuer).await;
    let mut ada = world.browser();
    assert_eq!(ada.get("/login").await.status, 503);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    world.issuer.listen(listener);
    ada.sign_in().await;
}

#[tokio::test]
async fn atk_wb_04_every_answer_has_its_headers() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    for path in [
        "/",
        "/login",
        "/callback",
        "/nowhere",
        "/api/transfers/x",
        "/step-up/start?transfer=x&mode=popup",
        "/assets/bank.js",
    ] {
        let answer = ada.get(path).await;
        let csp = answer.header("content-security-policy");
        assert!(
            csp.contains("default-src 'none'; script-src 'self'") && csp.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(!csp.contains("unsafe"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "unsafe-none", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let caching = if path.starts_with("/assets/") { "no-cache" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), caching, "{path}");
    }
    assert_eq!(ada.get("/assets/../Cargo.toml").await.status, 404);
    let home = ada.get("/").await.body;
    assert!(!home.contains("<script>") && !home.contains("style=") && !home.contains("onclick"));
}

#[tokio::test]
async fn atk_wb_05_a_payee_is_text() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    let mut body = transfer("1.00", "key-00000001");
    body["payee"] = json!("<img src=x onerror=alert(1)>\"'&");
    body["reference"] = json!("</li><script>alert(2)</script>");
    let id = ada.propose(&body).await;
    ada.approve(&id).await;
    assert_eq!(ada.send_transfer(&body).await.status, 201);
    let home = ada.get("/").await.body;
    assert!(home.contains("&#60;img src=x onerror=alert(1)&#62;") || home.contains("&lt;img"), "{home}");
    assert!(!home.contains("<img src=x") && !home.contains("<script>alert"));
}
