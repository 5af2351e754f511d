//! `max_age`, `auth_time` and `prompt`: OIDC Core §3.1.2.1.

use riser_core::Seconds;
use riser_core::protocol::TokenEndpointAuthMethod;
use riser_testkit::flow::{claims, text};
use riser_testkit::server::{PASSWORD, Setup, TestServer, client};
use serde_json::{Value, json};

const START: i64 = 1_800_000_000;

fn id(tokens: &Value) -> Value {
    claims(text(tokens, "id_token"))
}

#[tokio::test]
async fn std_oc_14_too_old_an_authentication_is_made_anew_and_a_young_one_is_not() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    // Silent answers need a margin of min(30 s, max_age / 2).
    for (age, silent) in [(0, true), (70, true), (71, false), (101, false)] {
        server.clock.advance(START + age - server.app.clock.now().0);
        let answer = ada.authorize("app", &[("max_age", "100")]).await;
        assert_eq!(answer.param("code").is_some(), silent, "{age} s old: {answer:?}");
    }
    let visit = ada.visit("app", &[("max_age", "100")]).await;
    let done = ada.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
    let tokens = ada.redeem("app", &done.param("code").unwrap()).await.json();
    assert_eq!(id(&tokens)["auth_time"], START + 101);
}

#[tokio::test]
async fn std_oc_15_auth_time_stands_in_the_id_token_whether_or_not_max_age_was_used() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let essential = json!({ "id_token": { "auth_time": { "essential": true } } }).to_string();
    for asked in [("max_age", "1000"), ("claims", essential.as_str()), ("prompt", "none")] {
        assert_eq!(id(&ada.tokens("app", &[asked]).await)["auth_time"], START, "{asked:?}");
    }
}

#[tokio::test]
async fn std_oc_16_max_age_zero_and_prompt_login_are_the_same() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for (times, asked) in (1..).zip([("max_age", "0"), ("prompt", "login")]) {
        server.clock.advance(40);
        let visit = ada.visit("app", &[asked]).await;
        let state = ada.get(&visit).await.json();
        assert_eq!((&state["status"], &state["required"]["max_age"]), (&json!("pending"), &json!(0)));
        let done = ada.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
        let tokens = ada.redeem("app", &done.param("code").unwrap()).await.json();
        assert_eq!(id(&tokens)["auth_time"], START + 40 * times, "{asked:?}");
    }
}

#[tokio::test]
async fn std_oc_17_a_clients_default_max_age_applies_where_a_request_has_none() {
    let mut fresh = client("fresh", TokenEndpointAuthMethod::None);
    fresh.client.default_max_age = Some(Seconds(60));
    let server = TestServer::start_with(Setup { clients: vec![fresh], ..Setup::default() }).await;
    let (_, mut ada) = server.signed_in("ada").await;
    assert!(ada.authorize("fresh", &[]).await.param("code").is_some());
    server.clock.advance(200);
    let by_default = ada.authorize("fresh", &[("prompt", "none")]).await;
    assert_eq!(by_default.param("error").as_deref(), Some("interaction_required"));
    // The request's own value overrides it, even upward.
    assert!(ada.authorize("fresh", &[("max_age", "1000")]).await.param("code").is_some());
}

#[tokio::test]
async fn std_oc_18_a_silent_answer_repeats_the_old_auth_time() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for _ in 0..3 {
        server.clock.advance(600);
        let tokens = ada.tokens("app", &[("prompt", "none")]).await;
        assert_eq!(id(&tokens)["auth_time"], START);
        assert_eq!(id(&tokens)["iat"], server.app.clock.now().0);
    }
}

#[tokio::test]
async fn std_oc_19_silent_and_too_old_is_an_error_without_a_page() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    server.clock.advance(500);
    let silent = ada.authorize("app", &[("max_age", "100"), ("prompt", "none")]).await;
    assert_eq!(silent.status, 302);
    assert_eq!(silent.param("error").as_deref(), Some("interaction_required"));
    assert!(silent.location().starts_with("https://app.example/callback?"));
}

#[tokio::test]
async fn std_oc_20_a_malformed_max_age_is_an_invalid_request() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for malformed in
        ["-1", "+1", " 1", "1 ", "1e9", "0x10", "1.0", "ten", "4294967296", "18446744073709551616"]
    {
        let refused = ada.authorize("app", &[("max_age", malformed)]).await;
        assert_eq!(refused.param("error").as_deref(), Some("invalid_request"), "{malformed:?}: {refused:?}");
        assert_eq!(refused.param("code"), None);
    }
}

#[tokio::test]
async fn std_oc_21_auth_time_is_the_oldest_factor_behind_the_acr() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    server.clock.advance(300);
    // The passkey alone, verified, is phr: its own time counts and not the password's.
    let high = ada.step_up("app", &[("acr_values", "phr")], &key).await;
    assert_eq!(id(&high)["auth_time"], START + 300);
    server.clock.advance(300);
    // A fresh password renews nothing of the passkey.
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    ada.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
    assert_eq!(id(&ada.tokens("app", &[("acr_values", "phr")]).await)["auth_time"], START + 300);
}

#[tokio::test]
async fn std_oc_22_prompt_none_with_anything_else_is_an_invalid_request() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    for prompt in ["none login", "login none", "none consent", "none select_account", "none unheard_of"] {
        let refused = ada.authorize("app", &[("prompt", prompt)]).await;
        assert_eq!(refused.param("error").as_deref(), Some("invalid_request"), "{prompt}");
    }
}

#[tokio::test]
async fn std_oc_23_prompt_none_never_shows_a_page() {
    let server = TestServer::start().await;
    let mut nobody = server.browser();
    let silent = nobody.authorize("app", &[("prompt", "none")]).await;
    assert_eq!(silent.param("error").as_deref(), Some("login_required"));
    assert!(silent.location().starts_with("https://app.example/callback?"));
}

#[tokio::test]
async fn std_oc_24_prompt_login_authenticates_anew_even_with_a_session() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    server.clock.advance(1);
    let before = ada.held().await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let wrong = ada.post(&format!("{visit}/password"), &json!({ "password": "wrong" })).await;
    assert_eq!((wrong.status, wrong.problem().as_str()), (401, "invalid_credentials"));
    assert_eq!(ada.held().await, before, "a failure changes nothing");
    let done = ada.post(&format!("{visit}/password"), &json!({ "password": PASSWORD })).await;
    let tokens = ada.redeem("app", &done.param("code").unwrap()).await.json();
    assert!(id(&tokens)["auth_time"].as_i64() > before["auth_time"].as_i64());
    assert_eq!(id(&tokens)["sid"], before["sid"], "and it is the same session");
}

#[tokio::test]
async fn std_oc_25_prompt_consent_asks_for_agreement() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let visit = ada.visit("app", &[("prompt", "consent")]).await;
    let state = ada.get(&visit).await.json();
    assert_eq!((&state["kind"], &state["options"]), (&json!("consent"), &json!([])));
    for not_agreed in [json!({ "approve": false }), json!({})] {
        let refused = ada.post(&format!("{visit}/consent"), &not_agreed).await;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "invalid_request"));
    }
    let done = ada.post(&format!("{visit}/consent"), &json!({ "approve": true })).await;
    assert!(done.param("code").is_some(), "{done:?}");
    // And once more the next time; nothing was remembered.
    ada.visit("app", &[("prompt", "consent")]).await;
    let nothing_to_agree = ada.visit("app", &[("prompt", "login")]).await;
    let refused = ada.post(&format!("{nothing_to_agree}/consent"), &json!({ "approve": true })).await;
    assert_eq!(refused.status, 400, "agreement is no authentication: {refused:?}");
}

#[tokio::test]
async fn std_oc_25_consent_and_a_step_up_in_one_visit_need_both() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let asked = [("prompt", "consent"), ("acr_values", "phr")];
    let visit = ada.visit("app", &asked).await;
    let agreed = ada.post(&format!("{visit}/consent"), &json!({ "approve": true })).await;
    assert_eq!((&agreed.json()["status"], &agreed.json()["next"]), (&json!("pending"), &Value::Null));
    assert!(ada.passkey(&visit, &key).await.param("code").is_some());

    let visit = ada.visit("app", &[asked[0], asked[1], ("max_age", "0")]).await;
    let proved = ada.passkey(&visit, &key).await;
    assert_eq!(proved.json()["status"], "pending", "{proved:?}");
    let done = ada.post(&format!("{visit}/consent"), &json!({ "approve": true })).await;
    assert!(done.param("code").is_some(), "{done:?}");
}

#[tokio::test]
async fn std_oc_25_select_account_asks_who_and_unknown_prompts_are_ignored() {
    let server = TestServer::start().await;
    server.add_user("grace").await;
    let (_, mut ada) = server.signed_in("ada").await;
    let before = ada.held().await;
    let visit = ada.visit("app", &[("prompt", "select_account")]).await;
    assert_eq!(ada.get(&visit).await.json()["kind"], "login");
    let done = ada.sign_in(&visit, "grace", PASSWORD).await;
    let tokens = ada.redeem("app", &done.param("code").unwrap()).await.json();
    assert_ne!(id(&tokens)["sub"], before["sub"]);
    assert_ne!(id(&tokens)["sid"], before["sid"], "a new login is a new session");
    assert_eq!(ada.held().await["sub"], id(&tokens)["sub"]);
    assert!(ada.authorize("app", &[("prompt", "create")]).await.param("code").is_some());
}
