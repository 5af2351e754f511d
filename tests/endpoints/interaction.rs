//! A person's visit, as JSON and as forms: `interface.md`, "The interaction API".

use reqwest::Method;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::csrf_of;
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::{Value, json};

async fn page(browser: &mut Browser, address: &str) -> Answer {
    browser.send(Method::GET, address, &[("accept", "text/html")], None).await
}

#[tokio::test]
async fn all_but_the_passkey_works_without_script_and_is_answered_by_303() {
    let server = TestServer::start().await;
    server.add_user("ada").await;
    let mut browser = server.browser();
    let visit = browser.visit("app", &[("prompt", "consent")]).await;
    let html = [("accept", "text/html")];
    let csrf = csrf_of(&page(&mut browser, &visit).await.body);
    for (step, field, value) in [("identifier", "username", "ada"), ("password", "password", PASSWORD)] {
        let answer =
            browser.form(&format!("{visit}/{step}"), &html, &[("csrf", &csrf), (field, value)]).await;
        assert_eq!((answer.status, answer.location()), (303, visit.as_str()), "{step}");
        assert_eq!(page(&mut browser, &visit).await.status, 200);
    }
    let done =
        browser.form(&format!("{visit}/consent"), &html, &[("csrf", &csrf), ("approve", "true")]).await;
    assert_eq!(done.status, 303);
    assert!(done.location().starts_with("https://app.example/callback?code="), "{done:?}");

    let visit = browser.visit("app", &[("prompt", "login")]).await;
    let csrf = csrf_of(&page(&mut browser, &visit).await.body);
    let refused = browser.form(&format!("{visit}/cancel"), &html, &[("csrf", &csrf)]).await;
    assert_eq!((refused.status, refused.param("error").as_deref()), (303, Some("access_denied")));
}

#[tokio::test]
async fn a_form_needs_the_hidden_value_of_its_own_visit_and_browser() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let other_visit = ada.visit("app", &[("prompt", "login")]).await;
    let own = csrf_of(&page(&mut ada, &visit).await.body);
    let other = csrf_of(&page(&mut ada, &other_visit).await.body);
    let (_, mut mallory) = server.signed_in("mallory").await;
    let mallorys = mallory.visit("app", &[("prompt", "login")]).await;
    let mallorys = csrf_of(&page(&mut mallory, &mallorys).await.body);
    assert_ne!(own, other);
    for wrong in ["", "x", other.as_str(), mallorys.as_str()] {
        for step in ["cancel", "password", "identifier", "consent"] {
            let pairs = [("csrf", wrong), ("password", PASSWORD), ("username", "x"), ("approve", "true")];
            let refused = ada.form(&format!("{visit}/{step}"), &[], &pairs).await;
            assert_eq!(refused.status, 403, "{step} with {wrong:?}: {refused:?}");
        }
    }
    assert_eq!(ada.get(&visit).await.json()["status"], "pending");
    let done = ada.form(&format!("{visit}/password"), &[], &[("csrf", &own), ("password", PASSWORD)]).await;
    assert!(done.location().contains("code="), "{done:?}");
}

#[tokio::test]
async fn the_state_is_repeated_by_get_until_the_code_expires() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    let done = ada.passkey(&visit, &key).await.json();
    assert_eq!(done["status"], "done");
    server.clock.advance(59);
    assert_eq!(ada.get(&visit).await.json()["next"], done["next"], "made once and repeated");
    server.clock.advance(1);
    let over = ada.get(&visit).await;
    assert_eq!((over.status, over.problem().as_str()), (410, "interaction_expired"));
}

#[tokio::test]
async fn a_visit_lives_ten_minutes_410() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    server.clock.advance(599);
    let assertion = ada.assertion(&visit, &key).await;
    assert_eq!(ada.get(&visit).await.status, 200);
    server.clock.advance(1);
    for answer in [
        ada.get(&visit).await,
        ada.post(&format!("{visit}/passkey"), &assertion).await,
        ada.post(&format!("{visit}/passkey/options"), &json!({})).await,
        ada.post(&format!("{visit}/cancel"), &json!({})).await,
    ] {
        assert_eq!((answer.status, answer.problem().as_str()), (410, "interaction_expired"), "{answer:?}");
    }
    assert_eq!(ada.held().await["acr"], "aal1");
}

#[tokio::test]
async fn a_foreign_browser_finds_no_visit_404() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let (_, mut mallory) = server.signed_in("mallory").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let mut without_cookies = server.browser();
    for browser in [&mut mallory, &mut without_cookies] {
        for step in
            ["cancel", "password", "identifier", "consent", "passkey", "passkey/options", "enrol/passkey"]
        {
            let refused = browser.post(&format!("{visit}/{step}"), &json!({})).await;
            assert_eq!(
                (refused.status, refused.problem().as_str()),
                (404, "interaction_not_found"),
                "{step}"
            );
        }
        assert_eq!(browser.get(&visit).await.status, 404);
    }
    // A visit that never was is no different.
    let (foreign, unknown) = (mallory.get(&visit).await, mallory.get("/interaction/none").await);
    assert_eq!(foreign.body, unknown.body);
    assert_eq!(ada.get(&visit).await.json()["status"], "pending");
}

#[tokio::test]
async fn a_visit_that_has_ended_is_closed_409() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let refused = ada.post(&format!("{visit}/cancel"), &json!({})).await;
    assert_eq!(
        (&refused.json()["status"], &refused.json()["reason"]),
        (&json!("failed"), &json!("cancelled"))
    );
    assert_eq!(refused.param("error").as_deref(), Some("access_denied"));
    assert_eq!(refused.param("state").as_deref(), Some("the-state"));
    for step in ["cancel", "password", "identifier", "consent", "passkey", "passkey/options", "enrol/passkey"]
    {
        let closed = ada.post(&format!("{visit}/{step}"), &json!({ "password": PASSWORD })).await;
        assert_eq!((closed.status, closed.problem().as_str()), (409, "interaction_closed"), "{step}");
    }
    assert_eq!(ada.get(&visit).await.json()["next"], refused.json()["next"]);
}

#[tokio::test]
async fn a_password_before_a_name_is_400_and_a_passkey_needs_no_name() {
    let server = TestServer::start().await;
    let (user, _, key) = server.with_passkey("ada").await;
    let mut browser = server.browser();
    let visit = browser.visit("app", &[]).await;
    let early = browser.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
    assert_eq!((early.status, early.problem().as_str()), (400, "invalid_request"));
    let options = browser.post(&format!("{visit}/passkey/options"), &json!({})).await.json();
    assert_eq!(options["publicKey"]["allowCredentials"].as_array().map_or(0, Vec::len), 0);
    assert_eq!(options["publicKey"]["userVerification"], "required");
    let done = browser.passkey(&visit, &key).await;
    assert!(done.param("code").is_some(), "{done:?}");
    assert_eq!(browser.held().await["sub"], user.as_str());
}

#[tokio::test]
async fn the_eleventh_wrong_password_waits_for_known_and_unknown_names_alike() {
    let server = TestServer::start().await;
    server.add_user("ada").await;
    let mut answers = Vec::new();
    for name in ["ada", "nobody"] {
        let mut browser = server.browser();
        for attempt in 1..=10 {
            // Neither a new visit nor a new browser begins the count again.
            if attempt % 3 == 0 {
                browser = server.browser();
            }
            let visit = browser.visit("app", &[]).await;
            let wrong = browser.sign_in(&visit, name, "not the password").await;
            assert_eq!((wrong.status, wrong.problem().as_str()), (401, "invalid_credentials"), "{attempt}");
        }
        let visit = browser.visit("app", &[]).await;
        // Not even the right one.
        let limited = browser.sign_in(&visit, name, PASSWORD).await;
        assert_eq!((limited.status, limited.problem().as_str()), (429, "rate_limited"), "{name}");
        assert!(limited.headers["retry-after"].parse::<u32>().unwrap() > 0);
        assert_eq!(browser.held().await, Value::Null);
        answers.push((limited.body, limited.headers["retry-after"].clone()));
    }
    assert_eq!(answers[0], answers[1]);
    let wait: i64 = answers[0].1.parse().unwrap();
    server.clock.advance(wait);
    server.sign_in(&mut server.browser(), "ada").await;
}

#[tokio::test]
async fn a_right_password_gives_the_tries_back() {
    let server = TestServer::start().await;
    server.add_user("ada").await;
    for _ in 0..3 {
        let mut browser = server.browser();
        for _ in 0..6 {
            let visit = browser.visit("app", &[]).await;
            assert_eq!(browser.sign_in(&visit, "ada", "wrong").await.status, 401);
        }
        server.sign_in(&mut browser, "ada").await;
    }
}

#[tokio::test]
async fn wrong_unknown_and_disabled_have_one_answer() {
    let server = TestServer::start().await;
    server.add_user("ada").await;
    let (grace, _, key) = server.with_passkey("grace").await;
    server.disable(&grace).await;
    let mut bodies = Vec::new();
    for (name, password) in [("ada", "wrong"), ("nobody", PASSWORD), ("grace", PASSWORD), ("grace", "wrong")]
    {
        let mut browser = server.browser();
        let visit = browser.visit("app", &[]).await;
        let named = browser.post(&format!("{visit}/identifier"), &json!({ "username": name })).await.json();
        bodies.push(json!([named["options"], named["status"], named["kind"], named["required"]]).to_string());
        let refused = browser.post(&format!("{visit}/password"), &json!({ "password": password })).await;
        assert_eq!((refused.status, refused.problem().as_str()), (401, "invalid_credentials"), "{name}");
        bodies.push(refused.body);
    }
    let (first, rest) = bodies.split_at(2);
    assert!(rest.chunks(2).all(|pair| pair == first), "{bodies:#?}");
    // Nor does a disabled person's passkey open anything.
    let mut browser = server.browser();
    let visit = browser.visit("app", &[]).await;
    let refused = browser.passkey(&visit, &key).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "credential_not_usable"));
    assert_eq!(browser.held().await, Value::Null);
}

#[tokio::test]
async fn three_failed_passkeys_end_the_visit_with_access_denied() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    let mut lying = key.clone();
    lying.lies.no_user_verification = true;
    for (attempt, status) in [(1, "pending"), (2, "pending"), (3, "failed")] {
        let refused = ada.passkey(&visit, &lying).await;
        assert_eq!((refused.status, refused.problem().as_str()), (422, "user_verification_required"));
        let state = ada.get(&visit).await;
        assert_eq!(state.json()["status"], status, "{attempt}");
    }
    let ended = ada.get(&visit).await;
    assert_eq!(ended.json()["reason"], "too_many_failures");
    assert_eq!(ended.param("error").as_deref(), Some("access_denied"));
    assert_eq!(ada.held().await["acr"], "aal1");
}
