//! Recovery as a way around: SU-24, SU-27.

use reqwest::Method;
use riser_testkit::authenticator::{KeyKind, SoftAuthenticator};
use riser_testkit::browser::Browser;
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::{Value, json};

use crate::support::refusal;

const DAY: i64 = 24 * 3600;

struct Ada {
    user: riser_core::UserId,
    /// Signed in, with a passkey.
    browser: Browser,
    key: SoftAuthenticator,
    codes: Vec<String>,
    lost: String,
}

async fn ada(server: &TestServer) -> Ada {
    let (user, mut browser, key) = server.with_passkey("ada").await;
    let visit = browser.account_visit(&json!({ "action": "new_recovery_codes" })).await;
    browser.passkey(&visit, &key).await;
    let made = browser.post(&format!("{visit}/enrol/recovery-codes"), &json!({})).await.json();
    let codes = made["codes"].as_array().unwrap().iter();
    let codes = codes.map(|code| code.as_str().unwrap().to_owned()).collect();
    let lost = browser.account().await["credentials"][1]["id"].as_str().unwrap().to_owned();
    server.letters().await;
    Ada { user, browser, key, codes, lost }
}

/// A recovery whose password and code are given.
async fn proved(browser: &mut Browser, name: &str, code: &str) -> String {
    let visit = browser.get("/recovery").await.location().to_owned();
    browser.sign_in(&visit, name, PASSWORD).await;
    let state = browser.post(&format!("{visit}/recovery-code"), &json!({ "code": code })).await;
    assert_eq!(state.json()["recovery"]["asks"], "lost", "{state:?}");
    visit
}

async fn replaces(browser: &mut Browser, visit: &str, lost: &str) -> String {
    let begun = browser.post(&format!("{visit}/recovery"), &json!({ "lost": lost })).await.json();
    assert_eq!(begun["status"], "done", "{begun}");
    begun["next"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn atk_su_27_a_recovery_is_no_session_at_any_of_its_steps() {
    let server = TestServer::start().await;
    let ada = ada(&server).await;
    let mut thief = server.browser();
    let visit = thief.get("/recovery").await.location().to_owned();
    let posts = [
        ("identifier", json!({ "username": "ada" })),
        ("password", json!({ "password": PASSWORD })),
        ("recovery-code", json!({ "code": ada.codes[0] })),
        ("recovery", json!({ "lost": ada.lost })),
    ];
    for (step, body) in posts {
        let answer = thief.post(&format!("{visit}/{step}"), &body).await;
        assert_eq!(answer.status, 200, "{step}: {answer:?}");
        let state = answer.json();
        assert_eq!(
            (&state["current"], &state["client"], &state["required"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        assert_eq!(state["options"], json!([]), "{step}");
        assert_eq!(thief.session(), None, "{step}");
        // No tokens, no step-up, no account, no other change.
        for asked in [[("prompt", "none"), ("acr_values", "")], [("prompt", "none"), ("acr_values", "phr")]] {
            let silent = thief.authorize("app", &asked).await;
            assert_eq!(silent.param("error").as_deref(), Some("login_required"), "{step}");
        }
        assert_eq!(thief.get("/account").await.status, 401, "{step}");
        let change = thief.try_account_visit(&json!({ "action": "add_passkey" })).await;
        assert_eq!(refusal(&change), (401, "sign_in_required".to_owned()), "{step}");
        let fresh = thief.visit("app", &[("acr_values", "phr")]).await;
        assert_eq!(thief.get(&fresh).await.json()["kind"], "login", "{step}");
        // And the calls of other visits do nothing in this one.
        let calls = [
            "passkey/options",
            "totp",
            "consent",
            "enrol/passkey/options",
            "enrol/totp/options",
            "enrol/password",
            "enrol/recovery-codes",
        ];
        for call in calls {
            let body = match call {
                "totp" => json!({ "code": "123456" }),
                "consent" => json!({ "approve": true }),
                "enrol/password" => json!({ "password": "a violet window over the harbour" }),
                _ => json!({}),
            };
            let refused = thief.post(&format!("{visit}/{call}"), &body).await;
            assert!(matches!(refused.status, 400 | 409 | 422), "{step}, {call}: {refused:?}");
        }
    }
    assert_eq!(server.notices().await, ["recovery_requested"], "the owner is told at once");
}

#[tokio::test]
async fn atk_su_27_what_was_proved_for_a_recovery_serves_nothing_else() {
    let server = TestServer::start().await;
    let ada = ada(&server).await;
    let mut thief = server.browser();
    // One visit is not another: neither its password nor its code is there.
    let first = proved(&mut thief, "ada", &ada.codes[0]).await;
    let second = thief.get("/recovery").await.location().to_owned();
    let skipped = thief.post(&format!("{second}/recovery"), &json!({ "lost": ada.lost })).await;
    assert_eq!(refusal(&skipped), (400, "invalid_request".to_owned()));
    let request = thief.visit("app", &[]).await;
    for (path, body) in
        [("recovery", json!({ "lost": ada.lost })), ("recovery-code", json!({ "code": ada.codes[1] }))]
    {
        let refused = thief.post(&format!("{request}/{path}"), &body).await;
        assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()), "{path}");
    }
    assert_eq!(thief.get(&request).await.json()["status"], "pending");
    // Only what the person holds can be lost: not a password, not the codes, not another's.
    let (eve, mut other, _) = server.with_passkey("eve").await;
    let eves = server.app.store.credentials(&eve).await.unwrap()[1].id.as_str().to_owned();
    assert_eq!(other.account().await["open"], false);
    let all = server.app.store.credentials(&ada.user).await.unwrap();
    let ids: Vec<String> = all.iter().map(|stored| stored.id.as_str().to_owned()).collect();
    for id in ids.iter().filter(|id| **id != ada.lost).chain([&eves, &"none".to_owned(), &String::new()]) {
        let refused = thief.post(&format!("{first}/recovery"), &json!({ "lost": id })).await;
        assert_eq!(refusal(&refused), (422, "credential_not_usable".to_owned()), "{id}");
    }
    assert_eq!(thief.get(&first).await.json()["status"], "pending");
    // A passkey is not asked for and not taken in the password's place: its replacement would reach as far.
    let third = thief.get("/recovery").await.location().to_owned();
    thief.post(&format!("{third}/identifier"), &json!({ "username": "ada" })).await;
    let options = thief.post(&format!("{third}/passkey/options"), &json!({})).await;
    assert_eq!(refusal(&options), (422, "credential_not_usable".to_owned()));
    let elsewhere = thief.visit("app", &[]).await;
    let assertion = thief.assertion(&elsewhere, &ada.key).await;
    let refused = thief.post(&format!("{third}/passkey"), &assertion).await;
    assert_eq!(refusal(&refused), (409, "challenge_spent".to_owned()));
    // A wait that somebody else's clock has passed is none: the browser that began it has no more right.
    let link = replaces(&mut thief, &first, &ada.lost).await;
    for seconds in [0, DAY - 1] {
        server.clock.advance(seconds);
        assert_eq!(refusal(&thief.get(&link).await), (403, "grant_not_yet".to_owned()));
    }
}

#[tokio::test]
async fn atk_su_24_the_link_of_a_recovery_is_one_persons_and_dies_with_what_it_would_replace() {
    let server = TestServer::start().await;
    let mut ada = ada(&server).await;
    let mut thief = server.browser();
    // It dies with a new password, which ends all that stood on the old one.
    let visit = proved(&mut thief, "ada", &ada.codes[0]).await;
    let link = replaces(&mut thief, &visit, &ada.lost).await;
    let token = server.letters().await[0].link.clone().unwrap().0;
    let change = ada.browser.account_visit(&json!({ "action": "set_password" })).await;
    ada.browser.passkey(&change, &ada.key).await;
    // The same again would do, but for who else knows it.
    let set = ada.browser.post(&format!("{change}/enrol/password"), &json!({ "password": PASSWORD })).await;
    assert_eq!(set.json()["status"], "done", "{set:?}");
    server.clock.advance(DAY);
    assert_eq!(thief.get(&link).await.status, 410);
    assert_eq!(thief.get(&format!("/cancel/{token}")).await.status, 410, "nothing is left to cancel");
    // A second one; another person cannot use its link, nor sign in as another there.
    let visit = proved(&mut thief, "ada", &ada.codes[1]).await;
    let link = replaces(&mut thief, &visit, &ada.lost).await;
    server.clock.advance(DAY);
    let (_, mut eve) = server.signed_in("eve").await;
    assert_eq!(refusal(&eve.get(&link).await), (403, "grant_for_other_user".to_owned()));
    let mut nobody = server.browser();
    let opened = nobody.get(&link).await.location().to_owned();
    assert_eq!(nobody.sign_in(&opened, "eve", PASSWORD).await.status, 401);
    // Two visits of it at once: one replaces.
    let mut one = server.browser();
    let mut visits = Vec::new();
    for _ in 0..2 {
        let opened = one.get(&link).await.location().to_owned();
        visits.push(opened);
    }
    one.confirm_by_password(&visits[0]).await;
    let mut again = one.clone();
    let second = again.get(&link).await.location().to_owned();
    let mut keys = [SoftAuthenticator::synced(KeyKind::Es256), SoftAuthenticator::synced(KeyKind::Es256)];
    let [first_key, second_key] = &mut keys;
    let (a, b) = tokio::join!(one.register(&visits[0], first_key), again.register(&second, second_key));
    let mut both = [a.status, b.status];
    both.sort_unstable();
    assert!(both[0] == 200 && both[1] >= 400, "{both:?}");
    let live = server.app.store.credentials(&ada.user).await.unwrap();
    let passkeys = live.iter().filter(|stored| stored.revoked_at.is_none());
    let passkeys = passkeys.filter(|stored| stored.secret.factor() == riser_core::assurance::Factor::Passkey);
    assert_eq!(passkeys.count(), 1);
    assert_eq!(one.get(&link).await.status, 410);
}

#[tokio::test]
async fn atk_su_24_a_letters_link_ends_one_thing_once_and_never_with_a_foreign_page() {
    let server = TestServer::start().await;
    let mut ada = ada(&server).await;
    let mut thief = server.browser();
    let visit = proved(&mut thief, "ada", &ada.codes[0]).await;
    let link = replaces(&mut thief, &visit, &ada.lost).await;
    let token = server.letters().await[0].link.clone().unwrap().0;
    let path = format!("/cancel/{token}");
    let mut mail = server.browser();
    for (name, value) in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")]
    {
        let refused = mail.send(Method::POST, &path, &[(name, value)], None).await;
        assert_eq!(refusal(&refused), (403, "cross_site".to_owned()), "{name}");
    }
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (mut mail, path) = (mail.clone(), path.clone());
        tries.spawn(async move { mail.post(&path, &json!({})).await.status });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert_eq!(server.notices().await, ["recovery_cancelled"]);
    server.clock.advance(DAY);
    assert_eq!(thief.get(&link).await.status, 410);
    // The passkey that was said to be lost works as ever; who had begun it is signed out wherever they were.
    assert_eq!(ada.browser.held().await, Value::Null);
    let visit = ada.browser.visit("app", &[("acr_values", "phr")]).await;
    assert_eq!(ada.browser.passkey(&visit, &ada.key).await.json()["status"], "done");
    // A code that began a recovery is spent, though that was cancelled.
    let visit = thief.get("/recovery").await.location().to_owned();
    thief.sign_in(&visit, "ada", PASSWORD).await;
    let again = thief.post(&format!("{visit}/recovery-code"), &json!({ "code": ada.codes[0] })).await;
    assert_eq!(refusal(&again), (401, "invalid_credentials".to_owned()));
}
