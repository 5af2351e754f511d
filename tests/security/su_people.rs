//! Step-up by the wrong person, in the wrong browser, with the wrong credential: SU-02 to SU-05.

use riser_testkit::authenticator::Lies;
use riser_testkit::flow::text;
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::{Value, json};

use crate::support::{access, lying, options, refusal};

#[tokio::test]
async fn atk_su_02_a_visit_that_starts_in_one_browser_cannot_be_finished_in_another() {
    let server = TestServer::start().await;
    let (_, mut ada, adas_key) = server.with_passkey("ada").await;
    let (_, mut mallory) = server.signed_in("mallory").await;
    let (adas, mallorys) = (ada.held().await, mallory.held().await);
    // Mallory starts, Ada is made to finish; and the other way round.
    let started = mallory.visit("app", &[("acr_values", "aal2 phr")]).await;
    let visit = mallory.visit("app", &[("prompt", "select_account")]).await;
    let challenge = options(&mut mallory, &visit).await;
    let assertion = adas_key.get(&server.issuer, &challenge).unwrap();
    for address in [&started, &visit] {
        let sent = ada.post(&format!("{address}/passkey"), &assertion).await;
        assert_eq!(refusal(&sent), (404, "interaction_not_found".to_owned()));
        let named = ada.post(&format!("{address}/password"), &json!({ "password": PASSWORD })).await;
        assert_eq!(named.status, 404);
        assert_eq!(ada.get(address).await.status, 404);
    }
    let adas_visit = ada.visit("app", &[("acr_values", "phr")]).await;
    let adas_assertion = ada.assertion(&adas_visit, &adas_key).await;
    let sent = mallory.post(&format!("{adas_visit}/passkey"), &adas_assertion).await;
    assert_eq!(refusal(&sent), (404, "interaction_not_found".to_owned()));
    assert_eq!((ada.held().await, mallory.held().await), (adas, mallorys));
}

#[tokio::test]
async fn atk_su_02_a_stolen_session_cookie_without_the_browsers_own_finishes_nothing() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    let assertion = ada.assertion(&visit, &key).await;
    let mut thief = server.browser();
    thief.cookies.insert("riser_session".to_owned(), ada.session().unwrap().to_owned());
    for other in ["", "x", "guess"] {
        if !other.is_empty() {
            thief.cookies.insert("riser_browser".to_owned(), other.to_owned());
        }
        assert_eq!(thief.get(&visit).await.status, 404);
        assert_eq!(thief.post(&format!("{visit}/passkey"), &assertion).await.status, 404);
    }
    assert_eq!(ada.get(&visit).await.json()["status"], "pending");
}

#[tokio::test]
async fn atk_su_03_another_persons_credential_by_each_method_refreshes_nobody() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let (_, _, mallorys_key) = server.with_passkey("mallory").await;
    server.clock.advance(1000);
    let before = ada.held().await;
    for asked in [("prompt", "login"), ("max_age", "10"), ("acr_values", "phr")] {
        let visit = ada.visit("app", &[asked]).await;
        let named = ada.post(&format!("{visit}/identifier"), &json!({ "username": "mallory" })).await;
        assert_eq!(refusal(&named), (422, "wrong_user".to_owned()), "{asked:?}");
        let sneaked = json!({ "password": "mallory's own password", "username": "mallory" });
        let by_password = ada.post(&format!("{visit}/password"), &sneaked).await;
        assert!((400..500).contains(&by_password.status), "{by_password:?}");
        let mut any = options(&mut ada, &visit).await;
        any["allowCredentials"] = json!([]);
        let assertion = mallorys_key.get(&server.issuer, &any).unwrap();
        let by_passkey = ada.post(&format!("{visit}/passkey"), &assertion).await;
        assert_eq!(refusal(&by_passkey), (422, "wrong_user".to_owned()), "{asked:?}");
        assert_eq!(ada.held().await, before, "{asked:?}");
    }
    // The attempt is on record.
    let audit = server.app.store.audit(0, 1000).await.unwrap();
    let refused = audit.iter().filter(|(_, entry)| {
        matches!(&entry.event, riser_core::audit::Event::ProofRefused { reason, .. } if reason == "wrong_user")
    });
    assert_eq!(refused.count(), 3);
}

#[tokio::test]
async fn atk_su_04_a_hint_for_one_person_never_buys_a_code_for_another() {
    let server = TestServer::start().await;
    let (one, mut ada, adas_key) = server.with_passkey("ada").await;
    let hint = text(&ada.tokens("app", &[]).await, "id_token").to_owned();
    let (_, mut grace, graces_key) = server.with_passkey("grace").await;
    let before = grace.held().await;
    let silent = grace.authorize("app", &[("id_token_hint", &hint), ("prompt", "none")]).await;
    assert_eq!(silent.param("error").as_deref(), Some("login_required"));
    for prompt in ["", "login", "consent", "select_account"] {
        let visit = grace.visit("app", &[("id_token_hint", &hint), ("prompt", prompt)]).await;
        assert_ne!(grace.get(&visit).await.json()["current"]["acr"], "aal1", "her session is none here");
        let by_password = grace.sign_in(&visit, "grace", PASSWORD).await;
        assert_eq!(refusal(&by_password), (401, "invalid_credentials".to_owned()), "{prompt}");
        let by_passkey = grace.passkey(&visit, &graces_key).await;
        assert_eq!(refusal(&by_passkey), (422, "wrong_user".to_owned()), "{prompt}");
        assert_eq!(grace.get(&visit).await.json()["status"], "pending");
    }
    assert_eq!(grace.held().await, before);
    // The hinted person themselves can answer there; then it is their code and their session.
    let visit = grace.visit("app", &[("id_token_hint", &hint)]).await;
    let done = grace.passkey(&visit, &adas_key).await;
    let tokens = grace.redeem("app", &done.param("code").unwrap()).await.json();
    assert_eq!(access(&tokens)["sub"], one.as_str());
}

#[tokio::test]
async fn atk_su_05_every_credential_with_every_handle_only_the_own_pair_passes() {
    let server = TestServer::start().await;
    let (adas_id, mut ada, key) = server.with_passkey("ada").await;
    let (mallorys_id, _, mallorys_key) = server.with_passkey("mallory").await;
    let own_credential = key.credentials()[0].id.clone();
    let others_credential = mallorys_key.credentials()[0].id.clone();
    let mut unknown_key =
        riser_testkit::authenticator::SoftAuthenticator::synced(riser_testkit::authenticator::KeyKind::Es256);
    let link = server.enrolment_link(&adas_id, "phr").await;
    let enrol = ada.get(&link).await.location().to_owned();
    let creation = crate::support::creation_options(&mut ada, &enrol).await;
    unknown_key.create(&server.issuer, &creation).unwrap();

    let handles = [None, Some(adas_id.as_str()), Some(mallorys_id.as_str()), Some("nobody"), Some("")];
    for (whose, signer, credential) in [
        ("own", &key, None),
        ("other's", &mallorys_key, None),
        ("other's id, own key", &key, Some(&others_credential)),
        ("own id, other's key", &mallorys_key, Some(&own_credential)),
        ("unknown", &unknown_key, None),
        ("own id, unknown key", &unknown_key, Some(&own_credential)),
    ] {
        for handle in handles {
            let visit = ada.visit("app", &[("prompt", "login"), ("acr_values", "phr")]).await;
            let before = ada.held().await;
            let lies = Lies {
                ignore_allow: true,
                credential_id: credential.cloned(),
                user_handle: handle.map(|handle| handle.as_bytes().to_vec()),
                no_user_handle: handle.is_none(),
                ..Lies::default()
            };
            let assertion = ada.assertion(&visit, &lying(signer, lies)).await;
            let answer = ada.post(&format!("{visit}/passkey"), &assertion).await;
            // The signature covers neither id nor handle: an absent handle is allowed where the person is known.
            let passes = whose == "own" && (handle.is_none() || handle == Some(adas_id.as_str()));
            assert_eq!(answer.status == 200, passes, "{whose}, {handle:?}: {answer:?}");
            if !passes {
                assert!(matches!(answer.status, 401 | 422), "{whose}, {handle:?}: {answer:?}");
                assert_eq!(ada.held().await, before, "{whose}, {handle:?}");
            }
        }
    }
}

#[tokio::test]
async fn atk_su_05_without_a_known_person_the_handle_must_be_there_and_be_the_owners() {
    let server = TestServer::start().await;
    let (adas_id, _, key) = server.with_passkey("ada").await;
    let (mallorys_id, _, _) = server.with_passkey("mallory").await;
    for (handle, passes) in [
        (Some(adas_id.as_str()), true),
        (None, false),
        (Some(mallorys_id.as_str()), false),
        (Some("x"), false),
    ] {
        let mut browser = server.browser();
        let visit = browser.visit("app", &[]).await;
        let lies = Lies {
            user_handle: handle.map(|handle| handle.as_bytes().to_vec()),
            no_user_handle: handle.is_none(),
            ..Lies::default()
        };
        let answer = browser.passkey(&visit, &lying(&key, lies)).await;
        assert_eq!(answer.status == 200, passes, "{handle:?}: {answer:?}");
        assert_eq!(browser.held().await == Value::Null, !passes);
    }
}

#[tokio::test]
async fn atk_su_05_a_person_without_a_passkey_is_offered_none_and_an_empty_allow_list_means_stop() {
    let server = TestServer::start().await;
    let (_, mut grace) = server.signed_in("grace").await;
    let (_, _, mallorys_key) = server.with_passkey("mallory").await;
    let before = grace.held().await;
    // A visit where her password would do: a passkey helps nobody there.
    let visit = grace.visit("app", &[("prompt", "login")]).await;
    let refused = grace.post(&format!("{visit}/passkey/options"), &json!({})).await;
    assert_eq!(refusal(&refused), (422, "credential_not_usable".to_owned()));
    // And none is to be had for a level that needs one.
    let visit = grace.visit("app", &[("acr_values", "phr")]).await;
    let refused = grace.post(&format!("{visit}/passkey/options"), &json!({})).await;
    assert_eq!(refusal(&refused), (409, "interaction_closed".to_owned()));
    // A challenge taken from a visit for anyone does not serve hers.
    let anyone = grace.visit("app", &[("prompt", "select_account")]).await;
    let assertion = grace.assertion(&anyone, &mallorys_key).await;
    let hers = grace.visit("app", &[("prompt", "login")]).await;
    let refused = grace.post(&format!("{hers}/passkey"), &assertion).await;
    assert_eq!(refusal(&refused), (409, "challenge_spent".to_owned()));
    assert_eq!(grace.held().await, before);
}

#[tokio::test]
async fn atk_su_05_a_revoked_passkey_raises_nobody() {
    let server = TestServer::start().await;
    let (user, mut ada, key) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    let assertion = ada.assertion(&visit, &key).await;
    let all = server.app.store.credentials(&user).await.unwrap();
    let passkey = all.iter().find(|c| c.secret.factor() == riser_core::assurance::Factor::Passkey).unwrap();
    let at = server.app.clock.now();
    let event =
        riser_core::audit::Event::CredentialRevoked { user: user.clone(), credential: passkey.id.clone() };
    let entry = riser_core::audit::Entry { at, event };
    server.app.store.revoke_credential(&passkey.id, at, entry.into()).await.unwrap();
    // SU-30: revoked between the challenge and the answer.
    let refused = ada.post(&format!("{visit}/passkey"), &assertion).await;
    assert!((400..500).contains(&refused.status), "{refused:?}");
    let silent = ada.authorize("app", &[("acr_values", "phr"), ("prompt", "none")]).await;
    assert_eq!(silent.param("error").as_deref(), Some("unmet_authentication_requirements"));
    let mut anyone = server.browser();
    let visit = anyone.visit("app", &[]).await;
    assert_eq!(refusal(&anyone.passkey(&visit, &key).await), (422, "credential_not_usable".to_owned()));
}
