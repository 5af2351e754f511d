//! The other doors: links, recoveries, applications' requests, tokens, and what is no door.

use std::collections::BTreeMap;

use reqwest::Method;
use riser_core::assurance::Factor;
use riser_core::protocol::TokenEndpointAuthMethod;
use riser_testkit::account::App;
use riser_testkit::authenticator::SoftAuthenticator;
use riser_testkit::browser::Browser;
use riser_testkit::flow::basic;
use riser_testkit::server::{PASSWORD, TestServer, acr, client};
use serde_json::{Value, json};

use super::cells::{Added, prove, reaches};
use super::people::{
    Person, account, hardware, person, recovery, recovery_with_code, server, server_with, synced,
};
use super::{Held, KINDS, Kind, Level};

const NEW_PASSWORD: &str = "a violet window over the harbour";

/// A registration for options that nobody gave.
fn made_up(server: &TestServer) -> Value {
    let options = json!({
        "challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "rp": { "id": "localhost", "name": "x" },
        "user": { "id": "AA", "name": "x", "displayName": "x" },
        "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
    });
    synced().create(&server.issuer, &options).unwrap()
}

/// Tries to register everything in a visit; what was let in.
async fn register_all(
    server: &TestServer,
    browser: &mut Browser,
    visit: &str,
) -> BTreeMap<&'static str, Added> {
    let mut let_in = BTreeMap::new();
    let mut key = synced();
    let options = browser.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await;
    let registration = match options.status {
        200 => key.create(&server.issuer, &options.json()["publicKey"]).unwrap(),
        _ => made_up(server),
    };
    let offered = browser.post(&format!("{visit}/enrol/totp/options"), &json!({})).await;
    let app = (offered.status == 200).then(|| App::reading(&offered.json()));
    let code = app.as_ref().map_or_else(|| "123456".to_owned(), |app| app.code(&server.clock));
    let calls = [
        ("password", "enrol/password", json!({ "password": NEW_PASSWORD })),
        ("recovery codes", "enrol/recovery-codes", json!({})),
        ("totp", "enrol/totp", json!({ "code": code })),
        ("passkey", "enrol/passkey", registration),
    ];
    for (what, path, body) in calls {
        if browser.post(&format!("{visit}/{path}"), &body).await.status == 200 {
            let added = match (what, &app) {
                ("passkey", _) => Added::Key(Box::new(key.clone())),
                ("totp", Some(app)) => Added::App(app.clone()),
                _ => Added::Nothing,
            };
            let_in.insert(what, added);
        }
    }
    let_in
}

#[tokio::test]
async fn atk_su_19_su_22_no_request_of_an_application_registers_or_changes_anything() {
    let server = server().await;
    for kind in KINDS {
        for held in kind.sessions() {
            let who = person(&server, kind, *held).await;
            let before = account(&server, &who.id).await;
            for asked in
                [("prompt", "login"), ("acr_values", "aal2"), ("acr_values", "phr"), ("prompt", "consent")]
            {
                for proof in kind.proofs() {
                    let mut browser = who.browser.clone();
                    // A session of the strongest kind has nothing to do for some of them.
                    let opened = browser.authorize("app", &[asked]).await.location().to_owned();
                    if !opened.contains("/interaction/") {
                        continue;
                    }
                    if *held == Held::Nobody {
                        browser.post(&format!("{opened}/identifier"), &json!({ "username": who.name })).await;
                    }
                    let let_in = register_all(&server, &mut browser, &opened).await;
                    prove(&server, &mut browser, None, &opened, &who, *proof).await;
                    let later = register_all(&server, &mut browser, &opened).await;
                    assert!(let_in.is_empty() && later.is_empty(), "{kind:?} {held:?} {asked:?} {proof:?}");
                    let after = account(&server, &who.id).await;
                    let none: Vec<String> = Vec::new();
                    let what: Vec<String> = before
                        .changed_to(&after)
                        .into_iter()
                        .filter(|what| what != "application" && what != "session")
                        .collect();
                    assert_eq!(what, none, "{kind:?} {held:?} {asked:?} {proof:?}");
                }
            }
        }
    }
}

/// Opens a link in the session's browser, signing in where nobody is.
async fn open_link(browser: &mut Browser, link: &str, held: Held) -> String {
    let visit = browser.get(link).await.location().to_owned();
    if held == Held::Nobody {
        let early = browser.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await;
        assert_eq!(early.status, 400, "{early:?}");
        let signed_in = browser.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
        assert_eq!(signed_in.status, 200, "{signed_in:?}");
    }
    visit
}

#[tokio::test]
async fn atk_su_19_a_link_lets_in_one_credential_as_far_as_it_says_whatever_the_session_holds() {
    let server = server().await;
    for kind in KINDS {
        for held in kind.sessions() {
            for (ceiling, level) in [("aal1", Level::Aal1), ("aal2", Level::Aal2), ("phr", Level::Phr)] {
                let cell = format!("{kind:?} {held:?} {ceiling}");
                let mut who = person(&server, kind, *held).await;
                let link = server.enrolment_link(&who.id, ceiling).await;
                // Not what is known, and not the codes that would begin a recovery.
                let visit = open_link(&mut who.browser, &link, *held).await;
                let before = account(&server, &who.id).await;
                for (path, body) in [
                    ("enrol/password", json!({ "password": NEW_PASSWORD })),
                    ("enrol/recovery-codes", json!({})),
                ] {
                    let refused = who.browser.post(&format!("{visit}/{path}"), &body).await;
                    assert_eq!(
                        (refused.status, refused.problem().as_str()),
                        (422, "credential_not_usable"),
                        "{cell}"
                    );
                }
                let offered = who.browser.post(&format!("{visit}/enrol/totp/options"), &json!({})).await;
                assert_eq!(offered.status == 200, level <= Level::Aal2, "{cell}: {offered:?}");
                let mut key = synced();
                let done = who.browser.register(&visit, &mut key).await;
                assert_eq!(done.json()["status"], "done", "{cell}");
                assert_eq!(before.changed_to(&account(&server, &who.id).await), ["+passkey"], "{cell}");
                assert_eq!(
                    reaches(&server, &who.name, &Added::Key(Box::new(key))).await,
                    level.min(Level::Phr),
                    "{cell}"
                );
                assert!(server.notices().await.contains(&"credential_added".to_owned()), "{cell}");
                assert_eq!(who.browser.get(&link).await.status, 410, "{cell}: once");
            }
        }
    }
}

#[tokio::test]
async fn atk_su_19_a_link_for_hardware_and_one_for_an_app_reach_what_they_say() {
    let server = server().await;
    // A link for hardware takes nothing else.
    let mut who = person(&server, Kind::Password, Held::Aal1).await;
    let link = server.enrolment_link(&who.id, "phrh").await;
    let visit = open_link(&mut who.browser, &link, Held::Aal1).await;
    let before = account(&server, &who.id).await;
    let refused = who.browser.register(&visit, &mut synced()).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "hardware_key_required"));
    assert_eq!(account(&server, &who.id).await, before);
    for (ceiling, mut key, level) in [("phrh", hardware(), Level::Phrh), ("phr", hardware(), Level::Phr)] {
        let mut who = person(&server, Kind::Password, Held::Aal1).await;
        let link = server.enrolment_link(&who.id, ceiling).await;
        let visit = open_link(&mut who.browser, &link, Held::Aal1).await;
        assert_eq!(who.browser.register(&visit, &mut key).await.json()["status"], "done");
        assert_eq!(reaches(&server, &who.name, &Added::Key(Box::new(key))).await, level, "{ceiling}");
    }
    let mut who = person(&server, Kind::Password, Held::Aal1).await;
    let link = server.enrolment_link(&who.id, "aal2").await;
    let visit = open_link(&mut who.browser, &link, Held::Aal1).await;
    let app = who.browser.register_totp(&visit, &server.clock).await;
    assert_eq!(reaches(&server, &who.name, &Added::App(app)).await, Level::Aal2);
    // Somebody else's session opens nobody's link.
    let mut mallory = server.inside();
    server.sign_in(&mut mallory, "mallory").await;
    let link = server.enrolment_link(&who.id, "phr").await;
    assert_eq!(mallory.get(&link).await.problem(), "grant_for_other_user");
}

#[tokio::test]
async fn atk_su_27_a_recovery_registers_nothing_and_replaces_the_lost_one_by_less() {
    let server = server().await;
    for kind in [Kind::Passkey, Kind::Totp, Kind::Hardware] {
        let mut who = person(&server, kind, Held::Nobody).await;
        let (mut browser, visit) = recovery_with_code(&server, &mut who, kind).await;
        let before = account(&server, &who.id).await;
        assert!(register_all(&server, &mut browser, &visit).await.is_empty(), "{kind:?}");
        for proof in kind.proofs() {
            prove(&server, &mut browser, None, &visit, &who, *proof).await;
            assert!(register_all(&server, &mut browser, &visit).await.is_empty(), "{kind:?} {proof:?}");
        }
        assert_eq!(browser.get("/account").await.status, 401, "{kind:?}");
        assert_eq!(browser.session(), None, "{kind:?}");
        assert_eq!(account(&server, &who.id).await, before, "{kind:?}");

        let held = before.credential(Factor::Passkey).or(before.credential(Factor::Totp)).unwrap().to_owned();
        let begun = browser.post(&format!("{visit}/recovery"), &json!({ "lost": held })).await.json();
        let link = begun["next"].as_str().unwrap().to_owned();
        assert_eq!(browser.get(&link).await.problem(), "grant_not_yet", "{kind:?}");
        server.clock.advance(24 * 3600);
        let before = account(&server, &who.id).await;
        let visit = open_link(&mut browser, &link, Held::Nobody).await;
        let let_in = register_all(&server, &mut browser, &visit).await;
        assert_eq!(let_in.keys().copied().collect::<Vec<_>>(), ["passkey"], "{kind:?}");
        let lost = if kind == Kind::Totp { "-totp" } else { "-passkey" };
        let found = before.changed_to(&account(&server, &who.id).await);
        assert_eq!(found, ["+passkey", lost, "recovery"], "{kind:?}");
        assert_eq!(reaches(&server, &who.name, &let_in["passkey"]).await, Level::Aal1, "{kind:?}");
    }
}

#[tokio::test]
async fn the_link_of_a_letter_ends_what_waits_and_nothing_else() {
    let server = server().await;
    let mut who = person(&server, Kind::Passkey, Held::Aal1).await;
    server.letters().await;
    recovery(&server, &mut who, Kind::Passkey).await;
    let letters = server.letters().await;
    let token = letters.iter().find_map(|letter| letter.link.clone()).unwrap().0;
    let before = account(&server, &who.id).await;
    let mut mail = server.inside();
    // Programs open links too; and what else might be posted there is not looked at.
    for method in [Method::GET, Method::HEAD] {
        assert_eq!(mail.send(method, &format!("/cancel/{token}"), &[], None).await.status, 200);
    }
    assert_eq!(account(&server, &who.id).await, before);
    for path in ["/account", "/account/visits", "/grant"] {
        let refused = mail.send(Method::POST, &format!("{path}/{token}"), &[], None).await;
        assert!(matches!(refused.status, 404 | 405), "{path}");
    }
    assert_eq!(mail.get(&format!("/grant/{token}")).await.status, 410, "it opens nothing");
    let body = json!({ "action": "add_passkey", "password": NEW_PASSWORD, "email": "thief@example.net" });
    assert_eq!(mail.post(&format!("/cancel/{token}"), &body).await.json()["cancelled"], "recovery");
    assert_eq!(before.changed_to(&account(&server, &who.id).await), ["recovery"]);
    assert_eq!(mail.session(), None);
    assert_eq!(mail.post(&format!("/cancel/{token}"), &json!({})).await.status, 410);
}

/// Every call of an account, with bodies that would do.
fn calls(credential: &str) -> Vec<(&'static str, Value)> {
    let mut calls: Vec<(&str, Value)> = [
        json!({ "action": "view" }),
        json!({ "action": "add_passkey" }),
        json!({ "action": "add_hardware_key" }),
        json!({ "action": "add_totp" }),
        json!({ "action": "set_password" }),
        json!({ "action": "new_recovery_codes" }),
        json!({ "action": "rename", "credential": credential, "label": "x" }),
        json!({ "action": "remove", "credential": credential }),
        json!({ "action": "set_email", "email": "thief@example.net" }),
    ]
    .into_iter()
    .map(|body| ("/account/visits", body))
    .collect();
    calls.push(("/account/applications/revoke", json!({ "client_id": "bank" })));
    calls.push(("/account/recoveries/cancel", json!({})));
    calls.push(("/account/rises/cancel", json!({ "credential": credential })));
    calls
}

async fn opens_nothing(
    server: &TestServer,
    who: &Person,
    browser: &mut Browser,
    proof: Option<&str>,
    what: &str,
) {
    let before = account(server, &who.id).await;
    let credential = before.credential(Factor::Passkey).unwrap().to_owned();
    let end = format!("/account/sessions/{}/end", who.sid);
    for (path, body) in calls(&credential).into_iter().chain([(end.as_str(), json!({}))]) {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(proof.map(|proof| ("authorization", proof)));
        let refused = browser.send(Method::POST, path, &headers, Some(body.to_string())).await;
        if body["action"] == "view" {
            // Anybody may come to sign in; nobody is known there.
            assert_eq!(refused.json()["user"], Value::Null, "{what}");
        } else {
            assert_eq!(
                (refused.status, refused.problem().as_str()),
                (401, "sign_in_required"),
                "{what} {path} {body}"
            );
        }
    }
    assert_eq!(browser.get("/account").await.status, 401, "{what}");
    assert_eq!(account(server, &who.id).await, before, "{what}");
}

#[tokio::test]
async fn atk_su_20_neither_tokens_nor_secrets_nor_the_browser_cookie_open_an_account() {
    let server = server().await;
    let mut who = person(&server, Kind::Passkey, Held::Phr).await;
    let tokens = who.browser.tokens("bank", &[("acr_values", "phr")]).await;
    for name in ["access_token", "refresh_token", "id_token"] {
        let bearer = format!("Bearer {}", tokens[name].as_str().unwrap());
        opens_nothing(&server, &who, &mut server.inside(), Some(&bearer), name).await;
    }
    opens_nothing(&server, &who, &mut server.inside(), Some(&basic("bank")), "a client's secret").await;
    let mut cookie = server.inside();
    cookie.cookies.insert("riser_browser".to_owned(), who.browser.cookies["riser_browser"].clone());
    opens_nothing(&server, &who, &mut cookie, None, "the browser cookie").await;
    let mut swapped = server.inside();
    swapped.cookies.insert("riser_session".to_owned(), who.browser.cookies["riser_browser"].clone());
    opens_nothing(&server, &who, &mut swapped, None, "the browser cookie as a session").await;
}

#[tokio::test]
async fn atk_su_20_the_administration_api_is_no_door_yet() {
    let server = server().await;
    let mut who = person(&server, Kind::Passkey, Held::Phr).await;
    let bearer =
        format!("Bearer {}", who.browser.tokens("bank", &[]).await["access_token"].as_str().unwrap());
    for path in [
        "/admin/v1/users",
        "/admin/v1/users/x/credentials",
        "/admin/v1/openapi.json",
        "/admin/v1/grants",
        "/api/v1/account",
        "/account/credentials",
        "/account/credentials/passkey",
        "/account/password",
        "/account/totp",
        "/account/email",
        "/enrol/passkey",
        "/console",
    ] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            for authorization in [bearer.as_str(), &basic("bank")] {
                let headers = [("authorization", authorization), ("content-type", "application/json")];
                let answer = who.browser.send(method.clone(), path, &headers, Some("{}".to_owned())).await;
                assert_eq!(answer.status, 404, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn atk_su_20_an_applications_back_end_makes_links_up_to_its_level_and_its_owner_is_told() {
    let mut desk = client("desk", TokenEndpointAuthMethod::ClientSecretBasic);
    desk.client.enrolment_ceiling = Some(acr("aal2"));
    let server = server_with(vec![desk]).await;
    let mut who = person(&server, Kind::Password, Held::Aal1).await;
    let machine = async |client: &str, pairs: &[(&str, &str)]| {
        let headers = [("authorization", basic(client))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        server.inside().form("/enrolment/grants", &headers, pairs).await
    };
    // Neither a client without that right, nor nobody, nor somebody's cookie, nor more than the right.
    let named = [("username", who.name.as_str()), ("ceiling", "aal2")];
    assert_eq!(machine("shop", &named).await.status, 400);
    assert_eq!(who.browser.form("/enrolment/grants", &[], &named).await.status, 401);
    assert_eq!(who.browser.post("/enrolment/grants", &json!({})).await.status, 400);
    for ceiling in ["phr", "phrh", "none", ""] {
        let refused = machine("desk", &[("username", &who.name), ("ceiling", ceiling)]).await;
        assert_eq!(refused.status, 400, "{ceiling}");
    }
    server.letters().await;
    let made = machine("desk", &named).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(server.notices().await, ["enrolment_granted"]);
    let link = made.json()["url"].as_str().unwrap().to_owned();
    let visit = who.browser.get(&link).await.location().to_owned();
    let mut key: SoftAuthenticator = synced();
    assert_eq!(who.browser.register(&visit, &mut key).await.json()["status"], "done");
    assert_eq!(reaches(&server, &who.name, &Added::Key(Box::new(key))).await, Level::Aal2);
}
