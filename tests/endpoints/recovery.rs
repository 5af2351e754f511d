//! A lost credential is replaced: slowly, with notice, and by something that counts for less.

use riser_testkit::authenticator::{KeyKind, SoftAuthenticator};
use riser_testkit::browser::Browser;
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::{Value, json};

const DAY: i64 = 24 * 3600;

/// Ada with a passkey and recovery codes.
async fn ada(server: &TestServer) -> (SoftAuthenticator, Vec<String>, String) {
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let visit = ada.account_visit(&json!({ "action": "new_recovery_codes" })).await;
    ada.passkey(&visit, &key).await;
    let made = ada.post(&format!("{visit}/enrol/recovery-codes"), &json!({})).await.json();
    let codes = made["codes"].as_array().unwrap_or_else(|| panic!("{made}")).iter();
    let codes = codes.map(|code| code.as_str().unwrap().to_owned()).collect();
    let account = ada.account().await;
    let lost = account["credentials"][1]["id"].as_str().unwrap().to_owned();
    server.letters().await;
    (key, codes, lost)
}

async fn begin(browser: &mut Browser, code: &str) -> String {
    let visit = browser.get("/recovery").await.location().to_owned();
    assert_eq!(browser.get(&visit).await.json()["recovery"]["asks"], "identifier");
    let state = browser.sign_in(&visit, "ada", PASSWORD).await.json();
    assert_eq!(
        (&state["kind"], &state["recovery"]["asks"]),
        (&json!("recover"), &json!("recovery_code")),
        "{state}"
    );
    let state = browser.post(&format!("{visit}/recovery-code"), &json!({ "code": code })).await.json();
    assert_eq!(state["recovery"]["asks"], "lost", "{state}");
    visit
}

#[tokio::test]
async fn a_lost_passkey_is_replaced_after_the_wait_by_one_that_counts_for_less() {
    let server = TestServer::start().await;
    let (key, codes, lost) = ada(&server).await;
    let mut browser = server.browser();
    let visit = begin(&mut browser, &codes[0].to_lowercase()).await;
    let done = browser.post(&format!("{visit}/recovery"), &json!({ "lost": lost })).await.json();
    assert_eq!(done["status"], "done", "{done}");
    let link = done["next"].as_str().unwrap().to_owned();
    assert!(browser.session().is_none(), "a recovery begins no session");
    assert_eq!(server.notices().await, ["recovery_requested"]);
    // Until then everything is as it was, and the link opens nothing.
    assert_eq!(browser.get(&link).await.problem(), "grant_not_yet");
    let mut meanwhile = server.browser();
    let open = meanwhile.visit("app", &[("acr_values", "phr")]).await;
    assert_eq!(meanwhile.passkey(&open, &key).await.json()["status"], "done");
    server.clock.advance(DAY);
    let visit = browser.get(&link).await.location().to_owned();
    browser.confirm_by_password(&visit).await;
    let mut replacement = SoftAuthenticator::synced(KeyKind::Es256);
    assert_eq!(browser.register(&visit, &mut replacement).await.json()["status"], "done");
    // The lost one is gone, and the sessions that stood on it.
    assert_eq!(meanwhile.held().await, Value::Null);
    let mut thief = server.browser();
    let open = thief.visit("app", &[]).await;
    assert_eq!(thief.passkey(&open, &key).await.problem(), "credential_not_usable");
    // The new one signs in, and reaches no further than the password that let it in.
    let mut again = server.browser();
    let open = again.visit("app", &[]).await;
    assert_eq!(again.passkey(&open, &replacement).await.json()["status"], "done");
    let asked = again.visit("app", &[("acr_values", "phr")]).await;
    assert_eq!(again.get(&asked).await.json()["reason"], "enrolment_required");
    assert_eq!(server.notices().await, ["credential_added", "recovery_done"]);
    assert_eq!(browser.get(&link).await.status, 410, "used once");
}

#[tokio::test]
async fn its_owner_stops_a_recovery_from_the_letter_or_from_the_account() {
    let server = TestServer::start().await;
    let (key, codes, lost) = ada(&server).await;
    let mut thief = server.browser();
    let visit = begin(&mut thief, &codes[0]).await;
    let link =
        thief.post(&format!("{visit}/recovery"), &json!({ "lost": lost })).await.json()["next"].clone();
    let token = server.letters().await[0].link.clone().unwrap().0;
    let mut mail = server.browser();
    assert_eq!(mail.post(&format!("/cancel/{token}"), &json!({})).await.json()["cancelled"], "recovery");
    server.clock.advance(DAY);
    assert_eq!(thief.get(link.as_str().unwrap()).await.status, 410);
    // The second time, at the account.
    let visit = begin(&mut thief, &codes[1]).await;
    let link =
        thief.post(&format!("{visit}/recovery"), &json!({ "lost": lost })).await.json()["next"].clone();
    let mut ada = server.browser();
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    ada.passkey(&visit, &key).await;
    assert!(ada.account().await["recovery_opens_at"].is_i64());
    let cancelled = ada.post("/account/recoveries/cancel", &json!({})).await;
    assert_eq!(cancelled.json()["done"], "recovery_cancelled", "{cancelled:?}");
    assert_eq!(ada.account().await["open"], true, "this session goes on");
    server.clock.advance(DAY);
    assert_eq!(thief.get(link.as_str().unwrap()).await.status, 410);
}

#[tokio::test]
async fn a_recovery_code_works_once_and_only_with_the_password_of_its_owner() {
    let server = TestServer::start().await;
    let (_, codes, lost) = ada(&server).await;
    let mut browser = server.browser();
    let visit = browser.get("/recovery").await.location().to_owned();
    let early = browser.post(&format!("{visit}/recovery-code"), &json!({ "code": codes[0] })).await;
    assert_eq!(early.status, 400, "{early:?}");
    begin(&mut browser, &codes[0]).await;
    let visit = browser.get("/recovery").await.location().to_owned();
    browser.sign_in(&visit, "ada", PASSWORD).await;
    let again = browser.post(&format!("{visit}/recovery-code"), &json!({ "code": codes[0] })).await;
    assert_eq!((again.status, again.problem().as_str()), (401, "invalid_credentials"));
    let skipped = browser.post(&format!("{visit}/recovery"), &json!({ "lost": lost })).await;
    assert_eq!(skipped.status, 400, "{skipped:?}");
    // Another person's password does not go with it.
    server.add_user("eve").await;
    let visit = browser.get("/recovery").await.location().to_owned();
    browser.sign_in(&visit, "eve", PASSWORD).await;
    let other = browser.post(&format!("{visit}/recovery-code"), &json!({ "code": codes[1] })).await;
    assert_eq!(other.status, 401);
}
