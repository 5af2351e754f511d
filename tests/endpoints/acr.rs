//! `acr`: asked for, answered truthfully, never echoed. OIDC Core §5.5, RFC 9470 §5.

use riser_testkit::flow::{claims, text};
use riser_testkit::server::TestServer;
use serde_json::{Value, json};

fn access(tokens: &Value) -> Value {
    claims(text(tokens, "access_token"))
}

fn id(tokens: &Value) -> Value {
    claims(text(tokens, "id_token"))
}

#[tokio::test]
async fn std_oc_01_an_acr_that_nobody_knows_is_no_error_and_is_not_echoed() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for unknown in ["urn:nobody:knows", "0", "1 2 3", "PHR", "phr2"] {
        let tokens = ada.tokens("app", &[("acr_values", unknown)]).await;
        assert_eq!(id(&tokens)["acr"], "aal1", "{unknown}");
        assert_eq!(access(&tokens)["acr"], "aal1", "{unknown}");
    }
}

#[tokio::test]
async fn std_oc_02_the_first_value_in_the_callers_order_that_is_met_is_returned() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    assert_eq!(id(&ada.tokens("app", &[("acr_values", "phr aal1")]).await)["acr"], "aal1");
    let raised = ada.step_up("app", &[("acr_values", "phr")], &key).await;
    assert_eq!(id(&raised)["acr"], "phr");
    for (asked, met) in [("aal2 phr", "aal2"), ("phr aal2", "phr"), ("phrh aal1 phr", "aal1")] {
        assert_eq!(id(&ada.tokens("app", &[("acr_values", asked)]).await)["acr"], met, "{asked}");
    }
}

#[tokio::test]
async fn std_oc_03_a_voluntary_client_gets_the_level_that_is_true() {
    let server = TestServer::start().await;
    let (_, mut grace) = server.signed_in("grace").await;
    let tokens = grace.tokens("voluntary", &[("acr_values", "phr")]).await;
    assert_eq!(id(&tokens)["acr"], "aal1");
    assert_eq!(access(&tokens)["acr_satisfied"], json!(["aal1"]));
}

#[tokio::test]
async fn std_oc_04_an_essential_acr_claim_is_met_by_one_of_its_values() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let essential = json!({ "id_token": { "acr": { "essential": true, "values": ["phrh", "phr"] } } });
    let visit = ada.visit("app", &[("claims", &essential.to_string())]).await;
    let done = ada.passkey(&visit, &key).await;
    let tokens = ada.redeem("app", &done.param("code").unwrap()).await.json();
    assert_eq!(id(&tokens)["acr"], "phr");
}

#[tokio::test]
async fn std_oc_05_an_essential_acr_that_cannot_be_met_is_a_failed_authentication() {
    let server = TestServer::start().await;
    let (_, mut grace) = server.signed_in("grace").await;
    for values in [json!(["phr"]), json!(["urn:nobody:knows"]), json!(["PHR"]), json!(["phrh"])] {
        let asked = json!({ "id_token": { "acr": { "essential": true, "values": values } } }).to_string();
        let silent = grace.authorize("app", &[("claims", &asked), ("prompt", "none")]).await;
        let error = silent.param("error");
        assert_eq!(error.as_deref(), Some("unmet_authentication_requirements"), "{values}: {silent:?}");
        assert_eq!(silent.param("state").as_deref(), Some("the-state"));
        assert_eq!(silent.param("iss").as_deref(), Some(server.issuer.as_str()));
        assert_eq!(silent.param("code"), None);

        let visit = grace.visit("app", &[("claims", &asked)]).await;
        let state = grace.get(&visit).await;
        assert_eq!(state.json()["status"], "failed");
        assert_eq!(state.param("error").as_deref(), Some("unmet_authentication_requirements"));
        assert_eq!(state.param("code"), None);
    }
}

#[tokio::test]
async fn std_oc_06_an_essential_acr_without_values_is_met_by_any() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for claim in [json!({ "essential": true }), Value::Null, json!({})] {
        let asked = json!({ "id_token": { "acr": claim } }).to_string();
        assert_eq!(id(&ada.tokens("app", &[("claims", &asked)]).await)["acr"], "aal1");
    }
}

#[tokio::test]
async fn std_oc_07_an_acr_asked_of_userinfo_enforces_nothing() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    let asked = json!({ "userinfo": { "acr": { "essential": true, "value": "phr" } } }).to_string();
    assert_eq!(id(&ada.tokens("app", &[("claims", &asked)]).await)["acr"], "aal1");
}

#[tokio::test]
async fn std_oc_08_the_claim_wins_and_acr_values_only_break_ties_inside_it() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    ada.step_up("app", &[("acr_values", "phr")], &key).await;
    let asked =
        json!({ "id_token": { "acr": { "essential": true, "values": ["phr", "aal2"] } } }).to_string();
    for (acr_values, met) in [("aal1", "phr"), ("aal2 phr", "aal2"), ("aal1 aal2", "aal2"), ("phr", "phr")] {
        let both = [("claims", asked.as_str()), ("acr_values", acr_values)];
        assert_eq!(id(&ada.tokens("app", &both).await)["acr"], met, "{acr_values}");
    }
}

#[tokio::test]
async fn std_oc_09_unknown_members_of_claims_are_ignored_and_malformed_ones_refused() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let unknown = json!({
        "id_token": { "acr": { "surprise": 1 }, "shoe_size": null, "x": { "essential": true, "y": [] } },
        "userinfo": { "z": { "value": 7 } },
        "verified_claims": [1, 2],
    });
    assert_eq!(id(&ada.tokens("app", &[("claims", &unknown.to_string())]).await)["acr"], "aal1");
    for malformed in [
        "{",
        "[]",
        "7",
        "\"x\"",
        "null",
        "{\"id_token\":7}",
        "{\"id_token\":[]}",
        "{\"id_token\":{\"acr\":\"phr\"}}",
        "{\"id_token\":{\"name\":true}}",
        "{\"userinfo\":{\"acr\":1}}",
        "{\"id_token\":{\"acr\":{\"values\":\"phr\"}}}",
        "{\"id_token\":{\"acr\":{\"values\":[]}}}",
        "{\"id_token\":{\"acr\":{\"values\":[1]}}}",
        "{\"id_token\":{\"acr\":{\"value\":null}}}",
        "{\"id_token\":{\"acr\":{\"value\":\"phr\",\"values\":[\"phr\"]}}}",
        "{\"id_token\":{\"acr\":{\"essential\":\"true\",\"value\":\"phr\"}}}",
        "{\"id_token\":{\"sub\":{\"value\":7}}}",
        "{\"id_token\":{\"acr\":null},\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"phr\"}}}",
    ] {
        let refused = ada.authorize("app", &[("claims", malformed)]).await;
        assert_eq!(refused.param("error").as_deref(), Some("invalid_request"), "{malformed}: {refused:?}");
        assert_eq!(refused.param("state").as_deref(), Some("the-state"), "{malformed}");
    }
}

#[tokio::test]
async fn std_oc_11_a_clients_floor_is_not_lowered_by_acr_values() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    for lower in ["", "aal1", "aal1 aal2", "urn:nobody:knows"] {
        let asked = [("acr_values", lower), ("prompt", "none")];
        let silent = ada.authorize("floored", &asked).await;
        assert_eq!(silent.param("error").as_deref(), Some("interaction_required"), "{lower}: {silent:?}");
    }
    let claim = json!({ "id_token": { "acr": { "essential": true, "value": "aal1" } } }).to_string();
    let silent = ada.authorize("floored", &[("claims", &claim), ("prompt", "none")]).await;
    assert_eq!(silent.param("error").as_deref(), Some("interaction_required"));
    let tokens = ada.step_up("floored", &[("acr_values", "aal1")], &key).await;
    assert_eq!(access(&tokens)["acr"], "aal1", "the asked spelling");
    assert_eq!(access(&tokens)["acr_satisfied"], json!(["phr", "aal2", "aal1"]), "and all that is true");
}

#[tokio::test]
async fn std_oc_13_unmet_and_silent_says_whether_a_prompt_would_help() {
    let server = TestServer::start().await;
    let mut nobody = server.browser();
    let (_, mut grace) = server.signed_in("grace").await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    for (browser, expected) in [
        (&mut nobody, "login_required"),
        (&mut grace, "unmet_authentication_requirements"),
        (&mut ada, "interaction_required"),
    ] {
        let silent = browser.authorize("app", &[("acr_values", "phr"), ("prompt", "none")]).await;
        assert_eq!(silent.param("error").as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn std_su_06_su_07_acr_and_auth_time_stand_in_the_access_token() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    server.clock.advance(50);
    let tokens = ada.step_up("bank", &[("acr_values", "phr"), ("max_age", "300")], &key).await;
    let (access, id) = (access(&tokens), id(&tokens));
    assert_eq!(access["acr"], "phr");
    assert_eq!(access["auth_time"], 1_800_000_050);
    for name in ["acr", "amr", "auth_time", "sub", "sid", "iss"] {
        assert_eq!(access[name], id[name], "{name}");
    }
}

#[tokio::test]
async fn std_su_08_a_known_acr_is_necessary_even_when_it_stands_beside_unknown_ones() {
    let server = TestServer::start().await;
    let (_, mut ada, _) = server.with_passkey("ada").await;
    for asked in ["phr", "urn:x phr", "phr urn:x", "phrh phr"] {
        let silent = ada.authorize("app", &[("acr_values", asked), ("prompt", "none")]).await;
        assert_eq!(silent.param("error").as_deref(), Some("interaction_required"), "{asked}");
    }
}

#[tokio::test]
async fn std_su_10_levels_are_compared_by_meaning_and_never_by_spelling() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    ada.step_up("app", &[("acr_values", "phr")], &key).await;
    // A prefix, another case, a longer string: other names, of which nobody knows any.
    for other in ["ph", "phrr", "Phr", "aal", "aal3", "zzz"] {
        assert_eq!(id(&ada.tokens("app", &[("acr_values", other)]).await)["acr"], "phr", "{other}");
    }
    let higher = ada.authorize("app", &[("acr_values", "phrh"), ("prompt", "none")]).await;
    assert_eq!(higher.param("error").as_deref(), Some("unmet_authentication_requirements"));
}

#[tokio::test]
async fn std_su_11_the_older_weaker_token_stays_in_use_beside_the_new_one() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let low = ada.tokens("app", &[]).await;
    let high = ada.step_up("app", &[("acr_values", "phr")], &key).await;
    for tokens in [&low, &high] {
        assert_eq!(ada.userinfo(text(tokens, "access_token")).await.status, 200);
    }
    assert_eq!(access(&low)["sid"], access(&high)["sid"]);
}
