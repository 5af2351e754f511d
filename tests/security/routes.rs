//! Every token kind at every place that takes one: SU-10, SU-11, OA-04, OA-21.

use std::collections::BTreeMap;

use reqwest::Method;
use riser_testkit::browser::Browser;
use riser_testkit::flow::{VERIFIER, basic, csrf_of, payment, text};
use riser_testkit::server::{PASSWORD, Setup, TestServer};
use serde_json::{Value, json};

use crate::support::{access, creation_options, options};

/// One fresh value of every kind that the server ever gives out, all of one person and the client `bank`.
async fn values(server: &TestServer, name: &str) -> BTreeMap<&'static str, String> {
    let (user, mut ada, key) = server.with_passkey(name).await;
    let tokens = ada.tokens("bank", &[]).await;
    let bound = ada.step_up("bank", &[("authorization_details", &payment("1.00", "ACME"))], &key).await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let page = ada.send(Method::GET, &visit, &[("accept", "text/html")], None).await;
    let step_up = ada.visit("app", &[("acr_values", "phr"), ("max_age", "0")]).await;
    let link = server.enrolment_link(&user, "phr").await;
    let enrol = ada.get(&link).await.location().to_owned();
    let claims = access(&bound);
    let own = |value: &Value| value.as_str().unwrap().to_owned();
    BTreeMap::from([
        ("code", ada.code("bank", &[]).await),
        ("access", text(&tokens, "access_token").to_owned()),
        ("id", text(&tokens, "id_token").to_owned()),
        ("refresh", text(&tokens, "refresh_token").to_owned()),
        ("bound access", text(&bound, "access_token").to_owned()),
        ("txn", own(&claims["txn"])),
        ("jti", own(&claims["jti"])),
        ("sid", own(&claims["sid"])),
        ("grant id", own(&claims["grant_id"])),
        ("csrf", csrf_of(&page.body)),
        ("challenge", own(&options(&mut ada, &step_up).await["challenge"])),
        ("creation challenge", own(&creation_options(&mut ada, &enrol).await["challenge"])),
        ("link", link.rsplit('/').next().unwrap().to_owned()),
        ("visit", visit.rsplit('/').next().unwrap().to_owned()),
        ("browser cookie", ada.cookies["riser_browser"].clone()),
        ("session cookie", ada.session().unwrap().to_owned()),
        ("password", PASSWORD.to_owned()),
    ])
}

const PLACES: [&str; 9] = [
    "userinfo",
    "consume",
    "token code",
    "token refresh",
    "hint",
    "session cookie",
    "link",
    "account",
    "decision",
];

/// Whether a place takes a value.
async fn takes(server: &TestServer, place: &str, value: &str) -> bool {
    let mut stranger = server.browser();
    let auth = basic("bank");
    let client = [("authorization", auth.as_str())];
    let cookie = |browser: &mut Browser| {
        browser.cookies.insert("riser_session".to_owned(), value.to_owned());
    };
    match place {
        "userinfo" => stranger.userinfo(value).await.status == 200,
        "consume" => stranger.form("/elevation/consume", &client, &[("token", value)]).await.status == 200,
        "token code" => {
            let pairs = [("grant_type", "authorization_code"), ("code", value), ("code_verifier", VERIFIER)];
            stranger.token("bank", &pairs).await.status == 200
        }
        "token refresh" => stranger.refresh("bank", value).await.status == 200,
        "hint" => {
            let answer = stranger.authorize("bank", &[("id_token_hint", value), ("prompt", "none")]).await;
            answer.param("error").as_deref() == Some("login_required")
        }
        "session cookie" => {
            cookie(&mut stranger);
            stranger.held().await != Value::Null
        }
        "account" => {
            cookie(&mut stranger);
            stranger.get("/account").await.status == 200
        }
        "decision" => {
            let body = json!({
                "subject": { "type": "user", "id": "ada 8" }, "action": { "name": "look" },
                "resource": { "type": "T", "id": "1" }, "context": { "access_token": value },
            });
            let headers = [client[0], ("content-type", "application/json")];
            let path = "/access/v1/evaluation";
            let answer = stranger.send(Method::POST, path, &headers, Some(body.to_string())).await;
            answer.json()["decision"] == true
        }
        "link" => stranger.get(&format!("/grant/{value}")).await.status == 303,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn atk_su_10_oa_04_oa_21_every_kind_of_value_at_every_place_only_the_declared_pairs_pass() {
    let rules = r#"@id("look") permit(principal, action == Action::"look", resource)
        when { context.held.contains("aal1") };"#;
    let server = TestServer::start_with(Setup { rules: Some((rules, None)), ..Setup::default() }).await;
    let declared = [
        ("code", "token code"),
        ("refresh", "token refresh"),
        ("access", "userinfo"),
        ("bound access", "consume"),
        // A session is named by what was granted on it, whatever that is for.
        ("access", "decision"),
        ("bound access", "decision"),
        ("id", "hint"),
        ("session cookie", "session cookie"),
        ("session cookie", "account"),
        ("link", "link"),
    ];
    let kinds: Vec<&str> = values(&server, "ada").await.into_keys().collect();
    for (number, place) in PLACES.iter().enumerate() {
        // Fresh values for each place: none was spent, and no family revoked, by the place before.
        let fresh = values(&server, &format!("ada {number}")).await;
        for kind in &kinds {
            let passes = takes(&server, place, &fresh[kind]).await;
            assert_eq!(passes, declared.contains(&(*kind, *place)), "{kind} at {place}");
        }
    }
}

#[tokio::test]
async fn atk_su_10_half_a_sign_in_is_not_a_session_anywhere() {
    let server = TestServer::start().await;
    server.with_passkey("ada").await;
    let mut browser = server.browser();
    let visit = browser.visit("app", &[("acr_values", "phr")]).await;
    let half = browser.sign_in(&visit, "ada", PASSWORD).await;
    assert_eq!(half.json()["status"], "pending");
    assert_eq!(half.headers.get("set-cookie"), None);
    assert_eq!(browser.session(), None);
    assert_eq!(browser.get("/account").await.status, 401);
    assert_eq!(browser.held().await, Value::Null);
    let id = visit.rsplit('/').next().unwrap().to_owned();
    browser.cookies.insert("riser_session".to_owned(), id.clone());
    assert_eq!(browser.held().await, Value::Null);
    assert_eq!(browser.userinfo(&id).await.status, 401);
}

#[tokio::test]
async fn atk_su_11_one_factor_is_refused_wherever_two_are_asked() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    for client in ["app", "bank", "shop", "floored"] {
        for acr in ["aal2", "phr", "phrh"] {
            let silent = ada.authorize(client, &[("acr_values", acr), ("prompt", "none")]).await;
            assert_eq!(silent.param("code"), None, "{client} {acr}");
        }
    }
    // An empty allow-list of a visit, a state that says nothing of what others hold.
    let visit = ada.visit("floored", &[]).await;
    let low = ada.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
    assert_eq!(low.status, 422);
    assert_eq!(ada.get(&visit).await.json()["next"], Value::Null);
}
