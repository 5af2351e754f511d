//! `login_hint`, `id_token_hint` and the `sub` claim: OIDC Core §3.1.2.1, §3.1.2.2, §5.5.1.

use riser_testkit::flow::{claims, text};
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::json;

#[tokio::test]
async fn std_oc_26_an_id_token_of_ours_is_a_hint_even_when_it_has_expired() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let hint = text(&ada.tokens("app", &[]).await, "id_token").to_owned();
    for wait in [0, 3600, 3600] {
        server.clock.advance(wait / 3);
        ada.authorize("app", &[]).await;
        server.clock.advance(wait / 3);
        let silent = ada.authorize("app", &[("id_token_hint", &hint), ("prompt", "none")]).await;
        assert!(silent.param("code").is_some(), "{silent:?}");
    }
}

#[tokio::test]
async fn std_oc_26_a_hint_that_is_not_ours_is_refused() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let other = TestServer::start().await;
    let (_, mut elsewhere) = other.signed_in("ada").await;
    let tokens = ada.tokens("app", &[]).await;
    let hint = text(&tokens, "id_token").to_owned();
    let [header, payload, signature] = hint.split('.').collect::<Vec<_>>().try_into().unwrap();
    let unsigned = "eyJhbGciOiJub25lIn0";
    let foreign = [
        text(&elsewhere.tokens("app", &[]).await, "id_token").to_owned(),
        text(&ada.tokens("bank", &[]).await, "id_token").to_owned(),
        text(&tokens, "access_token").to_owned(),
        text(&tokens, "refresh_token").to_owned(),
        format!("{unsigned}.{payload}."),
        format!("{unsigned}.{payload}.{signature}"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}.{}", signature.chars().rev().collect::<String>()),
        format!("{header}.eyJzdWIiOiJ4In0.{signature}"),
        "not a token".to_owned(),
        "..".to_owned(),
    ];
    for hint in foreign {
        for prompt in ["", "none", "login"] {
            let refused = ada.authorize("app", &[("id_token_hint", &hint), ("prompt", prompt)]).await;
            assert_eq!(refused.param("error").as_deref(), Some("invalid_request"), "{hint}: {refused:?}");
            assert_eq!(refused.param("code"), None);
        }
    }
}

#[tokio::test]
async fn std_oc_27_step_up_of_a_by_b_is_an_error_and_as_session_is_as_it_was() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let (_, _, graces_key) = server.with_passkey("grace").await;
    let before = ada.held().await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let named = ada.post(&format!("{visit}/identifier"), &json!({ "username": "grace" })).await;
    assert_eq!((named.status, named.problem().as_str()), (422, "wrong_user"));
    let mut lying = graces_key.clone();
    lying.lies.ignore_allow = true;
    let assertion = ada.assertion(&visit, &lying).await;
    let refused = ada.post(&format!("{visit}/passkey"), &assertion).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "wrong_user"));
    assert_eq!(ada.held().await, before);
}

#[tokio::test]
async fn std_oc_28_a_sub_claim_that_is_somebody_else_fails_the_authentication() {
    let server = TestServer::start().await;
    let grace = server.add_user("grace").await;
    let (_, mut ada) = server.signed_in("ada").await;
    let own = ada.held().await["sub"].as_str().unwrap().to_owned();
    let claim = |sub: &str| json!({ "id_token": { "sub": { "value": sub } } }).to_string();
    assert!(ada.authorize("app", &[("claims", &claim(&own))]).await.param("code").is_some());
    for other in [grace.as_str(), "nobody", "0"] {
        let silent = ada.authorize("app", &[("claims", &claim(other)), ("prompt", "none")]).await;
        assert_eq!(silent.param("error").as_deref(), Some("login_required"), "{other}");
        // With a page, Ada cannot answer for them either.
        let visit = ada.visit("app", &[("claims", &claim(other))]).await;
        assert_eq!(ada.get(&visit).await.json()["user"], json!(null), "whose it is is not told");
        let refused = ada.sign_in(&visit, "ada", PASSWORD).await;
        assert_eq!((refused.status, refused.problem().as_str()), (401, "invalid_credentials"), "{other}");
    }
    let hint = text(&ada.tokens("app", &[]).await, "id_token").to_owned();
    let both = [("id_token_hint", hint.as_str()), ("claims", &claim(grace.as_str()))];
    let two = ada.authorize("app", &both).await;
    assert_eq!(two.param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn std_oc_29_a_login_hint_is_a_name_to_begin_with_and_never_an_error() {
    let server = TestServer::start().await;
    server.add_user("ada").await;
    let mut browser = server.browser();
    let visit = browser.visit("app", &[("login_hint", "ada")]).await;
    assert_eq!(browser.get(&visit).await.json()["user"]["username"], "ada");
    let done = browser.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
    assert!(done.param("code").is_some(), "{done:?}");

    let odd = ["x".repeat(2000), "\u{0}".to_owned(), "\r\nSet-Cookie: a=b".to_owned(), " ".to_owned()];
    for hint in odd {
        let mut browser = server.browser();
        let visit = browser.visit("app", &[("login_hint", &hint)]).await;
        assert_eq!(browser.get(&visit).await.json()["user"], json!(null), "{hint:?}");
    }
    // A person who is signed in is not re-named by it.
    let mut ada = browser;
    let tokens = ada.tokens("app", &[("login_hint", "grace")]).await;
    assert_eq!(claims(text(&tokens, "id_token"))["sub"], ada.held().await["sub"]);
}

#[tokio::test]
async fn std_oc_30_a_sub_is_short_ascii_and_the_same_before_and_after_a_step_up_and_a_new_login() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let before = ada.held().await["sub"].as_str().unwrap().to_owned();
    assert!(before.is_ascii() && (1..=255).contains(&before.len()));
    let high = ada.step_up("app", &[("acr_values", "phr")], &key).await;
    assert_eq!(claims(text(&high, "id_token"))["sub"], before.as_str());
    let mut anew = server.browser();
    server.sign_in(&mut anew, "ada").await;
    assert_eq!(anew.held().await["sub"], before.as_str());
}
