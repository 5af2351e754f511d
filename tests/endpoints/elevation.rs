//! `POST /elevation/consume`: a bound token is spent once, by its client.

use riser_testkit::flow::{basic, claims, payment, text};
use riser_testkit::server::TestServer;
use serde_json::{Value, json};

async fn bound(server: &TestServer) -> (riser_testkit::browser::Browser, riser_core::UserId, Value) {
    let (user, mut ada, key) = server.with_passkey("ada").await;
    let tokens = ada.step_up("bank", &[("authorization_details", &payment("5.00", "ACME"))], &key).await;
    (ada, user, tokens)
}

#[tokio::test]
async fn a_bound_token_is_consumed_once_and_then_409() {
    let server = TestServer::start().await;
    let (mut ada, _, tokens) = bound(&server).await;
    let auth = basic("bank");
    let spend = [("token", text(&tokens, "access_token"))];
    let first = ada.form("/elevation/consume", &[("authorization", &auth)], &spend).await;
    assert_eq!((first.status, first.json()), (200, json!({ "consumed": true })));
    for _ in 0..3 {
        let again = ada.form("/elevation/consume", &[("authorization", &auth)], &spend).await;
        assert_eq!((again.status, again.json()), (409, json!({ "consumed": false })));
    }
}

#[tokio::test]
async fn only_the_client_that_it_was_made_for_consumes_it() {
    let server = TestServer::start().await;
    let (mut ada, _, tokens) = bound(&server).await;
    let token = text(&tokens, "access_token");
    let other =
        ada.form("/elevation/consume", &[("authorization", &basic("shop"))], &[("token", token)]).await;
    assert_eq!((other.status, &other.json()["error"]), (400, &json!("invalid_request")));
    let public = ada.form("/elevation/consume", &[], &[("token", token), ("client_id", "app")]).await;
    assert_eq!((public.status, &public.json()["error"]), (400, &json!("unauthorized_client")));
    let nobody = ada.form("/elevation/consume", &[], &[("token", token)]).await;
    assert_eq!((nobody.status, &nobody.json()["error"]), (401, &json!("invalid_client")));
    let unproved = ada.form("/elevation/consume", &[], &[("token", token), ("client_id", "bank")]).await;
    assert_eq!((unproved.status, &unproved.json()["error"]), (401, &json!("invalid_client")));
    // None of them spent it.
    let own = ada.form("/elevation/consume", &[("authorization", &basic("bank"))], &[("token", token)]).await;
    assert_eq!(own.status, 200);
}

#[tokio::test]
async fn an_unbound_token_and_what_is_no_access_token_are_not_consumed() {
    let server = TestServer::start().await;
    let (mut ada, _, tokens) = bound(&server).await;
    let plain = ada.tokens("bank", &[]).await;
    let txn = claims(text(&tokens, "access_token"))["txn"].as_str().unwrap().to_owned();
    let auth = basic("bank");
    for (token, status, error) in [
        (text(&plain, "access_token"), 400, "invalid_request"),
        (text(&plain, "id_token"), 401, "invalid_token"),
        (text(&plain, "refresh_token"), 401, "invalid_token"),
        (text(&tokens, "id_token"), 401, "invalid_token"),
        (txn.as_str(), 401, "invalid_token"),
        ("", 400, "invalid_request"),
    ] {
        let refused = ada.form("/elevation/consume", &[("authorization", &auth)], &[("token", token)]).await;
        assert_eq!((refused.status, &refused.json()["error"]), (status, &json!(error)), "{token}");
    }
}

#[tokio::test]
async fn a_bound_token_lapses_after_two_minutes_and_with_its_account() {
    let server = TestServer::start().await;
    let (mut ada, user, tokens) = bound(&server).await;
    let auth = basic("bank");
    let spend = [("token", text(&tokens, "access_token"))];
    server.clock.advance(120);
    let late = ada.form("/elevation/consume", &[("authorization", &auth)], &spend).await;
    assert_eq!((late.status, &late.json()["error"]), (401, &json!("invalid_token")));
    server.clock.advance(-1);
    server.disable(&user).await;
    let shut = ada.form("/elevation/consume", &[("authorization", &auth)], &spend).await;
    assert_eq!((shut.status, &shut.json()["error"]), (401, &json!("invalid_token")));
}

#[tokio::test]
async fn a_code_used_twice_takes_its_elevation_back() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let visit = ada.visit("bank", &[("authorization_details", &payment("5.00", "ACME"))]).await;
    let code = ada.passkey(&visit, &key).await.param("code").unwrap();
    let tokens = ada.redeem("bank", &code).await.json();
    assert_eq!(ada.redeem("bank", &code).await.status, 400);
    let spend = [("token", text(&tokens, "access_token"))];
    let refused = ada.form("/elevation/consume", &[("authorization", &basic("bank"))], &spend).await;
    assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("invalid_token")));
}
