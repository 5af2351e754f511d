//! More prompts is not better: a client that asks without end is not heard for a while.

use riser_testkit::server::{Setup, TestServer};
use serde_json::json;

#[tokio::test]
async fn atk_su_42_a_client_that_asks_without_end_is_silenced_and_others_are_not() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let phr = [("acr_values", "phr")];
    for _ in 0..100 {
        ada.visit("shop", &phr).await;
    }
    let silenced = ada.authorize("shop", &phr).await;
    assert_eq!(silenced.param("error").as_deref(), Some("access_denied"), "{silenced:?}");
    // What needs no prompt is answered as before, and another client may ask.
    ada.code("shop", &[]).await;
    let visit = ada.visit("app", &phr).await;
    assert_eq!(ada.passkey(&visit, &key).await.json()["status"], "done");
    // The owner sees who it was, and the wait ends.
    let account = ada.account().await;
    assert!(account["activity"].to_string().contains("prompts_exhausted"), "{account}");
    server.clock.advance(15 * 60);
    ada.visit("shop", &phr).await;
}

#[tokio::test]
async fn atk_su_42_the_budget_is_one_for_all_nodes_of_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("riser.db");
    let one = TestServer::start_at(Setup::default(), &path).await;
    let other = TestServer::start_at(Setup::default(), &path).await;
    let (_, mut ada, _) = one.with_passkey("ada").await;
    let mut there = other.browser();
    there.cookies = ada.cookies.clone();
    let phr = [("acr_values", "phr")];
    for _ in 0..50 {
        ada.visit("shop", &phr).await;
        there.visit("shop", &phr).await;
    }
    for node in [&mut ada, &mut there] {
        let silenced = node.authorize("shop", &phr).await;
        assert_eq!(silenced.param("error").as_deref(), Some("access_denied"), "{silenced:?}");
    }
}

#[tokio::test]
async fn atk_su_42_a_blocked_application_asks_nothing_and_gets_nothing_until_it_is_let_in_again() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let phr = [("acr_values", "phr"), ("max_age", "0")];
    let tokens = ada.step_up("bank", &phr, &key).await;
    let waiting = ada.code("bank", &[]).await;
    let bank = json!({ "client_id": "bank" });
    let blocked = ada.post("/account/applications/block", &bank).await;
    assert_eq!(blocked.json()["done"], "application_blocked", "{blocked:?}");
    // What it had has ended, what it asks is declined at once: with or without a prompt, here or where she signs in.
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(ada.refresh("bank", refresh).await.json()["error"], "invalid_grant");
    assert_eq!(ada.redeem("bank", &waiting).await.json()["error"], "invalid_grant");
    for changes in [&phr[..], &[], &[("prompt", "none")]] {
        let declined = ada.authorize("bank", changes).await;
        assert_eq!(declined.param("error").as_deref(), Some("access_denied"), "{declined:?}");
    }
    let mut elsewhere = server.browser();
    let visit = elsewhere.visit("bank", &[]).await;
    let state = elsewhere.passkey(&visit, &key).await.json();
    assert_eq!((&state["status"], &state["reason"]), (&json!("failed"), &json!("application_blocked")));
    assert!(state["next"].as_str().unwrap().contains("error=access_denied"), "{state}");
    let page = elsewhere.send(reqwest::Method::GET, &visit, &[("accept", "text/html")], None).await.body;
    assert!(page.contains("You blocked this application") && page.contains("/account"), "{page}");
    assert!(elsewhere.session().is_none(), "and nobody is signed in by it");
    // Others are as they were.
    ada.step_up("app", &phr, &key).await;
    let account = ada.account().await;
    assert_eq!(account["blocked_applications"][0]["client_id"], "bank", "{account}");
    assert!(!account["applications"].to_string().contains("bank"), "{account}");
    let again = ada.post("/account/applications/block", &bank).await;
    assert_eq!(again.status, 409);
    let unblocked = ada.post("/account/applications/unblock", &bank).await;
    assert_eq!(unblocked.json()["done"], "application_unblocked", "{unblocked:?}");
    ada.step_up("bank", &phr, &key).await;
}

#[tokio::test]
async fn an_answer_gives_all_prompts_back() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let fresh = [("acr_values", "phr"), ("max_age", "0")];
    for _ in 0..110 {
        ada.step_up("app", &fresh, &key).await;
    }
}
