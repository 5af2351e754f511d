//! The pages and calls of one's own account, of recovery and of letters, before other sites, texts of others,
//! caches and logs: WB-01, WB-04, WB-05, WB-06, WB-12, OP-10.

use reqwest::Method;
use riser_core::Seconds;
use riser_server::{CoolingOff, EnrolmentPolicy};
use riser_testkit::account::App;
use riser_testkit::authenticator::{KeyKind, SoftAuthenticator};
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::csrf_of;
use riser_testkit::server::{PASSWORD, Setup, TestServer, acr};
use serde_json::{Value, json};

use crate::matrix::people::account;
use crate::op::{Secrets, logs};
use crate::support::{raw, refusal};
use crate::wb_texts::payloads;

async fn page(browser: &mut Browser, path: &str) -> Answer {
    browser.send(Method::GET, path, &[("accept", "text/html")], None).await
}

/// Visits and pages whose calls change something, each with a body that would do it.
struct Scene {
    server: TestServer,
    user: riser_core::UserId,
    ada: Browser,
    calls: Vec<(String, Value)>,
}

async fn scene() -> Scene {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let mut elsewhere = server.browser();
    server.sign_in(&mut elsewhere, "ada").await;
    ada.tokens("bank", &[]).await;
    let own = ada.account().await;
    let sessions = own["sessions"].as_array().unwrap().iter();
    let other = sessions.filter(|row| row["current"] == false).map(|row| row["sid"].clone()).next().unwrap();
    let link = server.enrolment_link(&user, "aal2").await;
    let by_link = ada.get(&link).await.location().to_owned();
    let offered = ada.post(&format!("{by_link}/enrol/totp/options"), &json!({})).await;
    let app = App::reading(&offered.json());
    let mut visits = Vec::new();
    for action in ["add_passkey", "set_password", "new_recovery_codes"] {
        visits.push(ada.account_visit(&json!({ "action": action })).await);
    }
    let email = ada.account_visit(&json!({ "action": "set_email", "email": "x@example.net" })).await;
    let recovery = ada.get("/recovery").await.location().to_owned();
    ada.post(&format!("{recovery}/identifier"), &json!({ "username": "ada" })).await;
    let calls = vec![
        ("/account/visits".to_owned(), json!({ "action": "set_password" })),
        (format!("/account/sessions/{}/end", other.as_str().unwrap()), json!({})),
        ("/account/applications/revoke".to_owned(), json!({ "client_id": "bank" })),
        ("/account/recoveries/cancel".to_owned(), json!({})),
        ("/account/rises/cancel".to_owned(), json!({ "credential": "x" })),
        ("/account/sign-out".to_owned(), json!({})),
        (format!("{}/enrol/totp", by_link), json!({ "code": app.code(&server.clock) })),
        (format!("{}/enrol/totp/options", by_link), json!({})),
        (format!("{}/enrol/passkey/options", by_link), json!({})),
        (format!("{}/enrol/passkey", by_link), json!({})),
        (format!("{}/password", email), json!({ "password": PASSWORD })),
        (format!("{}/totp", email), json!({ "code": "123456" })),
        (format!("{}/cancel", visits[0]), json!({})),
        (format!("{}/enrol/password", visits[1]), json!({ "password": "a violet window over the harbour" })),
        (format!("{}/enrol/recovery-codes", visits[2]), json!({})),
        (format!("{recovery}/password"), json!({ "password": PASSWORD })),
        (format!("{recovery}/recovery-code"), json!({ "code": "AAAA-AAAA-AAAA-AAAA" })),
        (format!("{recovery}/recovery"), json!({ "lost": "x" })),
    ];
    // What is to be registered waits for its proof only.
    for visit in &visits[1..] {
        assert_eq!(ada.confirm_by_password(visit).await.status, 200);
    }
    Scene { server, user, ada, calls }
}

#[tokio::test]
async fn atk_wb_01_no_call_of_an_account_takes_a_request_of_another_site() {
    let Scene { server, user, mut ada, calls } = scene().await;
    let before = account(&server, &user).await;
    let port = server.issuer.rsplit(':').next().unwrap().to_owned();
    let foreign = [
        ("origin", "https://evil.example".to_owned()),
        ("origin", "null".to_owned()),
        ("origin", format!("http://127.0.0.1:{port}")),
        ("origin", format!("{}.evil.example", server.issuer)),
        ("sec-fetch-site", "cross-site".to_owned()),
        ("sec-fetch-site", "same-site".to_owned()),
        ("sec-fetch-site", "none".to_owned()),
    ];
    for (path, body) in &calls {
        let address = if path.starts_with('/') { format!("{}{path}", server.issuer) } else { path.clone() };
        for (name, value) in &foreign {
            for kind in ["application/json", "application/x-www-form-urlencoded"] {
                let headers = [
                    ("content-type", kind.as_bytes()),
                    ("accept", b"application/json"),
                    (name, value.as_bytes()),
                ];
                let refused = raw(&ada, "POST", &address, &headers, body.to_string().as_bytes()).await;
                assert_eq!(refused.status, 403, "{path} {name} {value} {kind}: {refused:?}");
                assert_eq!(refused.headers.get("set-cookie"), None, "{path}");
            }
        }
        // What any page can send unasked.
        for kind in ["text/plain", "", "multipart/form-data; boundary=x"] {
            let headers = [("content-type", kind.as_bytes())];
            let refused = raw(&ada, "POST", &address, &headers, body.to_string().as_bytes()).await;
            assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()), "{path} as {kind}");
        }
        // A form without its page's value, or with another page's.
        let visit = ada.visit("app", &[("prompt", "login")]).await;
        let foreign = csrf_of(&page(&mut ada, &visit).await.body);
        for csrf in [None, Some(""), Some("x"), Some(foreign.as_str())] {
            if path.ends_with("/passkey") || path.ends_with("/passkey/options") {
                continue; // They take JSON only.
            }
            let members = body.as_object().unwrap();
            let mut pairs: Vec<(&str, &str)> = members
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or("true")))
                .collect();
            pairs.extend(csrf.map(|csrf| ("csrf", csrf)));
            let refused = ada.form(path, &[], &pairs).await;
            assert_eq!(refused.status, 403, "{path} {csrf:?}: {refused:?}");
        }
    }
    assert_eq!(account(&server, &user).await, before);
    // With our own page's headers the same calls do what they are for.
    let own = [
        ("origin", server.issuer.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/json"),
    ];
    let (path, body) = &calls[13];
    assert_eq!(ada.send(Method::POST, path, &own, Some(body.to_string())).await.status, 200);
}

/// What a text must not add to a page: anything that begins or ends markup.
fn markup(page: &str) -> [usize; 4] {
    ['<', '>', '"', '\''].map(|char| page.matches(char).count())
}

#[tokio::test]
async fn atk_wb_05_no_payload_in_a_name_an_address_or_an_action_is_markup() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    // An application with access stays on the page; one that only asked leaves it with the activity.
    ada.tokens("app", &[]).await;
    let id = ada.account().await["credentials"][0]["id"].as_str().unwrap().to_owned();
    let rename = async |ada: &mut Browser, label: &str| {
        let body = json!({ "action": "rename", "credential": id, "label": label });
        let opened = ada.try_account_visit(&body).await;
        if opened.status != 200 {
            assert_eq!(refusal(&opened), (400, "invalid_request".to_owned()), "{label}");
            return None;
        }
        let visit = format!("{}/interaction/{}", ada.issuer(), opened.json()["id"].as_str().unwrap());
        let prompt = page(ada, &visit).await.body;
        ada.confirm_by_password(&visit).await;
        // What is shown there without the activity, which grows.
        let own = page(ada, "/account").await.body;
        let shown = own.split("aria-labelledby=\"activity\"").next().unwrap_or_default().to_owned();
        assert!(!own.contains(label) || !label.contains(['<', '"', '\'']), "{label}: the activity");
        Some((markup(&prompt), markup(&shown)))
    };
    let plain = rename(&mut ada, "plain").await.unwrap();
    let mut shown = 0;
    for payload in payloads::XSS {
        let text: String = payload.trim().chars().take(60).collect();
        if let Some(found) = rename(&mut ada, &text).await {
            assert_eq!(found.0, plain.0, "{payload}: the prompt");
            assert_eq!(found.1, plain.1, "{payload}: the account");
            assert_eq!(ada.account().await["credentials"][0]["label"], text.trim(), "whole, as data");
            shown += 1;
        }
        // Elsewhere: an address of mail, an action, a query.
        for body in [
            json!({ "action": "set_email", "email": payload }),
            json!({ "action": "set_email", "email": format!("{payload}@example.com") }),
            json!({ "action": payload }),
        ] {
            let answer = ada.try_account_visit(&body).await;
            assert!(answer.headers["content-type"].contains("json"), "{payload}");
            assert!(matches!(answer.status, 200 | 400), "{payload}: {answer:?}");
        }
        let escaped: String = payload.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in [
            format!("/account?news={escaped}"),
            format!("/cancel/{escaped}"),
            format!("/grant/{escaped}"),
            format!("/recovery?{escaped}={escaped}"),
        ] {
            let html = page(&mut ada, &path).await.body;
            assert!(!html.contains(payload) || !payload.contains(['<', '"', '\'']), "{path}: {html}");
        }
        let csrf = csrf_of(&page(&mut ada, "/account").await.body);
        let html = ada
            .form("/account/visits", &[("accept", "text/html")], &[("csrf", &csrf), ("action", payload)])
            .await;
        assert!(!html.body.contains(payload) || !payload.contains(['<', '"', '\'']), "{html:?}");
    }
    assert!(shown >= 20, "{shown}");
}

#[tokio::test]
async fn atk_wb_06_names_and_addresses_that_deceive_are_refused() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let id = ada.account().await["credentials"][0]["id"].as_str().unwrap().to_owned();
    let long = "x".repeat(61);
    for text in [
        "Key\u{202e}yek",
        "\u{202d}Key",
        "\u{2066}Key",
        "K\u{200b}ey",
        "K\u{200d}ey",
        "\u{feff}Key",
        "K\u{2060}ey",
        "Key\nKey",
        "Key\r",
        "K\tey",
        "K\u{0}ey",
        "K\u{1b}[31mey",
        "K\u{7f}ey",
        "K\u{85}ey",
        "",
        " ",
        long.as_str(),
    ] {
        let body = json!({ "action": "rename", "credential": id, "label": text });
        let refused = ada.try_account_visit(&body).await;
        let trimmed = text.trim();
        if !trimmed.is_empty() && trimmed.chars().all(|c| c.is_ascii_graphic()) && trimmed.len() <= 60 {
            continue; // White space around a name is only taken off.
        }
        assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()), "{text:?}");
    }
    let long = format!("{}@example.com", "x".repeat(250));
    for email in [
        "a@example.com\r\nBcc: thief@example.net",
        "a@example.com\nx",
        "a b@example.com",
        "<a@example.com>",
        "a@example.com,thief@example.net",
        "a@example.com;b@example.net",
        "\"a\"@example.com",
        "a@@example.com",
        "a@exam\u{200b}ple.com",
        "a@exam\u{202e}ple.com",
        "a",
        "@example.com",
        "a@",
        "a@localhost",
        long.as_str(),
    ] {
        let refused = ada.try_account_visit(&json!({ "action": "set_email", "email": email })).await;
        assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()), "{email:?}");
    }
}

#[tokio::test]
async fn atk_wb_04_atk_wb_12_every_page_of_an_account_is_framed_and_kept_by_nobody() {
    let cooling_off = Some(CoolingOff { wait: Seconds(24 * 3600), to: acr("phr") });
    let enrolment = EnrolmentPolicy { cooling_off, ..EnrolmentPolicy::default() };
    let server = TestServer::start_with(Setup { enrolment, ..Setup::default() }).await;
    let (user, mut ada) = server.signed_in("ada").await;
    let visit = ada.account_visit(&json!({ "action": "add_passkey" })).await;
    ada.confirm_by_password(&visit).await;
    ada.register(&visit, &mut SoftAuthenticator::synced(KeyKind::Es256)).await;
    let token = server.letters().await.iter().find_map(|letter| letter.link.clone()).unwrap().0;
    let codes = ada.account_visit(&json!({ "action": "new_recovery_codes" })).await;
    ada.confirm_by_password(&codes).await;
    let csrf = csrf_of(&page(&mut ada, &codes).await.body);
    let shown = ada
        .form(&format!("{codes}/enrol/recovery-codes"), &[("accept", "text/html")], &[("csrf", &csrf)])
        .await;
    assert_eq!(ada.account().await["recovery_codes_left"], 10);
    let link = server.enrolment_link(&user, "aal2").await;
    let by_link = ada.get(&link).await.location().to_owned();
    let password = ada.account_visit(&json!({ "action": "set_password" })).await;
    let recovery = ada.get("/recovery").await.location().to_owned();
    let closed = {
        let (_, closed, _) = server.with_passkey("eve").await;
        closed
    };
    let mut pages = vec![("the recovery codes", shown)];
    for (what, path) in [
        ("the account", "/account".to_owned()),
        ("a prompt", password.clone()),
        ("an app", by_link),
        ("a recovery", recovery),
        ("a letter's link", format!("/cancel/{token}")),
        ("a letter's link that is none", "/cancel/none".to_owned()),
        ("a link that is none", "/grant/none".to_owned()),
    ] {
        pages.push((what, page(&mut ada, &path).await));
    }
    ada.confirm_by_password(&password).await;
    pages.push(("a new password", page(&mut ada, &password).await));
    pages.push(("a closed account", page(&mut closed.clone(), "/account").await));
    pages.push((
        "what was cancelled",
        server.browser().form(&format!("/cancel/{token}"), &[("accept", "text/html")], &[]).await,
    ));
    for (what, answer) in &pages {
        assert!(answer.headers["content-type"].starts_with("text/html"), "{what}: {answer:?}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers.get(name).map(String::as_str), Some(value), "{what}: {name}");
        }
        let policy = &answer.headers["content-security-policy"];
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{what}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !answer.body.contains(" onclick="), "{what}");
    }
    for (what, answer) in [
        ("the account", ada.get("/account").await),
        ("a visit", ada.try_account_visit(&json!({ "action": "add_totp" })).await),
        ("no visit", server.browser().try_account_visit(&json!({ "action": "add_totp" })).await),
        ("an ending", ada.post("/account/recoveries/cancel", &json!({})).await),
        ("a recovery", ada.get("/recovery").await),
        ("a letter's link", ada.get(&format!("/cancel/{token}")).await),
    ] {
        assert_eq!(
            answer.headers.get("cache-control").map(String::as_str),
            Some("no-store"),
            "{what}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn atk_op_10_no_secret_of_an_account_stands_in_the_logs_or_the_audit_trail() {
    let logs = logs();
    let cooling_off = Some(CoolingOff { wait: Seconds(24 * 3600), to: acr("phr") });
    let enrolment = EnrolmentPolicy { cooling_off, ..EnrolmentPolicy::default() };
    let server = TestServer::start_with(Setup { enrolment, ..Setup::default() }).await;
    let mut secrets = Secrets::default();
    let (user, mut ada) = server.signed_in("ada").await;
    let kept = |secrets: &mut Secrets, letters: Vec<riser_store::OutgoingLetter>| {
        for letter in letters {
            if let Some(link) = &letter.link {
                secrets.add("a letter's link", &link.0);
            }
            assert!(!format!("{letter:?}").contains(letter.link.as_ref().map_or("no link", |link| &link.0)));
        }
    };
    // An app, wrong and right.
    let link = server.enrolment_link(&user, "aal2").await;
    secrets.add("a link", link.rsplit('/').next().unwrap());
    let visit = ada.get(&link).await.location().to_owned();
    let offered = ada.post(&format!("{visit}/enrol/totp/options"), &json!({})).await.json();
    let secret: String = offered["secret"].as_str().unwrap().split_whitespace().collect();
    secrets.add("an app's secret", &secret);
    secrets.add("an app's secret as shown", offered["secret"].as_str().unwrap());
    secrets.add("an app's uri", offered["uri"].as_str().unwrap());
    page(&mut ada, &visit).await;
    let app = App::reading(&offered);
    ada.post(&format!("{visit}/enrol/totp"), &json!({ "code": "000000" })).await;
    ada.post(&format!("{visit}/enrol/totp"), &json!({ "code": app.code(&server.clock) })).await;
    let confirm = async |ada: &mut Browser, visit: &str| {
        server.clock.advance(30);
        ada.confirm_by_password(visit).await;
        ada.post(&format!("{visit}/totp"), &json!({ "code": app.code(&server.clock) })).await;
    };
    // Recovery codes, a passkey that waits, a new password.
    let visit = ada.account_visit(&json!({ "action": "new_recovery_codes" })).await;
    confirm(&mut ada, &visit).await;
    let made = ada.post(&format!("{visit}/enrol/recovery-codes"), &json!({})).await.json();
    let codes: Vec<String> =
        made["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    for code in &codes {
        secrets.add("a recovery code", code);
        secrets.add("a recovery code", &code.replace('-', ""));
    }
    let visit = ada.account_visit(&json!({ "action": "add_passkey" })).await;
    confirm(&mut ada, &visit).await;
    ada.register(&visit, &mut SoftAuthenticator::synced(KeyKind::Es256)).await;
    kept(&mut secrets, server.letters().await);
    let (short, new) = ("my password", "a violet window over the harbour");
    secrets.add("a refused password", short);
    secrets.add("a new password", new);
    let visit = ada.account_visit(&json!({ "action": "set_password" })).await;
    confirm(&mut ada, &visit).await;
    for password in [short, new] {
        ada.post(&format!("{visit}/enrol/password"), &json!({ "password": password })).await;
    }
    // A recovery, wrong and right, and its letter.
    let mut browser = server.browser();
    let visit = browser.get("/recovery").await.location().to_owned();
    browser.sign_in(&visit, "ada", new).await;
    let wrong = "ZZZZ-ZZZZ-ZZZZ-ZZZZ";
    secrets.add("a wrong recovery code", wrong);
    for code in [wrong, "not a code at all", codes[0].as_str()] {
        browser.post(&format!("{visit}/recovery-code"), &json!({ "code": code })).await;
    }
    let state = browser.get(&visit).await.json();
    let lost =
        state["recovery"]["replaceable"][0]["id"].as_str().unwrap_or_else(|| panic!("{state}")).to_owned();
    let begun = browser.post(&format!("{visit}/recovery"), &json!({ "lost": lost })).await.json();
    let next = begun["next"].as_str().unwrap().to_owned();
    secrets.add("a recovery's link", next.rsplit('/').next().unwrap());
    browser.get(&next).await;
    let letters = server.letters().await;
    let token = letters.iter().find_map(|letter| letter.link.clone()).unwrap().0;
    kept(&mut secrets, letters);
    for accept in ["text/html", "application/json"] {
        browser.send(Method::GET, &format!("/cancel/{token}"), &[("accept", accept)], None).await;
    }
    for _ in 0..2 {
        browser.send(Method::POST, &format!("/cancel/{token}"), &[("accept", "text/html")], None).await;
    }
    // Where they do not belong.
    for path in [
        format!("/cancel/{}", codes[1]),
        format!("/grant/{token}"),
        format!("/account?news={}", codes[1]),
        format!("/recovery?x={}", codes[1]),
    ] {
        for accept in ["text/html", "application/json"] {
            let answer = browser.send(Method::GET, &path, &[("accept", accept)], None).await;
            secrets.are_not_in("an answer", &answer.body);
        }
    }
    secrets.add("a session", ada.session().unwrap());
    secrets.add("the browser cookie", &browser.cookies["riser_browser"]);
    for (what, log) in [("the JSON log", logs.json.text()), ("the log", logs.lines.text())] {
        assert!(log.contains("A person was shown an error page"), "{what} was not captured");
        secrets.are_not_in(what, &log);
    }
    let audit = server.app.store.audit(0, 10_000).await.unwrap();
    assert!(audit.len() > 15, "{}", audit.len());
    secrets.are_not_in("the audit trail", &format!("{audit:?}"));
}

#[tokio::test]
async fn atk_wb_01_no_page_of_another_site_answers_whether_somebody_signs_out() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let asked = page(&mut ada, "/logout").await;
    let csrf = csrf_of(&asked.body);
    // Another person's browser has another value.
    let (_, mut grace) = server.signed_in("grace").await;
    let of_grace = csrf_of(&page(&mut grace, "/logout").await.body);
    let own = [("origin", server.issuer.as_str())];
    for (headers, presented) in [
        (&[("origin", "https://evil.example")][..], Some(csrf.as_str())),
        (&[("origin", "null")], Some(&csrf)),
        (&[("sec-fetch-site", "cross-site")], Some(&csrf)),
        (&[("sec-fetch-site", "same-site")], Some(&csrf)),
        (&own, None),
        (&own, Some("")),
        (&own, Some("x")),
        (&own, Some(&of_grace)),
    ] {
        let form: Vec<(&str, &str)> = presented.map(|value| ("csrf", value)).into_iter().collect();
        let refused = ada.form("/logout/confirm", headers, &form).await;
        assert_eq!((refused.status, refused.problem().as_str()), (403, "cross_site"), "{headers:?} {form:?}");
    }
    assert_ne!(ada.held().await, Value::Null);
    assert_eq!(ada.form("/logout/confirm", &own, &[("csrf", &csrf)]).await.status, 303);
    assert_eq!(ada.held().await, Value::Null);
}
