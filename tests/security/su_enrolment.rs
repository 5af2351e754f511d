//! What is let in, and by whom: SU-19, SU-21, SU-23 to SU-26, SU-28, SU-29, WA-15.

use riser_core::{Seconds, UserId};
use riser_server::{CoolingOff, EnrolmentPolicy};
use riser_testkit::account::App;
use riser_testkit::authenticator::{KeyKind, SoftAuthenticator};
use riser_testkit::browser::Browser;
use riser_testkit::flow::text;
use riser_testkit::server::{PASSWORD, Setup, TestServer, acr};
use serde_json::{Value, json};

use crate::matrix::people::account;
use crate::support::{access, refusal};

const DAY: i64 = 24 * 3600;

fn synced() -> SoftAuthenticator {
    SoftAuthenticator::synced(KeyKind::Es256)
}

async fn cooling() -> TestServer {
    let cooling_off = Some(CoolingOff { wait: Seconds(24 * 3600), to: acr("phr") });
    let enrolment = EnrolmentPolicy { cooling_off, ..EnrolmentPolicy::default() };
    TestServer::start_with(Setup { enrolment, ..Setup::default() }).await
}

async fn with_app(server: &TestServer, user: &UserId, browser: &mut Browser) -> App {
    let link = server.enrolment_link(user, "aal2").await;
    let visit = browser.get(&link).await.location().to_owned();
    browser.register_totp(&visit, &server.clock).await
}

async fn live(server: &TestServer, user: &UserId) -> usize {
    let all = server.app.store.credentials(user).await.unwrap();
    all.iter().filter(|credential| credential.revoked_at.is_none()).count()
}

#[tokio::test]
async fn atk_su_19_whatever_is_let_in_is_told_where_the_owner_reads_it() {
    let server = TestServer::start().await;
    let (user, mut ada, key) = server.with_passkey("ada").await;
    let mut told = Vec::new();
    for action in ["add_passkey", "add_totp", "set_password", "new_recovery_codes"] {
        let visit = ada.account_visit(&json!({ "action": action })).await;
        assert_eq!(ada.passkey(&visit, &key).await.status, 200, "{action}");
        server.letters().await;
        let path = |rest: &str| format!("{visit}/enrol/{rest}");
        match action {
            "add_passkey" => ada.register(&visit, &mut synced()).await.status,
            "add_totp" => {
                ada.register_totp(&visit, &server.clock).await;
                200
            }
            "set_password" => {
                ada.post(&path("password"), &json!({ "password": "a violet window over the harbour" }))
                    .await
                    .status
            }
            _ => ada.post(&path("recovery-codes"), &json!({})).await.status,
        };
        let letters = server.letters().await;
        assert!(letters.iter().all(|letter| letter.to == "ada@example.com"), "{action}");
        told.extend(
            letters.iter().map(|letter| serde_json::to_value(&letter.notice).unwrap()["notice"].clone()),
        );
    }
    let expected = ["credential_added", "credential_added", "password_changed", "recovery_codes_made"];
    assert_eq!(told, expected.map(Value::from));
    // A move of the address is told at both.
    let visit = ada.account_visit(&json!({ "action": "set_email", "email": "thief@example.net" })).await;
    ada.passkey(&visit, &key).await;
    let mut to: Vec<String> = server.letters().await.into_iter().map(|letter| letter.to).collect();
    to.sort();
    assert_eq!(to, ["ada@example.com", "thief@example.net"]);
    assert_eq!(
        server.app.store.user(&user).await.unwrap().unwrap().email.as_deref(),
        Some("thief@example.net")
    );
}

#[tokio::test]
async fn atk_su_19_a_letter_that_waits_is_not_caught_by_a_new_address() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let visit = ada.account_visit(&json!({ "action": "add_passkey" })).await;
    ada.confirm_by_password(&visit).await;
    ada.register(&visit, &mut synced()).await;
    // The mail server is down meanwhile.
    let visit = ada.account_visit(&json!({ "action": "set_email", "email": "thief@example.net" })).await;
    ada.confirm_by_password(&visit).await;
    let letters = server.letters().await;
    let added = letters
        .iter()
        .filter(|letter| serde_json::to_value(&letter.notice).unwrap()["notice"] == "credential_added");
    assert_eq!(added.map(|letter| letter.to.as_str()).collect::<Vec<_>>(), ["ada@example.com"]);
}

#[tokio::test]
async fn atk_su_19_while_it_cools_off_it_lifts_nobody_by_any_way_and_its_letter_ends_it() {
    let server = cooling().await;
    let (user, mut thief) = server.signed_in("ada").await;
    let visit = thief.account_visit(&json!({ "action": "add_passkey" })).await;
    thief.confirm_by_password(&visit).await;
    let mut key = synced();
    thief.register(&visit, &mut key).await;
    let letters = server.letters().await;
    let rising = letters.iter().find(|letter| letter.link.is_some()).expect("a letter that can end it");
    assert_eq!(rising.to, "ada@example.com");
    for _ in 0..2 {
        server.clock.advance(60);
        for level in ["aal2", "phr"] {
            let visit = thief.visit("app", &[("acr_values", level)]).await;
            assert_eq!(thief.get(&visit).await.json()["status"], "failed", "{level}");
        }
        // Nor can it let in one that rises at once, or sooner.
        let visit = thief.account_visit(&json!({ "action": "add_passkey" })).await;
        thief.passkey(&visit, &key).await;
        let mut second = synced();
        let more = thief.register(&visit, &mut second).await;
        assert_eq!(more.json()["status"], "done", "{more:?}");
    }
    let all = server.app.store.credentials(&user).await.unwrap();
    let rises: Vec<i64> =
        all.iter().filter_map(|stored| stored.rising.as_ref()).map(|rising| rising.at.0).collect();
    assert_eq!(rises.len(), 3);
    assert!(rises.windows(2).all(|pair| pair[0] < pair[1]), "each waits for itself: {rises:?}");
    // Its letter ends it, and the thief's sessions.
    let token = rising.link.clone().unwrap().0;
    assert_eq!(server.browser().post(&format!("/cancel/{token}"), &json!({})).await.status, 200);
    assert_eq!(thief.held().await, Value::Null);
    server.clock.advance(2 * DAY);
    let mut browser = server.browser();
    let visit = browser.visit("app", &[]).await;
    assert_eq!(refusal(&browser.passkey(&visit, &key).await), (422, "credential_not_usable".to_owned()));
}

/// The letter about what waits must reach who owned the account when it was let in.
#[tokio::test]
async fn atk_su_19_moving_the_address_first_does_not_hide_what_rises() {
    let server = cooling().await;
    let (_, mut thief) = server.signed_in("ada").await;
    let visit = thief.account_visit(&json!({ "action": "set_email", "email": "thief@example.net" })).await;
    thief.confirm_by_password(&visit).await;
    server.letters().await;
    let visit = thief.account_visit(&json!({ "action": "add_passkey" })).await;
    thief.confirm_by_password(&visit).await;
    thief.register(&visit, &mut synced()).await;
    let letters = server.letters().await;
    assert!(letters.iter().any(|letter| letter.to == "ada@example.com" && letter.link.is_some()));
}

#[tokio::test]
async fn atk_su_21_two_visits_do_not_together_remove_the_last_way_in() {
    let server = TestServer::start().await;
    let (user, mut ada, key) = server.with_passkey("ada").await;
    ada.step_up("app", &[("acr_values", "phr")], &key).await;
    let account = ada.account().await;
    let id = |row: usize| account["credentials"][row]["id"].as_str().unwrap().to_owned();
    let password = ada.account_visit(&json!({ "action": "remove", "credential": id(0) })).await;
    let passkey = ada.account_visit(&json!({ "action": "remove", "credential": id(1) })).await;
    assert_eq!(ada.passkey(&password, &key).await.json()["status"], "done");
    let refused = ada.passkey(&passkey, &key).await;
    assert_eq!(refusal(&refused), (422, "credential_not_usable".to_owned()), "{refused:?}");
    assert_eq!(live(&server, &user).await, 1);
    let mut elsewhere = server.browser();
    let visit = elsewhere.visit("app", &[]).await;
    assert_eq!(elsewhere.passkey(&visit, &key).await.json()["status"], "done");
}

#[tokio::test]
async fn atk_su_21_what_is_anothers_is_nobodys_to_change_or_end() {
    let server = TestServer::start().await;
    let (user, mut ada, _) = server.with_passkey("ada").await;
    ada.tokens("bank", &[]).await;
    let (_, mut mallory) = server.signed_in("mallory").await;
    let sid = ada.held().await["sid"].as_str().unwrap().to_owned();
    let before = account(&server, &user).await;
    let stored = server.app.store.credentials(&user).await.unwrap();
    for id in stored.iter().map(|stored| stored.id.as_str()).chain([sid.as_str(), user.as_str()]) {
        for action in [
            json!({ "action": "remove", "credential": id }),
            json!({ "action": "rename", "credential": id, "label": "mine" }),
        ] {
            let refused = mallory.try_account_visit(&action).await;
            assert_eq!(refusal(&refused), (422, "credential_not_usable".to_owned()), "{action}");
        }
        let refused = mallory.post("/account/rises/cancel", &json!({ "credential": id })).await;
        assert_eq!(refusal(&refused), (422, "credential_not_usable".to_owned()));
        let refused =
            mallory.post(&format!("/account/sessions/{}/end", id.replace(' ', "%20")), &json!({})).await;
        assert!((400..500).contains(&refused.status), "{refused:?}");
    }
    for (path, body) in [
        ("/account/applications/revoke", json!({ "client_id": "bank", "user": user.as_str() })),
        ("/account/applications/revoke", json!({ "client_id": "bank" })),
        ("/account/recoveries/cancel", json!({ "user": user.as_str() })),
    ] {
        mallory.post(path, &body).await;
    }
    assert_eq!(account(&server, &user).await, before);
    assert_eq!(ada.held().await["sid"], sid.as_str());
}

#[tokio::test]
async fn atk_su_23_the_secret_of_an_app_is_the_servers_and_the_key_is_the_signed_one() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "aal2").await;
    let visit = ada.get(&link).await.location().to_owned();
    let own = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    for body in
        [json!({ "secret": own }), json!({ "uri": "x", "secret": own }), json!({ "totp_secret": own })]
    {
        let refused = ada.post(&format!("{visit}/enrol/totp/options"), &body).await;
        assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()));
    }
    let offered = ada.post(&format!("{visit}/enrol/totp/options"), &json!({})).await.json();
    let theirs = App::reading(&json!({ "secret": own }));
    let ours = App::reading(&offered);
    let path = format!("{visit}/enrol/totp");
    let refused = ada.post(&path, &json!({ "code": theirs.code(&server.clock), "secret": own })).await;
    assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()));
    // As a form, members that the page does not have are not looked at.
    let page = ada.send(reqwest::Method::GET, &visit, &[("accept", "text/html")], None).await;
    let csrf = riser_testkit::flow::csrf_of(&page.body);
    let forged = [("csrf", csrf.as_str()), ("code", &theirs.code(&server.clock)), ("secret", own)];
    assert!(ada.form(&path, &[], &forged).await.location().contains("problem=invalid_credentials"));
    assert_eq!(live(&server, &user).await, 1);
    let done = ada.post(&path, &json!({ "code": ours.code(&server.clock) })).await;
    assert_eq!(done.json()["status"], "done", "{done:?}");
    server.clock.advance(30);
    let visit = ada.visit("app", &[("acr_values", "aal2")]).await;
    let code = format!("{visit}/totp");
    let refused = ada.post(&code, &json!({ "code": theirs.code(&server.clock) })).await;
    assert_eq!(refusal(&refused), (401, "invalid_credentials".to_owned()));
    assert!(ada.post(&code, &json!({ "code": ours.code(&server.clock) })).await.param("code").is_some());

    // A public key, a ceiling or an owner beside the registration say nothing.
    let (eve, mut browser) = server.signed_in("eve").await;
    let visit = browser.account_visit(&json!({ "action": "add_passkey" })).await;
    browser.confirm_by_password(&visit).await;
    let options = browser.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await.json();
    let (mut key, mut foreign) = (synced(), synced());
    let mut registration = key.create(&server.issuer, &options["publicKey"]).unwrap();
    let other = foreign.create(&server.issuer, &options["publicKey"]).unwrap();
    registration["response"]["publicKey"] = other["response"]["attestationObject"].clone();
    for (name, value) in [
        ("ceiling", json!("unlimited")),
        ("user", json!(user.as_str())),
        ("acr", json!("phr")),
        ("label", json!("x")),
    ] {
        registration[name] = value;
    }
    assert_eq!(browser.post(&format!("{visit}/enrol/passkey"), &registration).await.json()["status"], "done");
    assert_eq!((live(&server, &eve).await, live(&server, &user).await), (2, 2));
    let mut elsewhere = server.browser();
    let visit = elsewhere.visit("app", &[]).await;
    let tokens = elsewhere.passkey(&visit, &key).await.param("code").unwrap();
    let tokens = access(&elsewhere.redeem("app", &tokens).await.json());
    assert_eq!((&tokens["sub"], &tokens["acr_satisfied"]), (&json!(eve.as_str()), &json!(["aal1"])));
}

#[tokio::test]
async fn atk_su_24_a_link_is_for_one_use_one_person_one_browser_and_one_state_of_the_account() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    server.add_user("mallory").await;
    let register =
        async |browser: &mut Browser, visit: &str| browser.register(visit, &mut synced()).await.status;
    // Another browser: what was opened here is not found there, though the same person sits at it.
    let link = server.enrolment_link(&user, "phr").await;
    let visit = ada.get(&link).await.location().to_owned();
    let mut elsewhere = server.browser();
    server.sign_in(&mut elsewhere, "ada").await;
    assert_eq!(register(&mut elsewhere, &visit).await, 404);
    // Another person, by any way of signing in.
    let mut other = server.browser();
    let opened = other.get(&link).await.location().to_owned();
    server.sign_in(&mut other, "mallory").await;
    assert!(matches!(register(&mut other, &opened).await, 400 | 403));
    assert_eq!(refusal(&other.get(&link).await), (403, "grant_for_other_user".to_owned()));
    // Two visits of one link, at once.
    let second = ada.get(&link).await.location().to_owned();
    let (mut one, mut two) = (ada.clone(), ada.clone());
    let both = tokio::join!(register(&mut one, &visit), register(&mut two, &second));
    assert!(matches!(both, (200, 409) | (409, 200) | (200, 410) | (410, 200)), "{both:?}");
    assert_eq!(ada.get(&link).await.status, 410);
    assert_eq!(live(&server, &user).await, 2);
    // A new password: links of before are void, visits that were opened by them too, whoever goes on with them.
    let link = server.enrolment_link(&user, "phr").await;
    let here = ada.get(&link).await.location().to_owned();
    let mut fresh = server.browser();
    let there = fresh.get(&link).await.location().to_owned();
    let change = ada.account_visit(&json!({ "action": "set_password" })).await;
    let mut changer = ada.clone();
    let key = {
        // The account has a passkey now, so a change takes that: a new one of the owner's, by another link.
        let link = server.enrolment_link(&user, "phr").await;
        let visit = changer.get(&link).await.location().to_owned();
        let mut key = synced();
        // One authenticator each: nothing is excluded.
        assert_eq!(changer.register(&visit, &mut key).await.status, 200);
        key
    };
    changer.passkey(&change, &key).await;
    let new = "a violet window over the harbour";
    let done = changer.post(&format!("{change}/enrol/password"), &json!({ "password": new })).await;
    assert_eq!(done.json()["status"], "done", "{done:?}");
    assert_eq!(changer.get(&link).await.status, 410);
    let before = live(&server, &user).await;
    assert!(register(&mut changer, &here).await >= 400, "in the session that goes on");
    let signed_in = fresh.post(&format!("{there}/password"), &json!({ "password": new })).await;
    if signed_in.status == 200 {
        assert!(register(&mut fresh, &there).await >= 400, "with the new password");
    }
    assert_eq!(live(&server, &user).await, before);
}

#[tokio::test]
async fn atk_su_26_one_kind_of_factor_counts_once_however_often_it_is_proved() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let first = with_app(&server, &user, &mut ada).await;
    let second = with_app(&server, &user, &mut ada).await;
    let visit = ada.account_visit(&json!({ "action": "new_recovery_codes" })).await;
    ada.confirm_by_password(&visit).await;
    server.clock.advance(30);
    ada.post(&format!("{visit}/totp"), &json!({ "code": first.code(&server.clock) })).await;
    let made = ada.post(&format!("{visit}/enrol/recovery-codes"), &json!({})).await.json();
    let mut codes = made["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
    const METHODS: [&str; 4] = ["password", "first app", "second app", "recovery code"];
    for one in METHODS {
        for other in METHODS {
            server.clock.advance(30);
            let visit = ada.visit("app", &[("acr_values", "aal2"), ("max_age", "0")]).await;
            for (place, method) in [one, other].into_iter().enumerate() {
                // A code of one app is used once in its half minute.
                if place == 1 && one == other {
                    server.clock.advance(30);
                }
                let (path, body) = match method {
                    "password" => ("password", json!({ "password": PASSWORD })),
                    "first app" => ("totp", json!({ "code": first.code(&server.clock) })),
                    "second app" => ("totp", json!({ "code": second.code(&server.clock) })),
                    _ => ("recovery-code", json!({ "code": codes.next().unwrap_or_default() })),
                };
                ada.post(&format!("{visit}/{path}"), &body).await;
            }
            let done = ada.get(&visit).await.json()["status"] == "done";
            let pair = [one, other];
            let two_kinds = pair.contains(&"password") && pair.iter().any(|method| method.ends_with("app"));
            assert_eq!(done, two_kinds, "{one}, {other}");
        }
    }
}

/// Two hundred rounds: a factor goes while it is used, and another comes while less would do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atk_su_28_what_is_added_or_removed_meanwhile_is_counted_by_every_later_check() {
    let server = TestServer::start_fast(Setup::default()).await;
    for round in 0..100 {
        // A passkey comes while a change is confirmed by the password alone.
        let name = format!("come-{round}");
        let user = server.add_user_fast(&name).await;
        let mut one = server.inside();
        server.sign_in(&mut one, &name).await;
        let mut two = one.clone();
        let link = server.enrolment_link(&user, "phr").await;
        let enrol = one.get(&link).await.location().to_owned();
        let change = json!({ "action": "set_email", "email": "new@example.net" });
        let early = two.account_visit(&change).await;
        let late = two.account_visit(&change).await;
        let adding = tokio::spawn(async move { one.register(&enrol, &mut synced()).await.status });
        let changing = tokio::spawn(async move {
            two.confirm_by_password(&early).await;
            two
        });
        assert_eq!(adding.await.unwrap(), 200);
        let mut two = changing.await.unwrap();
        // It was there before this is proved: the visit was opened when less would have done.
        let before = server.app.store.user(&user).await.unwrap().unwrap().email;
        let answer = two.confirm_by_password(&late).await;
        assert!(answer.status >= 400 || answer.json()["status"] == "pending", "{round}: {answer:?}");
        assert_eq!(server.app.store.user(&user).await.unwrap().unwrap().email, before, "{round}");

        // A passkey goes while it lifts a session elsewhere.
        let name = format!("go-{round}");
        let user = server.add_user_fast(&name).await;
        let mut owner = server.inside();
        server.sign_in(&mut owner, &name).await;
        let key = server.enrol(&user, &mut owner, "phr").await;
        let lost = server.enrol(&user, &mut owner, "phr").await;
        owner.step_up("app", &[("acr_values", "phr")], &key).await;
        let id = owner.account().await["credentials"][2]["id"].as_str().unwrap().to_owned();
        let remove = owner.account_visit(&json!({ "action": "remove", "credential": id })).await;
        let mut finder = server.inside();
        let visit = finder.visit("app", &[("acr_values", "phr")]).await;
        let removing = tokio::spawn(async move { owner.passkey(&remove, &key).await.status });
        let using = tokio::spawn(async move {
            let code = finder.passkey(&visit, &lost).await;
            let code = if code.status == 200 { code.param("code") } else { None };
            let tokens = match code {
                Some(code) => finder.redeem("app", &code).await,
                None => return (finder, None),
            };
            let token = tokens.json()["access_token"].as_str().map(str::to_owned);
            (finder, token)
        });
        assert_eq!(removing.await.unwrap(), 200, "{round}");
        let (mut finder, token) = using.await.unwrap();
        assert_eq!(finder.held().await, Value::Null, "{round}");
        if let Some(token) = token {
            assert_eq!(finder.userinfo(&token).await.status, 401, "{round}");
        }
    }
}

#[tokio::test]
async fn atk_su_29_no_cookie_remembers_a_device_and_the_browsers_own_opens_nothing() {
    let server = TestServer::start().await;
    let (user, mut ada, key) = server.with_passkey("ada").await;
    let app = with_app(&server, &user, &mut ada).await;
    let spare = server.enrol(&user, &mut ada, "phr").await;
    ada.step_up("app", &[("acr_values", "phr")], &key).await;
    let names: Vec<&str> = ada.cookies.keys().map(String::as_str).collect();
    assert_eq!(names, ["riser_browser", "riser_session"]);
    let account = ada.account().await;
    let spare_id = account["credentials"][3]["id"].as_str().unwrap().to_owned();
    for event in ["nothing", "a factor is removed", "another password", "the account is shut and opened"] {
        let mut password = PASSWORD;
        match event {
            "a factor is removed" => {
                let visit = ada.account_visit(&json!({ "action": "remove", "credential": spare_id })).await;
                assert_eq!(ada.passkey(&visit, &key).await.json()["status"], "done");
                let mut browser = server.browser();
                let visit = browser.visit("app", &[]).await;
                assert_eq!(browser.passkey(&visit, &spare).await.status, 422);
            }
            "another password" => {
                let visit = ada.account_visit(&json!({ "action": "set_password" })).await;
                ada.passkey(&visit, &key).await;
                password = "a violet window over the harbour";
                let set =
                    ada.post(&format!("{visit}/enrol/password"), &json!({ "password": password })).await;
                assert_eq!(set.json()["status"], "done", "{set:?}");
            }
            "the account is shut and opened" => {
                server.disable(&user).await;
                password = "a violet window over the harbour";
                let now = server.app.clock.now();
                let event = riser_core::audit::Event::UserEnabled { user: user.clone() };
                let entry = riser_core::audit::Entry { at: now, event };
                server.app.store.enable_user(&user, now, entry.into()).await.unwrap();
            }
            _ => {}
        }
        // The device is the same, and every factor is asked again.
        let mut device = server.browser();
        device.cookies.insert("riser_browser".to_owned(), ada.cookies["riser_browser"].clone());
        let silent = device.authorize("app", &[("prompt", "none")]).await;
        assert_eq!(silent.param("error").as_deref(), Some("login_required"), "{event}");
        let visit = device.visit("app", &[("acr_values", "aal2")]).await;
        assert_eq!(device.get(&visit).await.json()["user"], Value::Null, "{event}");
        let half = device.sign_in(&visit, "ada", password).await.json();
        assert_eq!(half["status"], "pending", "{event}: {half}");
        server.clock.advance(30);
        let done = device.post(&format!("{visit}/totp"), &json!({ "code": app.code(&server.clock) })).await;
        assert!(done.param("code").is_some(), "{event}: {done:?}");
        let again = device.visit("app", &[("acr_values", "aal2"), ("max_age", "0")]).await;
        let half = device.post(&format!("{again}/password"), &json!({ "password": password })).await.json();
        assert_eq!(half["status"], "pending", "a minute ago is not now: {event}");
    }
}

#[tokio::test]
async fn atk_wa_15_atk_ab_05_a_shut_account_is_shut_by_every_way() {
    let server = TestServer::start().await;
    let (user, mut ada, key) = server.with_passkey("ada").await;
    let app = with_app(&server, &user, &mut ada).await;
    let codes = ada.account_visit(&json!({ "action": "new_recovery_codes" })).await;
    ada.passkey(&codes, &key).await;
    let codes = ada.post(&format!("{codes}/enrol/recovery-codes"), &json!({})).await.json()["codes"].clone();
    // Everything that is under way.
    let tokens = ada.tokens("bank", &[]).await;
    let code = ada.code("bank", &[]).await;
    let link = server.enrolment_link(&user, "phr").await;
    let by_link = ada.get(&link).await.location().to_owned();
    let mut stranger = server.browser();
    let stranger_link = stranger.get(&link).await.location().to_owned();
    let released = ada.account_visit(&json!({ "action": "add_passkey" })).await;
    ada.passkey(&released, &key).await;
    let options = ada.post(&format!("{released}/enrol/passkey/options"), &json!({})).await.json();
    let registration = synced().create(&server.issuer, &options["publicKey"]).unwrap();
    let asked = ada.account_visit(&json!({ "action": "set_email", "email": "x@example.net" })).await;
    let mut half = server.browser();
    let halfway = half.visit("app", &[("acr_values", "aal2")]).await;
    assert_eq!(half.sign_in(&halfway, "ada", PASSWORD).await.json()["status"], "pending");
    let mut recovering = server.browser();
    let recovery = recovering.get("/recovery").await.location().to_owned();
    recovering.sign_in(&recovery, "ada", PASSWORD).await;
    let mut lost = server.browser();
    let lost_visit = lost.get("/recovery").await.location().to_owned();
    lost.sign_in(&lost_visit, "ada", PASSWORD).await;
    lost.post(&format!("{lost_visit}/recovery-code"), &json!({ "code": codes[0] })).await;
    let passkey = ada.account().await["credentials"][1]["id"].as_str().map(str::to_owned);
    let before = live(&server, &user).await;

    server.disable(&user).await;
    server.clock.advance(30);
    let mut fresh = server.browser();
    let visit = fresh.visit("app", &[]).await;
    let password = fresh.sign_in(&visit, "ada", PASSWORD).await;
    assert_eq!(refusal(&password), (401, "invalid_credentials".to_owned()), "as if it were wrong");
    let by_passkey = fresh.passkey(&visit, &key).await;
    assert_eq!(refusal(&by_passkey), (422, "credential_not_usable".to_owned()));
    let mut again = server.browser();
    let recover = again.get("/recovery").await.location().to_owned();
    assert_eq!(
        refusal(&again.sign_in(&recover, "ada", PASSWORD).await),
        (401, "invalid_credentials".to_owned())
    );

    let totp = json!({ "code": app.code(&server.clock) });
    let refused = [
        ("a code, halfway", half.post(&format!("{halfway}/totp"), &totp).await.status),
        ("a passkey, halfway", half.passkey(&halfway, &key).await.status),
        (
            "a recovery code",
            recovering.post(&format!("{recovery}/recovery-code"), &json!({ "code": codes[1] })).await.status,
        ),
        (
            "what is lost",
            lost.post(&format!("{lost_visit}/recovery"), &json!({ "lost": passkey })).await.status,
        ),
        ("a link", ada.get(&link).await.status),
        ("a link, elsewhere", server.browser().get(&link).await.status),
        (
            "a link that was opened",
            ada.post(&format!("{by_link}/enrol/passkey/options"), &json!({})).await.status,
        ),
        (
            "a sign-in at a link",
            stranger
                .post(&format!("{stranger_link}/password"), &json!({ "password": PASSWORD }))
                .await
                .status,
        ),
        ("a released change", ada.post(&format!("{released}/enrol/passkey"), &registration).await.status),
        (
            "a change that was asked for",
            ada.post(&format!("{asked}/passkey/options"), &json!({})).await.status,
        ),
        ("the account", ada.get("/account").await.status),
        ("another change", ada.try_account_visit(&json!({ "action": "add_totp" })).await.status),
        ("a code of an application", ada.redeem("bank", &code).await.status),
        ("a refresh", ada.refresh("bank", text(&tokens, "refresh_token")).await.status),
        ("a token", ada.userinfo(text(&tokens, "access_token")).await.status),
    ];
    for (way, status) in refused {
        assert!((400..500).contains(&status), "{way}: {status}");
    }
    assert_eq!(ada.held().await, Value::Null);
    assert_eq!(live(&server, &user).await, before);
    assert!(server.app.store.open_recovery(&user, server.app.clock.now()).await.unwrap().is_none());
}
