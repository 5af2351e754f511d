//! Facts, not flags: SU-19 to SU-22, SU-31 to SU-34.

use riser_testkit::authenticator::{KeyKind, SoftAuthenticator};
use riser_testkit::flow::text;
use riser_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::support::{access, creation_options, refusal};

#[tokio::test]
async fn atk_su_19_su_22_a_stolen_low_session_reaches_no_enrolment() {
    let server = TestServer::start().await;
    let (user, mut thief, _) = server.with_passkey("ada").await;
    let before = server.app.store.credentials(&user).await.unwrap().len();
    let mut device = SoftAuthenticator::synced(KeyKind::Es256);
    for asked in [
        [("acr_values", "phr"), ("prompt", "")],
        [("prompt", "login"), ("acr_values", "")],
        [("prompt", "consent"), ("acr_values", "")],
        [("prompt", "select_account"), ("acr_values", "")],
    ] {
        let visit = thief.visit("app", &asked).await;
        let refused = thief.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await;
        assert_eq!(refusal(&refused), (422, "credential_not_usable".to_owned()), "{asked:?}");
        // With creation made from whatever options the thief can get.
        let options = json!({
            "challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "rp": { "id": "localhost", "name": "x" },
            "user": { "id": "AA", "name": "x", "displayName": "x" },
            "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
        });
        let registration = device.create(&server.issuer, &options).unwrap();
        let refused = thief.post(&format!("{visit}/enrol/passkey"), &registration).await;
        assert_eq!(refusal(&refused), (422, "credential_not_usable".to_owned()), "{asked:?}");
    }
    for path in ["/account/credentials/passkey", "/account/passkeys", "/enrol/passkey", "/grant/"] {
        let refused = thief.post(path, &json!({})).await;
        assert!(matches!(refused.status, 404 | 405), "{path}: {refused:?}");
    }
    assert_eq!(server.app.store.credentials(&user).await.unwrap().len(), before);
}

#[tokio::test]
async fn atk_su_19_the_ceiling_of_a_link_binds_what_the_thief_enrols_with_it() {
    let server = TestServer::start().await;
    let (user, mut thief) = server.signed_in("ada").await;
    let key = server.enrol(&user, &mut thief, "aal1").await;
    for acr in ["aal2", "phr"] {
        let refused = thief.authorize("app", &[("acr_values", acr), ("prompt", "none")]).await;
        assert_eq!(refused.param("error").as_deref(), Some("unmet_authentication_requirements"), "{acr}");
    }
    let mut browser = server.browser();
    let visit = browser.visit("app", &[]).await;
    let done = browser.passkey(&visit, &key).await;
    let tokens = browser.redeem("app", &done.param("code").unwrap()).await.json();
    assert_eq!(access(&tokens)["acr_satisfied"], json!(["aal1"]));
}

#[tokio::test]
async fn atk_su_20_client_credentials_and_tokens_open_no_visit_and_no_enrolment() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    let link = server.enrolment_link(&user, "phr").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let enrol = ada.get(&link).await.location().to_owned();
    let mut machine = server.browser();
    for proof in [
        riser_testkit::flow::basic("bank"),
        format!("Bearer {}", text(&tokens, "access_token")),
        format!("Bearer {}", text(&tokens, "refresh_token")),
    ] {
        for (address, path) in
            [(&visit, "password"), (&visit, "passkey/options"), (&enrol, "enrol/passkey/options")]
        {
            let headers = [("authorization", proof.as_str()), ("content-type", "application/json")];
            let address = format!("{address}/{path}");
            let refused =
                machine.send(reqwest::Method::POST, &address, &headers, Some("{}".to_owned())).await;
            assert_eq!(refusal(&refused), (404, "interaction_not_found".to_owned()), "{path}");
        }
        let headers = [("authorization", proof.as_str())];
        let path = riser_testkit::flow::authorize_path("app", &[("prompt", "none")]);
        let silent = machine.send(reqwest::Method::GET, &path, &headers, None).await;
        assert_eq!(silent.param("error").as_deref(), Some("login_required"));
        assert_eq!(machine.send(reqwest::Method::GET, "/account", &headers, None).await.status, 401);
    }
}

#[tokio::test]
async fn atk_su_22_enrolling_marks_the_session_as_nothing_more() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let before = ada.held().await;
    let link = server.enrolment_link(&user, "phr").await;
    let visit = ada.get(&link).await.location().to_owned();
    let mut key = SoftAuthenticator::synced(KeyKind::Es256);
    let registration = key.create(&server.issuer, &creation_options(&mut ada, &visit).await).unwrap();
    assert_eq!(ada.post(&format!("{visit}/enrol/passkey"), &registration).await.status, 200);
    assert_eq!(ada.held().await, before);
    // Nor does the registration serve as the proof that is missing.
    let step_up = ada.visit("app", &[("acr_values", "phr")]).await;
    let refused = ada.post(&format!("{step_up}/passkey"), &registration).await;
    assert!(matches!(refused.status, 400 | 409), "{refused:?}");
}

#[tokio::test]
async fn atk_su_23_only_the_key_in_the_signed_data_is_stored() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    let visit = ada.get(&link).await.location().to_owned();
    let options = creation_options(&mut ada, &visit).await;
    let mut own = SoftAuthenticator::synced(KeyKind::Es256);
    let mut other = SoftAuthenticator::synced(KeyKind::Es256);
    let mut registration = own.create(&server.issuer, &options).unwrap();
    let foreign = other.create(&server.issuer, &options).unwrap();
    for name in ["publicKey", "publicKeyAlgorithm", "secret", "ceiling", "user", "userVerified"] {
        registration["response"][name] = foreign["response"]["attestationObject"].clone();
        registration[name] = json!("phrh");
    }
    assert_eq!(ada.post(&format!("{visit}/enrol/passkey"), &registration).await.json()["status"], "done");
    let step_up = ada.visit("app", &[("acr_values", "phr")]).await;
    let mut forged = other.clone();
    forged.lies.ignore_allow = true;
    forged.lies.credential_id = Some(own.credentials()[0].id.clone());
    let assertion = ada.assertion(&step_up, &forged).await;
    let refused = ada.post(&format!("{step_up}/passkey"), &assertion).await;
    assert_eq!(refusal(&refused), (401, "invalid_credentials".to_owned()));
    assert!(ada.passkey(&step_up, &own).await.param("code").is_some());
}

#[tokio::test]
async fn atk_su_31_a_level_lapses_and_its_tokens_with_it() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let tokens = ada.step_up("app", &[("acr_values", "phr")], &key).await;
    let lapse = access(&tokens)["auth_time"].as_i64().unwrap() + 900;
    // A silent answer keeps thirty seconds of margin.
    for (at, held) in [(lapse - 31, true), (lapse - 30, false), (lapse, false), (lapse + 3600, false)] {
        server.clock.advance(at - server.app.clock.now().0);
        ada.authorize("app", &[]).await;
        let silent = ada.authorize("app", &[("acr_values", "phr"), ("prompt", "none")]).await;
        assert_eq!(silent.param("code").is_some(), held, "{}: {silent:?}", at - lapse);
        if let Some(code) = silent.param("code") {
            let late = access(&ada.redeem("app", &code).await.json());
            assert_eq!(late["exp"], lapse, "a token ends no later than its level");
        }
    }
    assert_eq!(ada.userinfo(text(&tokens, "access_token")).await.status, 401);
}

#[tokio::test]
async fn atk_su_31_a_code_that_waits_past_the_lapse_buys_no_lapsed_level() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    ada.step_up("app", &[("acr_values", "phr")], &key).await;
    server.clock.advance(900 - 31);
    let code = ada.code("app", &[("acr_values", "phr")]).await;
    server.clock.advance(31);
    let tokens = ada.redeem("app", &code).await.json();
    let access = access(&tokens);
    assert_eq!((access.get("acr"), access.get("acr_satisfied")), (None, None), "{access}");
}

#[tokio::test]
async fn atk_su_34_the_same_facts_give_the_same_level_by_every_path() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let first = ada.step_up("app", &[("acr_values", "phr")], &key).await;
    let told = |tokens: &Value| {
        let all = access(tokens);
        json!([all["acr"], all["amr"], all["auth_time"], all["acr_satisfied"], all["sid"]])
    };
    let expected = told(&first);
    server.clock.advance(30);
    let refreshed = ada.refresh("app", text(&first, "refresh_token")).await.json();
    let visit = ada.visit("app", &[("prompt", "consent")]).await;
    let agreed = ada.post(&format!("{visit}/consent"), &json!({ "approve": true })).await;
    let by_consent = ada.redeem("app", &agreed.param("code").unwrap()).await.json();
    for (path, tokens) in [
        ("reload", ada.tokens("app", &[]).await),
        ("silent", ada.tokens("app", &[("prompt", "none")]).await),
        ("asked", ada.tokens("app", &[("acr_values", "phr")]).await),
        ("another client", ada.tokens("bank", &[]).await),
        ("refresh", refreshed),
        ("consent", by_consent),
    ] {
        assert_eq!(told(&tokens), expected, "{path}");
    }
}
