//! `POST /introspect` (RFC 7662, RFC 9470 §6.2) and `POST /revoke` (RFC 7009).

use riser_core::audit::{Entry, Event};
use riser_core::protocol::TokenEndpointAuthMethod;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::{basic, claims, payment, text};
use riser_testkit::server::{Setup, TestServer, client};
use serde_json::{Value, json};

/// What `/introspect` tells a client of a token.
async fn told(browser: &mut Browser, client: &str, token: &str) -> Value {
    let auth = basic(client);
    let answer = browser.form("/introspect", &[("authorization", &auth)], &[("token", token)]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

async fn revoke(browser: &mut Browser, client: &str, token: &str) -> Answer {
    match client {
        "app" => browser.form("/revoke", &[], &[("token", token), ("client_id", client)]).await,
        _ => browser.form("/revoke", &[("authorization", &basic(client))], &[("token", token)]).await,
    }
}

fn inactive() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn std_in_04_std_su_07_an_active_token_is_told_with_level_methods_and_time() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let tokens = ada.step_up("bank", &[("acr_values", "phr")], &key).await;
    let token = text(&tokens, "access_token");
    let said = told(&mut ada, "bank", token).await;
    let inside = claims(token);
    assert_eq!((&said["active"], &said["token_type"]), (&json!(true), &json!("Bearer")));
    for name in [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "jti",
        "client_id",
        "scope",
        "sid",
        "acr",
        "amr",
        "auth_time",
        "acr_satisfied",
    ] {
        assert!(!inside[name].is_null(), "{name}");
        assert_eq!(said[name], inside[name], "{name}");
    }
    assert!(said["acr"].is_string() && said["auth_time"].is_i64(), "RFC 9470 §6.2");
}

#[tokio::test]
async fn std_ra_06_a_bound_token_is_told_with_its_transaction() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let details = payment("5.00", "ACME");
    let tokens = ada.step_up("bank", &[("authorization_details", &details)], &key).await;
    let said = told(&mut ada, "bank", text(&tokens, "access_token")).await;
    assert_eq!(said["authorization_details"], serde_json::from_str::<Value>(&details).unwrap());
    assert!(said["txn"].is_string());
}

#[tokio::test]
async fn atk_oa_24_std_in_02_a_token_is_told_to_nobody_whom_it_does_not_concern() {
    let mut api = client("api", TokenEndpointAuthMethod::ClientSecretPost);
    api.client.resource = Some("https://api.bank.example".to_owned());
    let mut issuers = client("issuers", TokenEndpointAuthMethod::ClientSecretPost);
    issuers.client.resource = None;
    let server = TestServer::start_with(Setup { clients: vec![api, issuers], ..Setup::default() }).await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    let token = text(&tokens, "access_token");
    let posted = async |id: &str, token: &str| {
        let secret = riser_testkit::server::SECRET;
        let pairs = [("token", token), ("client_id", id), ("client_secret", secret)];
        server.browser().form("/introspect", &[], &pairs).await.json()
    };
    // Its own client, and the resource server that its audience names.
    assert_eq!(told(&mut ada, "bank", token).await["active"], true);
    assert_eq!(posted("api", token).await["active"], true);
    // Another client; and one without a resource of its own is not the issuer's.
    assert_eq!(told(&mut ada, "shop", token).await, inactive());
    let for_issuer = ada.tokens("bank", &[("resource", &server.issuer)]).await;
    assert_eq!(posted("issuers", text(&for_issuer, "access_token")).await, inactive());
    assert_eq!(posted("api", text(&for_issuer, "access_token")).await, inactive());
    assert_eq!(told(&mut ada, "bank", text(&for_issuer, "access_token")).await["active"], true);
}

#[tokio::test]
async fn std_in_01_only_a_client_that_proves_itself_may_ask() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    let token = text(&tokens, "access_token");
    let public = ada.form("/introspect", &[], &[("token", token), ("client_id", "app")]).await;
    assert_eq!((public.status, &public.json()["error"]), (400, &json!("unauthorized_client")));
    for pairs in [vec![("token", token)], vec![("token", token), ("client_id", "bank")]] {
        let refused = ada.form("/introspect", &[], &pairs).await;
        assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("invalid_client")), "§2.3");
    }
    let nothing = ada.form("/introspect", &[("authorization", &basic("bank"))], &[]).await;
    assert_eq!((nothing.status, &nothing.json()["error"]), (400, &json!("invalid_request")));
    // A hint, right, wrong or unknown, never narrows the search.
    for hint in ["access_token", "refresh_token", "pat"] {
        let pairs = [("token", token), ("token_type_hint", hint)];
        let answer = ada.form("/introspect", &[("authorization", &basic("bank"))], &pairs).await;
        assert_eq!(answer.json()["active"], true, "{hint}");
    }
}

#[tokio::test]
async fn std_in_03_atk_su_31_whatever_ends_a_token_is_seen_at_once() {
    let server = TestServer::start().await;
    let (user, mut ada, key) = server.with_passkey("ada").await;
    let bank = |tokens: &Value| text(tokens, "access_token").to_owned();

    // Time: the token ends no later than the level that it names.
    let tokens = ada.step_up("bank", &[("acr_values", "phr")], &key).await;
    assert_eq!(told(&mut ada, "bank", &bank(&tokens)).await["active"], true);
    server.clock.advance(300);
    assert_eq!(told(&mut ada, "bank", &bank(&tokens)).await, inactive());

    // A code that is used twice.
    let code = ada.code("bank", &[]).await;
    let tokens = ada.redeem("bank", &code).await.json();
    ada.redeem("bank", &code).await;
    assert_eq!(told(&mut ada, "bank", &bank(&tokens)).await, inactive());

    // The end of its session.
    let tokens = ada.tokens("bank", &[]).await;
    assert_eq!(told(&mut ada, "bank", &bank(&tokens)).await["active"], true);
    let sid = riser_core::SessionId::new(text(&claims(&bank(&tokens)), "sid"));
    let now = server.app.clock.now();
    let event = Event::SessionEnded { user: user.clone(), session: sid.clone() };
    server.app.store.end_session(&sid, &user, now, Entry { at: now, event }.into()).await.unwrap();
    assert_eq!(told(&mut ada, "bank", &bank(&tokens)).await, inactive());

    // Another generation of its account (OA-32).
    server.sign_in(&mut ada, "ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    let event = Event::SessionsEnded { user: user.clone() };
    server.app.store.raise_generation(&user, None, now, Entry { at: now, event }.into()).await.unwrap();
    assert_eq!(told(&mut ada, "bank", &bank(&tokens)).await, inactive());
}

#[tokio::test]
async fn std_in_02_what_is_no_access_token_is_inactive_and_nothing_else_is_said() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    let mut bent = text(&tokens, "access_token").to_owned();
    bent.pop();
    for token in [text(&tokens, "id_token"), text(&tokens, "refresh_token"), &bent, "x", "a.b.c", "💶"] {
        assert_eq!(told(&mut ada, "bank", token).await, inactive(), "{token}");
    }
}

#[tokio::test]
async fn std_rv_01_a_revoked_refresh_token_takes_its_family_with_it() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for client in ["bank", "app"] {
        let first = ada.tokens(client, &[]).await;
        let other = ada.tokens(client, &[]).await;
        let second = ada.refresh(client, text(&first, "refresh_token")).await.json();
        // Also by the token that was rotated away.
        let revoked = revoke(&mut ada, client, text(&first, "refresh_token")).await;
        assert_eq!((revoked.status, revoked.body.as_str()), (200, ""));
        for tokens in [&first, &second] {
            assert_eq!(ada.userinfo(text(tokens, "access_token")).await.status, 401, "{client}");
        }
        let refused = ada.refresh(client, text(&second, "refresh_token")).await;
        assert_eq!(refused.json()["error"], "invalid_grant", "{client}");
        assert_eq!(ada.userinfo(text(&other, "access_token")).await.status, 200, "another grant stands");
        assert_eq!(revoke(&mut ada, client, text(&second, "refresh_token")).await.status, 200, "again");
    }
}

#[tokio::test]
async fn std_rv_01_a_revoked_access_token_ends_alone_and_everybody_knows_at_once() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    let token = text(&tokens, "access_token");
    assert_eq!(revoke(&mut ada, "bank", token).await.status, 200);
    assert_eq!(ada.userinfo(token).await.status, 401);
    assert_eq!(told(&mut ada, "bank", token).await, inactive());
    assert_eq!(revoke(&mut ada, "bank", token).await.status, 200, "again");
    let refreshed = ada.refresh("bank", text(&tokens, "refresh_token")).await;
    assert_eq!(refreshed.status, 200, "the grant stands");
    assert_eq!(ada.userinfo(text(&refreshed.json(), "access_token")).await.status, 200);

    // What was approved once is taken back before it is spent.
    let bound = ada.step_up("bank", &[("authorization_details", &payment("5.00", "ACME"))], &key).await;
    let token = text(&bound, "access_token");
    assert_eq!(revoke(&mut ada, "bank", token).await.status, 200);
    let auth = basic("bank");
    let spent = ada.form("/elevation/consume", &[("authorization", &auth)], &[("token", token)]).await;
    assert_eq!((spent.status, &spent.json()["error"]), (401, &json!("invalid_token")));
}

#[tokio::test]
async fn std_rv_01_a_client_revokes_its_own_tokens_only() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    for kind in ["access_token", "refresh_token"] {
        let refused = revoke(&mut ada, "shop", text(&tokens, kind)).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]),
            (400, &json!("unauthorized_client")),
            "{kind}"
        );
        let unproved =
            ada.form("/revoke", &[], &[("token", text(&tokens, kind)), ("client_id", "bank")]).await;
        assert_eq!((unproved.status, &unproved.json()["error"]), (401, &json!("invalid_client")), "{kind}");
    }
    assert_eq!(ada.userinfo(text(&tokens, "access_token")).await.status, 200);
    assert_eq!(ada.refresh("bank", text(&tokens, "refresh_token")).await.status, 200);
    // §2.2: what is no token is as revoked as can be; a missing one is an error.
    for token in ["unknown", text(&tokens, "id_token"), "a.b.c"] {
        assert_eq!(revoke(&mut ada, "bank", token).await.status, 200, "{token}");
    }
    assert_eq!(revoke(&mut ada, "bank", "").await.json()["error"], "invalid_request");
}
