//! One approval, one action, exactly as shown: SU-17, SU-18, SU-30.

use riser_testkit::browser::Browser;
use riser_testkit::flow::{basic, payment, text};
use riser_testkit::server::TestServer;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{access, refusal};

async fn consume(browser: &mut Browser, client: &str, token: &str) -> (u16, String) {
    let answer =
        browser.form("/elevation/consume", &[("authorization", &basic(client))], &[("token", token)]).await;
    refusal(&answer)
}

#[tokio::test]
async fn atk_su_17_a_planted_action_is_not_released_by_a_step_up_for_something_else() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    // A copy of Ada's low session plants a payment of its own and hopes for her next step-up.
    let mut thief = ada.clone();
    let planted = payment("9999.00", "Mallory");
    let details = [("authorization_details", planted.as_str())];
    let planted_visit = thief.visit("bank", &details).await;
    let own = payment("5.00", "ACME");
    for asked in
        [[("acr_values", "phr"), ("max_age", "0")], [("authorization_details", own.as_str()), ("prompt", "")]]
    {
        let client = if asked[0].0 == "acr_values" { "app" } else { "bank" };
        let tokens = ada.step_up(client, &asked, &key).await;
        assert!(!access(&tokens).to_string().contains("Mallory"));
        let state = ada.get(&planted_visit).await.json();
        assert_eq!((&state["status"], &state["next"]), (&json!("pending"), &Value::Null), "{asked:?}");
        let silent = ada.authorize("bank", &[details[0], ("prompt", "none")]).await;
        assert_eq!(silent.param("error").as_deref(), Some("interaction_required"), "{asked:?}");
        // The copy does not even hold the session any more.
        assert_eq!(thief.held().await, Value::Null);
    }
}

#[tokio::test]
async fn atk_su_17_details_planted_into_a_running_visit_change_nothing_that_is_shown_or_signed() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let own = payment("5.00", "ACME");
    let visit = ada.visit("bank", &[("authorization_details", &own)]).await;
    let shown = ada.get(&visit).await.json()["transaction"].clone();
    let planted: Value = serde_json::from_str(&payment("9999.00", "Mallory")).unwrap();
    let smuggled = json!({ "authorization_details": planted, "transaction": planted, "details": planted });
    let query = format!("?authorization_details={}", url_encoded(&planted.to_string()));
    ada.post(&format!("{visit}/passkey/options{query}"), &smuggled).await;
    assert_eq!(ada.get(&format!("{visit}{query}")).await.json()["transaction"], shown);
    let done = ada.passkey(&visit, &key).await;
    let tokens = ada.redeem("bank", &done.param("code").unwrap()).await.json();
    assert_eq!(access(&tokens)["authorization_details"], serde_json::from_str::<Value>(&own).unwrap());
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atk_su_18_of_twenty_uses_of_one_elevation_exactly_one_passes() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let tokens = ada.step_up("bank", &[("authorization_details", &payment("5.00", "ACME"))], &key).await;
    let mut tries = JoinSet::new();
    for _ in 0..20 {
        let (mut browser, token) = (ada.clone(), text(&tokens, "access_token").to_owned());
        tries.spawn(async move { consume(&mut browser, "bank", &token).await.0 });
    }
    let mut statuses = tries.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, vec![409; 19].as_slice()));
}

#[tokio::test]
async fn atk_su_18_each_action_needs_its_own_step_up_even_an_identical_one() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let details = payment("5.00", "ACME");
    let asked = [("authorization_details", details.as_str())];
    let mut seen = Vec::new();
    for _ in 0..3 {
        let silent = ada.authorize("bank", &[asked[0], ("prompt", "none")]).await;
        assert_eq!(silent.param("error").as_deref(), Some("interaction_required"));
        let tokens = ada.step_up("bank", &asked, &key).await;
        let txn = access(&tokens)["txn"].clone();
        assert!(!seen.contains(&txn));
        seen.push(txn);
    }
}

#[tokio::test]
async fn atk_su_18_a_bound_token_serves_its_action_and_nothing_else() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let tokens = ada.step_up("bank", &[("authorization_details", &payment("5.00", "ACME"))], &key).await;
    assert_eq!(ada.userinfo(text(&tokens, "access_token")).await.status, 401);
    assert_eq!(tokens.get("refresh_token"), None);
}

#[tokio::test]
async fn atk_su_30_what_changes_between_the_approval_and_its_use_is_seen() {
    let server = TestServer::start().await;
    for flip in ["before the code", "before the token", "before the use"] {
        let name = format!("ada {flip}");
        let (user, mut ada, key) = server.with_passkey(&name).await;
        let visit = ada.visit("bank", &[("authorization_details", &payment("5.00", "ACME"))]).await;
        let assertion = ada.assertion(&visit, &key).await;
        if flip == "before the code" {
            server.disable(&user).await;
            let refused = ada.post(&format!("{visit}/passkey"), &assertion).await;
            assert!(matches!(refused.status, 401 | 409 | 410 | 422), "{flip}: {refused:?}");
            continue;
        }
        let code = ada.post(&format!("{visit}/passkey"), &assertion).await.param("code").unwrap();
        if flip == "before the token" {
            server.disable(&user).await;
            assert_eq!(refusal(&ada.redeem("bank", &code).await), (400, "invalid_grant".to_owned()));
            continue;
        }
        let tokens = ada.redeem("bank", &code).await.json();
        server.disable(&user).await;
        let used = consume(&mut ada, "bank", text(&tokens, "access_token")).await;
        assert_eq!(used, (401, "invalid_token".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atk_su_30_a_person_who_is_shut_out_while_proofs_fly_ends_without_tokens() {
    let server = TestServer::start().await;
    for round in 0..5 {
        let (user, mut ada, key) = server.with_passkey(&format!("ada {round}")).await;
        let visit = ada.visit("app", &[("acr_values", "phr")]).await;
        let assertion = ada.assertion(&visit, &key).await;
        let mut racing = ada.clone();
        let address = format!("{visit}/passkey");
        let (done, ()) = tokio::join!(racing.post(&address, &assertion), server.disable(&user));
        assert!(done.status < 500, "{done:?}");
        if done.status == 200 {
            let code = done.param("code").unwrap();
            assert_eq!(refusal(&racing.redeem("app", &code).await), (400, "invalid_grant".to_owned()));
        }
        assert_eq!(racing.held().await, Value::Null);
    }
}
