//! One's own account over HTTP: what opens it, what each change asks for, and what becomes of it.

use reqwest::Method;
use riser_core::Seconds;
use riser_factors::webauthn::{AttestationRoots, MetadataPolicy};
use riser_server::{CoolingOff, EnrolmentPolicy, Trust};
use riser_testkit::authenticator::{Attester, KeyKind, SoftAuthenticator, attestation_root};
use riser_testkit::browser::Browser;
use riser_testkit::flow::csrf_of;
use riser_testkit::server::{PASSWORD, Setup, TestServer};
use serde_json::{Value, json};

fn names(account: &Value) -> Vec<String> {
    let rows = account["credentials"].as_array().unwrap_or_else(|| panic!("closed: {account}"));
    rows.iter().map(|row| row["label"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_account_opens_to_the_strongest_level_that_it_reaches() {
    let server = TestServer::start().await;
    assert_eq!(server.browser().get("/account").await.problem(), "sign_in_required");
    let (user, mut ada) = server.signed_in("ada").await;
    // With nothing but a password there is nothing stronger to ask for.
    assert_eq!(ada.account().await["open"], true);
    let key = server.enrol(&user, &mut ada, "phr").await;
    assert_eq!(ada.account().await, json!({ "username": "ada", "open": false }));
    let visit = ada.account_visit(&json!({ "action": "view" })).await;
    let state = ada.get(&visit).await.json();
    assert_eq!((&state["kind"], &state["options"]), (&json!("step_up"), &json!([["passkey"]])));
    let done = ada.passkey(&visit, &key).await;
    assert_eq!(
        (done.json()["status"].as_str(), done.json()["next"].as_str()),
        (Some("done"), Some(format!("{}/account", server.issuer).as_str()))
    );
    let account = ada.account().await;
    assert_eq!(account["open"], true);
    assert_eq!(names(&account), ["Password", "Synced passkey"]);
    // And it closes when the level lapses.
    server.clock.advance(15 * 60);
    assert_eq!(ada.account().await["open"], false);
}

#[tokio::test]
async fn nobody_can_sign_in_at_the_account_itself() {
    let server = TestServer::start().await;
    let (_, _, key) = server.with_passkey("ada").await;
    let mut other = server.browser();
    let page = other.send(Method::GET, "/account", &[("accept", "text/html")], None).await;
    let visit = page.location().to_owned();
    assert_eq!(other.get(&visit).await.json()["kind"], "login");
    other.sign_in(&visit, "ada", PASSWORD).await;
    let state = other.get(&visit).await.json();
    assert_eq!((&state["status"], &state["options"]), (&json!("pending"), &json!([["passkey"]])), "{state}");
    assert_eq!(other.passkey(&visit, &key).await.json()["status"], "done");
    assert_eq!(other.account().await["open"], true);
}

#[tokio::test]
async fn a_change_asks_for_a_fresh_proof_and_releases_that_change_only() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    ada.step_up("app", &[("acr_values", "phr")], &key).await;
    let account = ada.account().await;
    let passkey = account["credentials"][1]["id"].as_str().unwrap().to_owned();
    // The session holds phr already; a change wants it again.
    let visit =
        ada.account_visit(&json!({ "action": "rename", "credential": passkey, "label": "Blue key" })).await;
    let state = ada.get(&visit).await.json();
    assert_eq!(state["status"], "pending");
    assert_eq!(
        state["account"],
        json!({ "action": "rename", "credential": "Synced passkey", "to": "Blue key" })
    );
    assert_eq!(ada.passkey(&visit, &key).await.json()["status"], "done");
    let account = ada.account().await;
    assert_eq!(names(&account), ["Password", "Blue key"]);
    assert_eq!(account["activity"][0]["event"], "credential_renamed");
    assert_eq!(server.notices().await.last().map(String::as_str), Some("credential_renamed"));
}

#[tokio::test]
async fn what_a_password_enrols_reaches_no_further_than_a_password() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let visit = ada.account_visit(&json!({ "action": "add_passkey" })).await;
    let mut key = SoftAuthenticator::synced(KeyKind::Es256);
    let early = ada.register(&visit, &mut key).await;
    assert_eq!((early.status, early.problem().as_str()), (422, "credential_not_usable"), "before the proof");
    let proved = ada.confirm_by_password(&visit).await.json();
    assert_eq!((&proved["kind"], &proved["options"]), (&json!("enrol"), &json!([["passkey"]])), "{proved}");
    let done = ada.register(&visit, &mut key).await;
    assert_eq!(done.json()["next"], format!("{}/account?news=passkey_added", server.issuer));
    assert_eq!(server.notices().await, ["credential_added"]);
    // It signs in, and does not reach what only a passkey of an administrator's grant does.
    let asked = ada.authorize("app", &[("acr_values", "phr")]).await;
    let state = ada.get(asked.location()).await.json();
    assert_eq!((&state["status"], &state["reason"]), (&json!("failed"), &json!("enrolment_required")));
    assert_eq!(state["lacking"]["factors"], json!(["passkey"]));
    assert_eq!(state["lacking"]["held_back"], json!(["Synced passkey"]));
    let mut elsewhere = server.browser();
    let visit = elsewhere.visit("app", &[]).await;
    assert_eq!(elsewhere.passkey(&visit, &key).await.json()["status"], "done");
}

#[tokio::test]
async fn cooling_off_raises_a_ceiling_after_the_wait_unless_its_owner_objects() {
    let wait = Seconds(24 * 3600);
    let cooling_off = Some(CoolingOff { wait, to: riser_testkit::server::acr("phr") });
    let enrolment = EnrolmentPolicy { cooling_off, ..EnrolmentPolicy::default() };
    let server = TestServer::start_with(Setup { enrolment, ..Setup::default() }).await;
    for objects in [false, true] {
        let name = if objects { "eve" } else { "ada" };
        let (_, mut person) = server.signed_in(name).await;
        let visit = person.account_visit(&json!({ "action": "add_passkey" })).await;
        person.confirm_by_password(&visit).await;
        let mut key = SoftAuthenticator::synced(KeyKind::Es256);
        assert_eq!(person.register(&visit, &mut key).await.json()["status"], "done");
        let letters = server.letters().await;
        let letter = letters.iter().find(|letter| letter.link.is_some()).expect("a letter that can stop it");
        let token = letter.link.clone().unwrap().0;
        let visit = person.visit("app", &[("acr_values", "phr")]).await;
        let lacking = person.get(&visit).await.json()["lacking"].clone();
        assert!(lacking["rises_at"].is_i64() && lacking["self_service"] == true, "{lacking}");
        if objects {
            let mut mail = server.browser();
            assert_eq!(mail.get(&format!("/cancel/{token}")).await.json()["cancels"], "rise");
            assert_eq!(mail.post(&format!("/cancel/{token}"), &json!({})).await.json()["cancelled"], "rise");
            assert_eq!(mail.post(&format!("/cancel/{token}"), &json!({})).await.status, 410, "once");
            // The thief's session went with it.
            assert_eq!(person.held().await, Value::Null);
        }
        server.clock.advance(i64::from(wait.0) - 1);
        let mut later = server.browser();
        server.sign_in(&mut later, name).await;
        let visit = later.visit("app", &[("acr_values", "phr")]).await;
        assert_eq!(later.get(&visit).await.json()["status"], "failed", "not yet");
        server.clock.advance(1);
        let visit = later.visit("app", &[("acr_values", "phr")]).await;
        if objects {
            assert_eq!(later.get(&visit).await.json()["status"], "failed", "never");
        } else {
            assert_eq!(later.passkey(&visit, &key).await.json()["status"], "done");
        }
    }
}

#[tokio::test]
async fn an_authenticator_app_is_a_second_factor() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "aal2").await;
    let visit = ada.get(&link).await.location().to_owned();
    assert_eq!(ada.get(&visit).await.json()["options"], json!([["passkey"], ["totp"]]));
    let app = ada.register_totp(&visit, &server.clock).await;
    assert_eq!(ada.get(&link).await.status, 410, "the link is spent");
    server.clock.advance(60);
    let mut browser = server.browser();
    let visit = browser.visit("app", &[("acr_values", "aal2")]).await;
    let early = browser.post(&format!("{visit}/totp"), &json!({ "code": app.code(&server.clock) })).await;
    assert_eq!((early.status, early.problem().as_str()), (400, "invalid_request"), "before anybody is known");
    let state = browser.sign_in(&visit, "ada", PASSWORD).await.json();
    assert_eq!((&state["status"], &state["options"]), (&json!("pending"), &json!([["totp"]])));
    let code = app.code(&server.clock);
    let wrong = browser.post(&format!("{visit}/totp"), &json!({ "code": "000000" })).await;
    assert_eq!((wrong.status, wrong.problem().as_str()), (401, "invalid_credentials"));
    let done = browser
        .post(&format!("{visit}/totp"), &json!({ "code": format!("{} {}", &code[..3], &code[3..]) }))
        .await;
    let tokens = browser.redeem("app", &done.param("code").unwrap()).await.json();
    let claims = riser_testkit::flow::claims(tokens["access_token"].as_str().unwrap());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("aal2"), &json!(["pwd", "otp", "mfa"])));
}

#[tokio::test]
async fn a_new_password_ends_what_stood_on_the_old_one_and_not_the_session_that_set_it() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let mut elsewhere = server.browser();
    server.sign_in(&mut elsewhere, "ada").await;
    let visit = ada.account_visit(&json!({ "action": "set_password" })).await;
    ada.confirm_by_password(&visit).await;
    let path = format!("{visit}/enrol/password");
    for (bad, why) in [
        ("too short", "too few"),
        ("passwordpassword", "well known"),
        ("ada ada ada ada ada", "the name"),
        ("aaaaaaaaaaaaaaaaaaaa", "one character"),
    ] {
        let refused = ada.post(&path, &json!({ "password": bad })).await;
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (422, "password_not_accepted"),
            "{why}: {refused:?}"
        );
    }
    let done = ada.post(&path, &json!({ "password": "a violet window over the harbour" })).await;
    assert_eq!(done.json()["status"], "done", "{done:?}");
    assert_eq!(ada.account().await["open"], true, "this session goes on");
    assert_eq!(elsewhere.held().await, Value::Null, "the others end");
    let mut old = server.browser();
    let visit = old.visit("app", &[]).await;
    assert_eq!(old.sign_in(&visit, "ada", PASSWORD).await.status, 401);
    assert_eq!(old.sign_in(&visit, "ada", "a violet window over the harbour").await.json()["status"], "done");
    assert_eq!(server.notices().await, ["password_changed"]);
}

#[tokio::test]
async fn a_removed_credential_ends_the_sessions_that_stood_on_it() {
    let server = TestServer::start().await;
    let (user, mut ada, key) = server.with_passkey("ada").await;
    let other = server.enrol(&user, &mut ada, "phr").await;
    let mut elsewhere = server.browser();
    let visit = elsewhere.visit("app", &[]).await;
    elsewhere.passkey(&visit, &other).await;
    ada.step_up("app", &[("acr_values", "phr")], &key).await;
    let account = ada.account().await;
    let id = account["credentials"][2]["id"].as_str().unwrap().to_owned();
    let visit = ada.account_visit(&json!({ "action": "remove", "credential": id })).await;
    assert_eq!(ada.passkey(&visit, &key).await.json()["status"], "done");
    assert_eq!(names(&ada.account().await), ["Password", "Synced passkey"]);
    assert_eq!(elsewhere.held().await, Value::Null);
    let visit = server.browser().visit("app", &[]).await;
    let _ = visit;
    let mut again = server.browser();
    let visit = again.visit("app", &[]).await;
    assert_eq!(again.passkey(&visit, &other).await.problem(), "credential_not_usable");
}

#[tokio::test]
async fn the_last_way_to_sign_in_cannot_be_removed() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let id = ada.account().await["credentials"][0]["id"].as_str().unwrap().to_owned();
    let refused = ada.try_account_visit(&json!({ "action": "remove", "credential": id })).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "credential_not_usable"));
}

#[tokio::test]
async fn a_hardware_key_is_known_by_its_maker_and_nothing_else_passes_for_one() {
    let roots = AttestationRoots::from_der([attestation_root().unwrap()]).unwrap();
    let trust = Trust::new(roots, MetadataPolicy::default(), None);
    let server = TestServer::start_with(Setup { trust, ..Setup::default() }).await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "phrh").await;
    let visit = ada.get(&link).await.location().to_owned();
    let options = ada.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await.json();
    assert_eq!(options["publicKey"]["hints"], json!(["security-key"]));
    assert_eq!(options["publicKey"]["attestation"], "direct");
    // The page says that it takes a hardware key; a passkey that can be copied does not use the link up.
    assert_eq!(ada.get(&visit).await.json()["hardware"], true);
    let refused = ada.register(&visit, &mut SoftAuthenticator::synced(KeyKind::Es256)).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "hardware_key_required"));
    let mut key = SoftAuthenticator::security_key(KeyKind::Es256).attested_by(Attester::w3c().unwrap());
    assert_eq!(ada.register(&visit, &mut key).await.json()["status"], "done");
    let stepped = ada.step_up("app", &[("acr_values", "phrh")], &key).await;
    assert_eq!(riser_testkit::flow::claims(stepped["access_token"].as_str().unwrap())["acr"], "phrh");
    // Another of the same kind, by one's own account, with what the session reaches.
    let visit = ada.account_visit(&json!({ "action": "add_hardware_key" })).await;
    ada.passkey(&visit, &key).await;
    let mut synced = SoftAuthenticator::synced(KeyKind::Es256);
    let refused = ada.register(&visit, &mut synced).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "hardware_key_required"));
    let mut second = SoftAuthenticator::security_key(KeyKind::Es256).attested_by(Attester::w3c().unwrap());
    assert_eq!(ada.register(&visit, &mut second).await.json()["status"], "done");
    let stepped = ada.step_up("app", &[("acr_values", "phrh"), ("max_age", "0")], &second).await;
    assert_eq!(riser_testkit::flow::claims(stepped["access_token"].as_str().unwrap())["acr"], "phrh");
}

#[tokio::test]
async fn sessions_and_applications_are_seen_and_ended_by_their_owner() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let mut elsewhere = server.browser();
    server.sign_in(&mut elsewhere, "ada").await;
    ada.tokens("bank", &[]).await;
    let account = ada.account().await;
    let other =
        account["sessions"].as_array().unwrap().iter().find(|row| row["current"] == false).unwrap()["sid"]
            .clone();
    assert_eq!(account["applications"].as_array().unwrap().len(), 1, "{account}");
    let ended = ada.post(&format!("/account/sessions/{}/end", other.as_str().unwrap()), &json!({})).await;
    assert_eq!(ended.json()["done"], "session_ended", "{ended:?}");
    assert_eq!(elsewhere.held().await, Value::Null);
    let revoked = ada.post("/account/applications/revoke", &json!({ "client_id": "bank" })).await;
    assert_eq!(revoked.json()["done"], "application_revoked", "{revoked:?}");
    assert_eq!(ada.account().await["applications"], json!([]));
    assert_eq!(ada.post("/account/sign-out", &json!({})).await.json()["done"], "signed_out");
    assert_eq!(ada.held().await, Value::Null);
}

#[tokio::test]
async fn the_page_has_forms_that_work_without_script_and_only_its_own() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let page = ada.send(Method::GET, "/account", &[("accept", "text/html")], None).await;
    assert_eq!(page.status, 200, "{page:?}");
    let csrf = csrf_of(&page.body);
    let forged = ada.form("/account/visits", &[], &[("action", "set_password")]).await;
    assert_eq!(forged.status, 403, "{forged:?}");
    let opened = ada.form("/account/visits", &[], &[("csrf", &csrf), ("action", "new_recovery_codes")]).await;
    assert_eq!(opened.status, 303);
    let visit = opened.location().to_owned();
    let prompt = ada.send(Method::GET, &visit, &[("accept", "text/html")], None).await;
    let token = csrf_of(&prompt.body);
    let next = ada.form(&format!("{visit}/password"), &[], &[("csrf", &token), ("password", PASSWORD)]).await;
    assert_eq!(next.status, 303, "{next:?}");
    let codes = ada.form(&format!("{visit}/enrol/recovery-codes"), &[], &[("csrf", &token)]).await;
    assert_eq!((codes.status, codes.headers["cache-control"].as_str()), (200, "no-store"));
    assert!(
        codes.body.matches("data-testid=\"recovery-code\"").count() == 10 || codes.body.contains("-"),
        "{}",
        codes.body
    );
    assert_eq!(ada.account().await["recovery_codes_left"], 10);
}

#[tokio::test]
async fn a_link_for_more_than_a_code_reaches_takes_no_authenticator_app() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    let visit = ada.get(&link).await.location().to_owned();
    assert_eq!(ada.get(&visit).await.json()["options"], json!([["passkey"]]));
    let refused = ada.post(&format!("{visit}/enrol/totp/options"), &json!({})).await;
    assert_eq!(refused.problem(), "credential_not_usable");
}

#[tokio::test]
async fn the_activity_says_what_was_approved_to_people_and_to_programs() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let details = riser_testkit::flow::payment("1234.00", "ACME GmbH");
    ada.step_up("bank", &[("authorization_details", &details)], &key).await;
    let latest = &ada.account().await["activity"][0];
    assert_eq!(latest["event"], "authenticated");
    let displayed = latest["cause"]["request"]["displayed"].to_string();
    assert!(displayed.contains("ACME GmbH") && displayed.contains("1,234.00"), "{latest}");
    let page = ada.send(Method::GET, "/account", &[("accept", "text/html")], None).await.body;
    let activity = page.split("id=\"activity\"").nth(1).unwrap();
    assert!(activity.contains("ACME GmbH") && activity.contains("1,234.00"), "{activity}");
    // What was refused is said to have been asked, and not to have been approved.
    let visit = ada
        .visit("bank", &[("authorization_details", &riser_testkit::flow::payment("9.00", "Nobody"))])
        .await;
    ada.post(&format!("{visit}/cancel"), &json!({})).await;
    let page = ada.send(Method::GET, "/account", &[("accept", "text/html")], None).await.body;
    let newest = page.split("data-testid=\"activity-row\"").nth(1).unwrap();
    assert!(newest.contains("You refused a request") && newest.contains("Nobody"), "{newest}");
    assert!(!newest.contains("Approved"), "{newest}");
}

#[tokio::test]
async fn the_page_says_only_what_has_just_happened_whatever_a_link_claims() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let html = [("accept", "text/html")];
    let said = async |ada: &mut Browser, name: &str| {
        let page = ada.send(Method::GET, &format!("/account?news={name}"), &html, None).await.body;
        page.contains("data-testid=\"news\"")
    };
    server.clock.advance(120);
    for name in ["password_changed", "passkey_added", "email_removed", "removed", "session_ended", "renamed"]
    {
        assert!(!said(&mut ada, name).await, "{name}");
    }
    ada.step_up("app", &[("acr_values", "phr")], &key).await;
    let id = ada.account().await["credentials"][1]["id"].as_str().unwrap().to_owned();
    let visit = ada.account_visit(&json!({ "action": "rename", "credential": id, "label": "Mine" })).await;
    let done = ada.passkey(&visit, &key).await.json();
    assert!(done["next"].as_str().unwrap().ends_with("/account?news=renamed"), "{done}");
    assert!(said(&mut ada, "renamed").await);
    for name in ["password_changed", "removed", "application_blocked", "email_changed"] {
        assert!(!said(&mut ada, name).await, "{name}");
    }
    server.clock.advance(60);
    assert!(!said(&mut ada, "renamed").await, "it is no news any more");
}

#[tokio::test]
async fn a_code_that_waits_ends_with_the_access_that_is_taken_back() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let waiting = ada.code("bank", &[]).await;
    let revoked = ada.post("/account/applications/revoke", &json!({ "client_id": "bank" })).await;
    assert_eq!(revoked.json()["done"], "application_revoked", "{revoked:?}");
    let refused = ada.redeem("bank", &waiting).await;
    assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_grant")));
    ada.tokens("bank", &[]).await;
}
