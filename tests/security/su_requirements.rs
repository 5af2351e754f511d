//! What a request requires can rise and never fall: SU-06 to SU-09, SU-35, SU-36, and WB-02 on the way.

use riser_testkit::flow::payment;
use riser_testkit::server::{PASSWORD, TestServer};
use serde_json::{Value, json};

use crate::support::{access, refusal};

#[tokio::test]
async fn atk_su_06_no_edit_of_the_address_yields_more_than_was_done() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    server.clock.advance(120);
    let mut codes = 0;
    let essential = r#"{"id_token":{"acr":{"essential":true,"value":"phr"}}}"#;
    let voluntary = r#"{"id_token":{"acr":{"essential":false,"value":"phr"}}}"#;
    for edited in [
        [("acr_values", ""), ("max_age", "")],
        [("acr_values", "aal1"), ("max_age", "100000")],
        [("acr_values", "aal1 phr"), ("prompt", "none")],
        [("acr_values", "urn:x"), ("prompt", "none")],
        [("claims", voluntary), ("acr_values", "aal1")],
        [("claims", essential), ("prompt", "none")],
        [("acr_values", "phr"), ("prompt", "none")],
        [("max_age", "60"), ("prompt", "none")],
        [("acr_values", "phr aal1"), ("max_age", "")],
        [("scope", "openid profile admin"), ("prompt", "none")],
    ] {
        let answer = ada.authorize("app", &edited).await;
        let Some(code) = answer.param("code") else { continue };
        codes += 1;
        let access = access(&ada.redeem("app", &code).await.json());
        // All that was ever done: one password, two minutes ago.
        assert_eq!((&access["acr"], &access["amr"]), (&json!("aal1"), &json!(["pwd"])), "{edited:?}");
        assert_eq!(access["acr_satisfied"], json!(["aal1"]), "{edited:?}");
        assert_eq!(access["auth_time"], 1_800_000_000, "{edited:?}");
        assert_eq!(access["scope"], "openid profile", "{edited:?}");
    }
    assert!(codes >= 6, "only {codes} of the edits were answered with a code to look at");
}

#[tokio::test]
async fn atk_su_06_what_a_visit_requires_is_not_in_its_address() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr"), ("max_age", "300")]).await;
    for edited in ["?acr_values=aal1", "?max_age=99999", "?status=done", "?prompt=none", "?options=password"]
    {
        let state = ada.get(&format!("{visit}{edited}")).await.json();
        assert_eq!(state["required"], json!({ "acr_values": ["phr"], "max_age": 300 }), "{edited}");
        assert_eq!(state["options"], json!([["passkey"]]), "{edited}");
        let body = json!({ "password": PASSWORD });
        let low = ada.post(&format!("{visit}/password{edited}"), &body).await;
        assert_eq!(refusal(&low), (422, "credential_not_usable".to_owned()), "{edited}");
    }
}

#[tokio::test]
async fn atk_su_07_a_request_uri_is_refused_whatever_stands_beside_it() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for uri in ["https://app.example/r.jwt", "file:///etc/passwd", "http://169.254.169.254/"] {
        for prompt in ["", "none"] {
            let refused = ada.authorize("app", &[("request_uri", uri), ("prompt", prompt)]).await;
            assert_eq!(refused.param("error").as_deref(), Some("request_uri_not_supported"), "{uri}");
        }
    }
    // A name that we never gave: nothing of the request beside it counts, so that there is nowhere to go.
    let unknown = ada.authorize("app", &[("request_uri", "urn:ietf:params:oauth:request_uri:x")]).await;
    assert_eq!((unknown.status, unknown.headers.get("location")), (400, None));
}

/// Every way to move about in a visit that does not prove anything; the requirement is the same after each.
#[tokio::test]
async fn atk_su_08_restart_back_and_stale_posts_never_shed_the_requirement() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr"), ("max_age", "60")]).await;
    let fixed = ada.get(&visit).await.json()["required"].clone();
    // A walk over all the transitions, the same in every run.
    let mut random: u64 = 0x5eed;
    for step in 0..120 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (path, body): (&str, Value) = match (random >> 33) % 10 {
            0 => ("identifier", json!({ "username": "ada" })),
            1 => ("password", json!({ "password": PASSWORD })),
            2 => ("consent", json!({ "approve": true })),
            3 => ("passkey/options", json!({})),
            4 => ("passkey", json!({})),
            5 => ("enrol/passkey/options", json!({})),
            6 => ("enrol/passkey", json!({})),
            7 => ("restart", json!({})),
            8 => ("", json!({})),
            _ => ("totp", json!({ "code": "000000" })),
        };
        let answer = ada.post(&format!("{visit}/{path}"), &body).await;
        assert!(path == "passkey/options" || answer.status >= 400, "{step} {path}: {answer:?}");
        let state = ada.get(&visit).await.json();
        assert_eq!(state["required"], fixed, "{step} {path}");
        assert_eq!(state["status"], "pending", "{step} {path}");
    }
    assert_eq!(ada.held().await["acr"], "aal1");
    let tokens = ada.passkey(&visit, &key).await;
    assert!(tokens.param("code").is_some());
}

#[tokio::test]
async fn atk_su_08_going_back_to_authorize_with_less_does_not_change_the_first_visit() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    assert!(ada.authorize("app", &[("acr_values", "aal1")]).await.param("code").is_some());
    let lower = ada.visit("app", &[("prompt", "login")]).await;
    let done = ada.post(&format!("{lower}/password"), &json!({ "password": PASSWORD })).await;
    assert_eq!(done.json()["status"], "done");
    let state = ada.get(&visit).await.json();
    assert_eq!((&state["status"], &state["options"]), (&json!("pending"), &json!([["passkey"]])));
}

#[tokio::test]
async fn atk_su_09_proofs_of_one_tab_never_serve_another() {
    let server = TestServer::start().await;
    let (_, _, key) = server.with_passkey("ada").await;
    // Four tabs of a browser where nobody is signed in; each asks for both factors.
    let mut browser = server.browser();
    let mut tabs = Vec::new();
    for _ in 0..4 {
        tabs.push(browser.visit("app", &[("acr_values", "phr")]).await);
    }
    for tab in &tabs {
        // The password alone, in every tab, lets nobody in anywhere.
        let half = browser.sign_in(tab, "ada", PASSWORD).await.json();
        assert_eq!((&half["status"], &half["next"]), (&json!("pending"), &Value::Null));
        assert_eq!(browser.held().await, Value::Null);
    }
    let (first, rest) = tabs.split_first().unwrap();
    let done = browser.passkey(first, &key).await;
    assert!(done.param("code").is_some(), "{done:?}");
    for tab in rest {
        let state = browser.get(tab).await;
        let pending = state.status == 410 || state.json()["status"] == "pending";
        assert!(pending, "{state:?}");
    }
}

#[tokio::test]
async fn atk_su_09_interleaved_step_ups_each_need_their_own_proof() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let details = payment("3.00", "ACME");
    let login = ada.visit("app", &[("prompt", "login"), ("acr_values", "phr")]).await;
    let paid = ada.visit("bank", &[("authorization_details", &details)]).await;
    let raised = ada.visit("app", &[("acr_values", "phr")]).await;
    let for_login = ada.assertion(&login, &key).await;
    let for_paid = ada.assertion(&paid, &key).await;
    for (visit, other) in
        [(&paid, &for_login), (&login, &for_paid), (&raised, &for_login), (&raised, &for_paid)]
    {
        let crossed = ada.post(&format!("{visit}/passkey"), other).await;
        assert_eq!(refusal(&crossed), (409, "challenge_spent".to_owned()));
    }
    assert!(ada.post(&format!("{login}/passkey"), &for_login).await.param("code").is_some());
    // The session is phr now; the payment still waits for its own.
    assert_eq!(ada.get(&paid).await.json()["status"], "pending");
    assert!(ada.post(&format!("{paid}/passkey"), &for_paid).await.param("code").is_some());
}

#[tokio::test]
async fn atk_su_35_each_loop_ends_after_one_prompt_or_at_once() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for asked in [("max_age", "0"), ("prompt", "login"), ("max_age", "1")] {
        server.clock.advance(10);
        let visit = ada.visit("app", &[asked]).await;
        let done = ada.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
        assert!(done.param("code").is_some(), "{asked:?}: {done:?}");
    }
    for _ in 0..3 {
        let unmeetable = ada.authorize("app", &[("acr_values", "phrh"), ("prompt", "none")]).await;
        assert_eq!(unmeetable.param("error").as_deref(), Some("unmet_authentication_requirements"));
        let visit = ada.visit("app", &[("acr_values", "phrh"), ("max_age", "0")]).await;
        let state = ada.get(&visit).await;
        assert_eq!((&state.json()["status"], &state.json()["options"]), (&json!("failed"), &json!([])));
        assert_eq!(state.param("error").as_deref(), Some("unmet_authentication_requirements"));
    }
}

#[tokio::test]
async fn atk_su_36_a_malformed_freshness_is_refused_and_never_treated_as_absent() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let path = riser_testkit::flow::authorize_path("app", &[]);
    for query in [
        "max_age=-1",
        "max_age=%2B1",
        "max_age=1e9",
        "max_age=1.5",
        "max_age=0x0",
        "max_age=%20",
        "max_age=NaN",
        "max_age=18446744073709551616",
        "max_age=4294967296",
        "max_age=99999999999999999999999999999999999",
        "max_age=%00",
        "max_age=%D9%A3",
        "max_age=1,2",
        "max_age=[1]",
        "max_age[]=1",
        "max_age[0]=1",
        "max_age%5B%5D=1",
        "max_age=1&max_age=1",
        "max_age=1&max_age=2",
        "max_age=&max_age=1",
        "max_age=null",
        "max_age=-0",
        "max_age=1%00",
        "max_age=1%0A",
    ] {
        let refused = ada.get(&format!("{path}&{query}")).await;
        assert_eq!(refused.param("error").as_deref(), Some("invalid_request"), "{query}: {refused:?}");
        assert_eq!(refused.param("code"), None, "{query}");
    }
}

#[tokio::test]
async fn atk_wb_02_a_planted_session_cookie_never_becomes_somebodys_session() {
    let server = TestServer::start().await;
    server.add_user("ada").await;
    let mut browser = server.browser();
    browser.cookies.insert("riser_session".to_owned(), "known-to-mallory".to_owned());
    server.sign_in(&mut browser, "ada").await;
    let after = browser.session().unwrap().to_owned();
    assert_ne!(after, "known-to-mallory");
    assert!(after.len() >= 43, "256 bits");
    let mut mallory = server.browser();
    mallory.cookies.insert("riser_session".to_owned(), "known-to-mallory".to_owned());
    assert_eq!(mallory.held().await, Value::Null);
    // Signing in anew gives a new one too, and the one before it is dead.
    let visit = browser.visit("app", &[("prompt", "login")]).await;
    let mut old = browser.clone();
    browser.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
    assert_ne!(browser.session(), Some(after.as_str()));
    assert_eq!(old.held().await, Value::Null);
    // Another person's sign-in at this browser ends the session that was there.
    let mut former = browser.clone();
    server.add_user("grace").await;
    let visit = browser.visit("app", &[("prompt", "select_account")]).await;
    browser.sign_in(&visit, "grace", PASSWORD).await;
    assert_eq!(former.held().await, Value::Null);
}
