//! Enrolment by link: what it opens, for whom, and for how long.

use reqwest::Method;
use riser_testkit::authenticator::{KeyKind, SoftAuthenticator};
use riser_testkit::browser::Browser;
use riser_testkit::flow::text;
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::{Value, json};

fn key() -> SoftAuthenticator {
    SoftAuthenticator::synced(KeyKind::Es256)
}

async fn options(browser: &mut Browser, visit: &str) -> Value {
    let answer = browser.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["publicKey"].clone()
}

async fn visit(browser: &mut Browser, link: &str) -> String {
    let opened = browser.get(link).await;
    assert_eq!(opened.status, 303, "{opened:?}");
    opened.location().to_owned()
}

#[tokio::test]
async fn opening_a_link_changes_nothing_and_it_is_spent_when_the_registration_commits() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    for method in [Method::GET, Method::HEAD, Method::GET] {
        assert_eq!(ada.send(method, &link, &[], None).await.status, 303);
    }
    let first = visit(&mut ada, &link).await;
    let second = visit(&mut ada, &link).await;
    let mut device = key();
    let registration = device.create(&server.issuer, &options(&mut ada, &first).await).unwrap();
    let done = ada.post(&format!("{first}/enrol/passkey"), &registration).await;
    assert_eq!(done.json()["status"], "done", "{done:?}");
    assert!(text(&done.json(), "next").starts_with(&format!("{}/account", server.issuer)));

    let spent = ada.get(&link).await;
    assert_eq!((spent.status, spent.problem().as_str()), (410, "grant_spent"));
    // A visit that was opened before it was spent cannot use it either.
    let registration = key().create(&server.issuer, &options(&mut ada, &second).await).unwrap();
    let refused = ada.post(&format!("{second}/enrol/passkey"), &registration).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(passkeys(&server, &user).await, 1);
}

async fn passkeys(server: &TestServer, user: &riser_core::UserId) -> usize {
    let all = server.app.store.credentials(user).await.unwrap();
    all.iter()
        .filter(|credential| credential.secret.factor() == riser_core::assurance::Factor::Passkey)
        .count()
}

#[tokio::test]
async fn a_password_suffices_to_sign_in_there() {
    let server = TestServer::start().await;
    let user = server.add_user("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    let mut browser = server.browser();
    let visit = visit(&mut browser, &link).await;
    let state = browser.get(&visit).await.json();
    assert_eq!(
        (&state["kind"], &state["client"], &state["required"]),
        (&json!("enrol"), &Value::Null, &Value::Null)
    );
    assert_eq!(state["user"]["username"], "ada");
    // A code of an app says nobody's name, so nobody is asked for one first; nor for a passkey that they have not.
    assert_eq!(state["options"], json!([["password"]]));
    let page = browser.send(Method::GET, &visit, &[("accept", "text/html")], None).await;
    assert_eq!(page.status, 200, "{page:?}");
    let early = browser.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await;
    assert_eq!((early.status, early.problem().as_str()), (400, "invalid_request"), "not before signing in");
    let state = browser.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await.json();
    assert_eq!((&state["status"], &state["options"]), (&json!("pending"), &json!([["passkey"]])));
    let registration = key().create(&server.issuer, &options(&mut browser, &visit).await).unwrap();
    let done = browser.post(&format!("{visit}/enrol/passkey"), &registration).await;
    assert_eq!(done.json()["status"], "done", "{done:?}");
    assert_eq!(browser.get("/account").await.status, 200);
}

#[tokio::test]
async fn another_person_is_refused_and_nothing_is_registered() {
    let server = TestServer::start().await;
    let ada = server.add_user("ada").await;
    let (mallory, mut browser) = server.signed_in("mallory").await;
    let link = server.enrolment_link(&ada, "phr").await;
    let refused = browser.get(&link).await;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "grant_for_other_user"));

    // Opened before anybody signs in, it takes its own person's password only.
    let mut browser = server.browser();
    let opened = visit(&mut browser, &link).await;
    let named = browser.post(&format!("{opened}/identifier"), &json!({ "username": "mallory" })).await;
    assert_eq!(named.status, 200, "a name tells nothing: {named:?}");
    let wrong = browser.post(&format!("{opened}/password"), &json!({ "password": PASSWORD })).await;
    assert_eq!((wrong.status, wrong.problem().as_str()), (401, "invalid_credentials"));
    // Signed in elsewhere meanwhile, mallory still cannot register with it.
    server.sign_in(&mut browser, "mallory").await;
    let register = browser.post(&format!("{opened}/enrol/passkey/options"), &json!({})).await;
    assert!(matches!(register.status, 400 | 403 | 410), "{register:?}");
    for user in [&ada, &mallory] {
        assert_eq!(passkeys(&server, user).await, 0);
    }
}

#[tokio::test]
async fn a_link_that_has_expired_or_never_was_or_whose_account_changed_is_410() {
    let server = TestServer::start().await;
    let user = server.add_user("ada").await;
    let mut browser = server.browser();
    let link = server.enrolment_link(&user, "phr").await;
    server.clock.advance(24 * 3600 - 1);
    assert_eq!(browser.get(&link).await.status, 303);
    server.clock.advance(1);
    assert_eq!(browser.get(&link).await.problem(), "grant_spent");
    let shut = server.enrolment_link(&user, "phr").await;
    server.disable(&user).await;
    for dead in [link.as_str(), shut.as_str(), "/grant/x", "/grant/..%2f..", "/grant/%00"] {
        let refused = browser.get(dead).await;
        assert_eq!((refused.status, refused.problem().as_str()), (410, "grant_spent"), "{dead}");
    }
}

#[tokio::test]
async fn the_ceiling_holds_a_passkey_enrolled_with_aal2_cannot_reach_phr() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let device = server.enrol(&user, &mut ada, "aal2").await;
    let silent = ada.authorize("app", &[("acr_values", "phr"), ("prompt", "none")]).await;
    assert_eq!(silent.param("error").as_deref(), Some("unmet_authentication_requirements"));
    let tokens = ada.step_up("app", &[("acr_values", "aal2")], &device).await;
    let access = riser_testkit::flow::claims(text(&tokens, "access_token"));
    assert_eq!((&access["acr"], &access["acr_satisfied"]), (&json!("aal2"), &json!(["aal2", "aal1"])));
    // Both factors together do not lift it either.
    let silent = ada.authorize("app", &[("acr_values", "phr"), ("prompt", "none")]).await;
    assert_eq!(silent.param("error").as_deref(), Some("unmet_authentication_requirements"));
    // Another link with the higher ceiling does, for the new passkey alone.
    let better = server.enrol(&user, &mut ada, "phr").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    let mut lying = device.clone();
    lying.lies.ignore_allow = true;
    let assertion = ada.assertion(&visit, &lying).await;
    let weak = ada.post(&format!("{visit}/passkey"), &assertion).await;
    assert_ne!(weak.json()["status"], "done", "{weak:?}");
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    assert!(ada.passkey(&visit, &better).await.param("code").is_some());
}

#[tokio::test]
async fn registered_passkeys_are_excluded_and_the_handle_is_the_persons() {
    let server = TestServer::start().await;
    let (user, mut ada, mut device) = server.with_passkey("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    let opened = visit(&mut ada, &link).await;
    let options = options(&mut ada, &opened).await;
    let excluded = options["excludeCredentials"].as_array().unwrap();
    assert_eq!(excluded.len(), 1);
    assert!(device.create(&server.issuer, &options).is_err(), "an honest authenticator refuses");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["rp"]["id"], "localhost");
    assert_eq!(device.credentials()[0].user_handle, user.as_str().as_bytes());
}

#[tokio::test]
async fn enrolling_adds_no_proof() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let before = ada.held().await;
    server.clock.advance(60);
    server.enrol(&user, &mut ada, "phr").await;
    assert_eq!(ada.held().await, before);
    let silent = ada.authorize("app", &[("acr_values", "phr"), ("prompt", "none")]).await;
    assert_eq!(silent.param("error").as_deref(), Some("interaction_required"), "it has to be shown first");
}

#[tokio::test]
async fn an_account_without_a_link_registers_nothing() {
    let server = TestServer::start().await;
    let (user, mut ada, _) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    for path in ["enrol/passkey/options", "enrol/passkey"] {
        let refused = ada.post(&format!("{visit}/{path}"), &json!({})).await;
        assert_eq!((refused.status, refused.problem().as_str()), (422, "credential_not_usable"), "{path}");
    }
    assert_eq!(passkeys(&server, &user).await, 1);
}

#[tokio::test]
async fn an_application_lets_its_person_enrol_up_to_what_it_is_registered_for() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let mut backend = server.browser();
    let ask = |client: &'static str, pairs: Vec<(&'static str, String)>| {
        let basic = riser_testkit::flow::basic(client);
        let mut backend = backend.clone();
        async move {
            let pairs: Vec<(&str, &str)> =
                pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
            backend.form("/enrolment/grants", &[("authorization", &basic)], &pairs).await
        }
    };
    let sub = user.as_str().to_owned();
    let granted = ask("bank", vec![("sub", sub.clone()), ("ceiling", "phr".to_owned())]).await;
    assert_eq!(granted.status, 201, "{granted:?}");
    assert!(server.notices().await.contains(&"enrolment_granted".to_owned()), "the owner is told");
    let link = granted.json()["url"].as_str().unwrap().to_owned();
    let visit = ada.get(&link).await.location().to_owned();
    let mut key = SoftAuthenticator::synced(KeyKind::Es256);
    assert_eq!(ada.register(&visit, &mut key).await.json()["status"], "done");
    ada.step_up("app", &[("acr_values", "phr")], &key).await;
    for (client, pairs, status, error) in [
        ("bank", vec![("sub", sub.clone()), ("ceiling", "phrh".to_owned())], 400, "invalid_request"),
        ("bank", vec![("sub", sub.clone()), ("ceiling", "nonsense".to_owned())], 400, "invalid_request"),
        ("bank", vec![("ceiling", "phr".to_owned())], 400, "invalid_request"),
        (
            "bank",
            vec![("username", "nobody".to_owned()), ("ceiling", "phr".to_owned())],
            400,
            "invalid_request",
        ),
        (
            "bank",
            vec![("sub", sub.clone()), ("ceiling", "phr".to_owned()), ("expires_in", "86401".to_owned())],
            400,
            "invalid_request",
        ),
        ("shop", vec![("sub", sub.clone()), ("ceiling", "aal1".to_owned())], 400, "unauthorized_client"),
    ] {
        let refused = ask(client, pairs).await;
        assert_eq!((refused.status, refused.json()["error"].as_str()), (status, Some(error)), "{refused:?}");
    }
    // Nobody in particular is nobody.
    let anonymous = backend.form("/enrolment/grants", &[], &[("sub", &sub), ("ceiling", "phr")]).await;
    assert_ne!(anonymous.status, 201);
}

#[tokio::test]
async fn a_link_asks_its_person_for_what_they_have() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    let mut elsewhere = server.browser();
    let visit = elsewhere.get(&link).await.location().to_owned();
    assert_eq!(elsewhere.get(&visit).await.json()["options"], serde_json::json!([["password"]]));
    server.enrol(&user, &mut ada, "phr").await;
    let visit = elsewhere.get(&link).await.location().to_owned();
    let options = elsewhere.get(&visit).await.json()["options"].clone();
    assert_eq!(options, serde_json::json!([["passkey"], ["password"]]));
}
