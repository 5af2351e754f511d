//! The main job: a session rises, for one action or for a level.

use riser_testkit::flow::{claims, payment};
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::json;

#[tokio::test]
async fn rfc_9470_a_password_session_rises_to_phr_by_a_passkey_and_keeps_its_sid() {
    let server = TestServer::start().await;
    let (_, mut browser, key) = server.with_passkey("ada").await;
    let low = browser.authorize("app", &[]).await.param("code").unwrap();
    let low = claims(browser.redeem("app", &low).await.json()["access_token"].as_str().unwrap());
    assert_eq!((low["acr"].as_str(), &low["amr"]), (Some("aal1"), &json!(["pwd"])));
    server.clock.advance(100);

    let visit = browser.authorize("app", &[("acr_values", "phr")]).await.location().to_owned();
    let state = browser.get(&visit).await.json();
    assert_eq!(state["kind"], "step_up");
    assert_eq!(state["options"], json!([["passkey"]]));
    assert_eq!(state["current"]["acr"], "aal1");
    assert_eq!(state["required"]["acr_values"], json!(["phr"]));
    let done = browser.passkey(&visit, &key).await;
    assert_eq!(done.json()["status"], "done", "{done:?}");

    let tokens = browser.redeem("app", &done.param("code").unwrap()).await.json();
    let id = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((id["acr"].as_str(), &id["amr"]), (Some("phr"), &json!(["pop", "user", "mfa"])));
    assert_eq!(id["sid"], low["sid"]);
    assert_eq!(id["sub"], low["sub"]);
    assert_eq!(id["auth_time"].as_i64(), low["auth_time"].as_i64().map(|at| at + 100));
    assert_eq!(id["nonce"], "the-nonce");
    let access = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!(access["acr_satisfied"], json!(["phr", "aal2", "aal1"]));
    assert_eq!(access["aud"], "https://api.app.example");

    // What was just proved is not asked again.
    let again = browser.authorize("app", &[("acr_values", "phr"), ("prompt", "none")]).await;
    assert!(again.param("code").is_some(), "{again:?}");
}

#[tokio::test]
async fn atk_wb_02_the_session_cookie_is_new_at_each_rise_and_the_old_one_is_dead() {
    let server = TestServer::start().await;
    let (_, mut browser, key) = server.with_passkey("ada").await;
    let old = browser.session().unwrap().to_owned();
    let mut thief = browser.clone();
    let visit = browser.authorize("app", &[("acr_values", "phr")]).await.location().to_owned();
    browser.passkey(&visit, &key).await;
    assert_ne!(browser.session(), Some(old.as_str()));
    let stale = thief.authorize("app", &[("prompt", "none")]).await;
    assert_eq!(stale.param("error").as_deref(), Some("login_required"));
    assert!(browser.authorize("app", &[("prompt", "none")]).await.param("code").is_some());
}

#[tokio::test]
async fn a_payment_is_approved_as_it_is_shown_and_comes_back_in_a_bound_token() {
    let server = TestServer::start().await;
    let (_, mut browser, key) = server.with_passkey("ada").await;
    let details = payment("1234.00", "ACME GmbH");
    let asked = [("acr_values", "phr"), ("authorization_details", details.as_str())];
    let visit = browser.authorize("bank", &asked).await.location().to_owned();
    let state = browser.get(&visit).await.json();
    assert_eq!(
        state["transaction"]["display"],
        json!([["To", "ACME GmbH"], ["Account", "DE02 1203 0000 0000 2020 51"], ["Amount", "EUR 1,234.00"]])
    );
    // Nobody signs a payment with a password.
    let password = browser.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
    assert_eq!((password.status, password.problem().as_str()), (422, "credential_not_usable"));
    let done = browser.passkey(&visit, &key).await;
    let tokens = browser.redeem("bank", &done.param("code").unwrap()).await.json();
    let access = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!(
        access["authorization_details"].to_string(),
        serde_json::from_str::<serde_json::Value>(&details).unwrap().to_string()
    );
    assert_eq!(tokens["authorization_details"], access["authorization_details"]);
    assert!(access["txn"].as_str().unwrap().len() >= 43);
    assert!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap() <= 120);
    assert!(tokens.get("refresh_token").is_none(), "one action needs no tokens after it");

    // Facts held from before never count toward an action: the next one is asked for anew.
    let again = browser.authorize("bank", &asked).await;
    assert!(again.location().contains("/interaction/"));
    let silent = browser.authorize("bank", &[asked[0], asked[1], ("prompt", "none")]).await;
    assert_eq!(silent.param("error").as_deref(), Some("interaction_required"));
}

#[tokio::test]
async fn who_lacks_the_factor_is_told_so_and_the_level_is_not_lowered() {
    let server = TestServer::start().await;
    let (_, mut browser) = server.signed_in("grace").await;
    let visit = browser.authorize("app", &[("acr_values", "phr")]).await.location().to_owned();
    let state = browser.get(&visit).await;
    assert_eq!(
        (state.json()["status"].as_str(), state.json()["reason"].as_str()),
        (Some("failed"), Some("enrolment_required"))
    );
    assert_eq!(state.param("error").as_deref(), Some("unmet_authentication_requirements"));
    assert_eq!(
        (state.param("state"), state.param("iss")),
        (Some("the-state".to_owned()), Some(server.issuer.clone()))
    );
    let unreachable = browser.authorize("app", &[("acr_values", "phrh")]).await.location().to_owned();
    assert_eq!(browser.get(&unreachable).await.json()["reason"], "unreachable");
}

#[tokio::test]
async fn std_su_15_each_of_the_loops_ends_after_one_prompt() {
    let server = TestServer::start().await;
    let (_, mut browser, key) = server.with_passkey("ada").await;
    for ask in [("max_age", "0"), ("prompt", "login"), ("max_age", "1")] {
        server.clock.advance(5);
        let visit = browser.authorize("app", &[("acr_values", "phr"), ask]).await.location().to_owned();
        let done = browser.passkey(&visit, &key).await;
        assert!(done.param("code").is_some(), "{ask:?}: {done:?}");
    }
}

#[tokio::test]
async fn atk_su_03_another_persons_passkey_raises_nobody() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let (_, _, mallorys_key) = server.with_passkey("mallory").await;
    let visit = ada.authorize("app", &[("acr_values", "phr")]).await.location().to_owned();
    let options = ada.post(&format!("{visit}/passkey/options"), &json!({})).await.json();
    let mut any = options["publicKey"].clone();
    any["allowCredentials"] = json!([]);
    let assertion = mallorys_key.get(&server.issuer, &any).unwrap();
    let refused = ada.post(&format!("{visit}/passkey"), &assertion).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "wrong_user"));
    let state = ada.get(&visit).await.json();
    assert_eq!((state["status"].as_str(), state["current"]["acr"].as_str()), (Some("pending"), Some("aal1")));
    let silent = ada.authorize("app", &[("acr_values", "phr"), ("prompt", "none")]).await;
    assert_eq!(silent.param("error").as_deref(), Some("interaction_required"));
}
