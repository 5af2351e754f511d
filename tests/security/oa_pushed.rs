//! Requests that a client leaves with the provider: OA-09, OA-10, OA-27, SU-06, SU-07, and the rules of RFC 9126.

use riser_core::protocol::TokenEndpointAuthMethod;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::{authorize_pairs, basic, text};
use riser_testkit::server::{PASSWORD, SECRET, Setup, TestServer, client};
use serde_json::{Value, json};

use crate::support::access;

/// Leaves the usual request of a client with the provider, with what a test adds or replaces.
async fn leave(
    server: &TestServer,
    headers: &[(&str, &str)],
    client: &str,
    changes: &[(&str, &str)],
) -> Answer {
    let pairs = authorize_pairs(client, changes);
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    server.browser().form("/par", headers, &pairs).await
}

async fn push(server: &TestServer, changes: &[(&str, &str)]) -> Answer {
    let auth = basic("bank");
    leave(server, &[("authorization", &auth)], "bank", changes).await
}

async fn pushed(server: &TestServer, changes: &[(&str, &str)]) -> String {
    let answer = push(server, changes).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    text(&answer.json(), "request_uri").to_owned()
}

async fn come(browser: &mut Browser, client: &str, request_uri: &str, more: &[(&str, &str)]) -> Answer {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", client).append_pair("request_uri", request_uri);
    for (name, value) in more {
        query.append_pair(name, value);
    }
    browser.get(&format!("/authorize?{}", query.finish())).await
}

#[tokio::test]
async fn std_pa_04_a_pushed_request_has_a_name_that_buys_one_code() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let answer = push(&server, &[]).await;
    assert_eq!((answer.status, answer.headers["cache-control"].as_str()), (201, "no-store"));
    let body = answer.json();
    let uri = text(&body, "request_uri");
    assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:") && uri.len() >= 34 + 43, "{uri}");
    assert!((5..600).contains(&body["expires_in"].as_i64().unwrap()), "FAPI 2.0 §5.3.2.2 item 12");
    let code = come(&mut ada, "bank", uri, &[]).await;
    assert_eq!(
        (code.param("state").as_deref(), code.param("iss").as_deref()),
        (Some("the-state"), Some(server.issuer.as_str()))
    );
    assert_eq!(ada.redeem("bank", &code.param("code").unwrap()).await.status, 200);
}

#[tokio::test]
async fn atk_oa_09_a_request_uri_is_of_one_client_one_code_and_ninety_seconds() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let refused = async |browser: &mut Browser, client: &str, uri: &str, what: &str| {
        let answer = come(browser, client, uri, &[]).await;
        assert_eq!((answer.status, answer.headers.get("location")), (400, None), "{what}: {answer:?}");
    };
    let uri = pushed(&server, &[]).await;
    for client in ["shop", "app", "nobody"] {
        refused(&mut ada, client, &uri, client).await;
    }
    // None of them used it up.
    assert!(come(&mut ada, "bank", &uri, &[]).await.param("code").is_some());
    refused(&mut ada, "bank", &uri, "used").await;
    refused(&mut server.browser(), "bank", &uri, "used, elsewhere").await;
    let late = pushed(&server, &[]).await;
    server.clock.advance(90);
    refused(&mut ada, "bank", &late, "late").await;
    let mut guess = pushed(&server, &[]).await;
    guess.pop();
    refused(&mut ada, "bank", &guess, "a guess").await;
    refused(&mut ada, "bank", "urn:ietf:params:oauth:request_uri:", "empty").await;
}

#[tokio::test]
async fn std_pa_05_a_page_may_be_loaded_again_but_one_visit_gets_the_code() {
    let server = TestServer::start().await;
    server.add_user("ada").await;
    let uri = pushed(&server, &[]).await;
    let (mut one, mut two) = (server.browser(), server.browser());
    let first = come(&mut one, "bank", &uri, &[]).await.location().to_owned();
    let again = come(&mut one, "bank", &uri, &[]).await.location().to_owned();
    let elsewhere = come(&mut two, "bank", &uri, &[]).await.location().to_owned();
    assert_ne!(first, again);
    // The visit goes on after the name is too old to begin one.
    server.clock.advance(300);
    let done = one.sign_in(&first, "ada", PASSWORD).await;
    assert!(done.param("code").is_some(), "{done:?}");
    // The others come too late, the session or not.
    for (browser, visit) in [(&mut one, &again), (&mut two, &elsewhere)] {
        let late = browser.sign_in(visit, "ada", PASSWORD).await;
        assert_eq!(late.status, 409, "{late:?}");
        assert_eq!(browser.get(visit).await.json()["next"], Value::Null);
    }
}

#[tokio::test]
async fn atk_oa_27_atk_su_06_nothing_in_the_address_changes_a_pushed_request() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let uri = pushed(&server, &[("acr_values", "phr"), ("max_age", "300")]).await;
    let changes = [
        ("acr_values", "aal1"),
        ("max_age", "999999"),
        ("claims", "{}"),
        ("prompt", "none"),
        ("redirect_uri", "https://evil.example/"),
        ("state", "other"),
        ("response_mode", "fragment"),
        ("scope", "openid"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cX"),
    ];
    let visit = come(&mut ada, "bank", &uri, &changes).await.location().to_owned();
    assert!(visit.contains("/interaction/"), "a step-up is asked for, whatever the address says: {visit}");
    assert_eq!(ada.get(&visit).await.json()["required"], json!({ "acr_values": ["phr"], "max_age": 300 }));
    let done = ada.passkey(&visit, &key).await;
    assert_eq!(done.param("state").as_deref(), Some("the-state"));
    let tokens = ada.redeem("bank", &done.param("code").unwrap()).await.json();
    assert_eq!(access(&tokens)["acr"], "phr");
    // Named twice, it means nothing.
    let uri = pushed(&server, &[]).await;
    let twice = come(&mut ada, "bank", &uri, &[("request_uri", &uri)]).await;
    assert_eq!((twice.status, twice.headers.get("location")), (400, None));
}

#[tokio::test]
async fn atk_su_07_a_low_request_in_the_place_of_a_high_one_releases_nothing_high() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let high = pushed(&server, &[("acr_values", "phr"), ("state", "high")]).await;
    let low = pushed(&server, &[("state", "low")]).await;
    // The attacker swaps the names in the address.
    let answer = come(&mut ada, "bank", &low, &[]).await;
    assert_eq!(answer.param("state").as_deref(), Some("low"), "the client sees whose answer it is");
    let tokens = ada.redeem("bank", &answer.param("code").unwrap()).await.json();
    assert_eq!(access(&tokens)["acr_satisfied"], json!(["aal1"]), "and the token says what was done");
    assert!(come(&mut ada, "bank", &high, &[]).await.location().contains("/interaction/"));
}

#[tokio::test]
async fn std_pa_07_a_client_that_pushes_is_not_believed_by_its_address() {
    let mut pusher = client("pusher", TokenEndpointAuthMethod::ClientSecretPost);
    pusher.client.require_pushed = true;
    let server = TestServer::start_with(Setup { clients: vec![pusher], ..Setup::default() }).await;
    let (_, mut ada) = server.signed_in("ada").await;
    for changes in [&[][..], &[("prompt", "none")], &[("acr_values", "aal1")]] {
        let bare = ada.authorize("pusher", changes).await;
        assert_eq!(bare.param("error").as_deref(), Some("invalid_request"), "{changes:?}");
        assert_eq!(bare.param("state").as_deref(), Some("the-state"));
    }
    let answer = leave(&server, &[], "pusher", &[("client_secret", SECRET)]).await;
    let uri = text(&answer.json(), "request_uri").to_owned();
    assert!(come(&mut ada, "pusher", &uri, &[]).await.param("code").is_some());
}

#[tokio::test]
async fn atk_oa_10_std_pa_03_what_the_authorization_endpoint_would_refuse_is_refused_when_it_is_pushed() {
    let server = TestServer::start().await;
    for (change, error) in [
        (("request_uri", "urn:ietf:params:oauth:request_uri:x"), "invalid_request"),
        (("request_uri", "https://bank.example/request"), "invalid_request"),
        (("request", "a.b.c"), "request_not_supported"),
        (("redirect_uri", "https://evil.example/"), "invalid_request"),
        (("redirect_uri", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge", ""), "invalid_request"),
        (("max_age", "-1"), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
        (("resource", "https://evil.example"), "invalid_target"),
        (("authorization_details", "[{\"type\":\"x\"}]"), "invalid_authorization_details"),
        (("response_mode", "fragment"), "invalid_request"),
    ] {
        let refused = push(&server, &[change]).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!(error)), "{change:?}");
    }
    for (headers, changes) in [
        (vec![], vec![]),
        (vec![], vec![("client_secret", SECRET)]),
        (vec![("authorization", basic("shop"))], vec![]),
    ] {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = leave(&server, &headers, "bank", &changes).await;
        assert!(matches!(refused.status, 400 | 401), "std_pa_01: {refused:?}");
    }
    let get = server.browser().get("/par").await;
    assert_eq!((get.status, get.headers["allow"].as_str()), (405, "POST"), "std_pa_06");
}
