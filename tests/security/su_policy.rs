//! What a policy lets one proof serve, and what a policy that changes takes back: SU-18, SU-30, SU-17 at `/access`.

use reqwest::Method;
use riser_testkit::flow::{basic, payment};
use riser_testkit::server::{Setup, TestServer, policies};
use serde_json::{Value, json};

const WINDOW: &str = r#"
@id("pay") permit(principal, action == Action::"pay", resource) when { context.held.contains("phr") };
@id("close") @window("5m") permit(principal, action == Action::"close", resource) when { context.held.contains("phr") };
"#;
const FORBIDS: &str = r#"
@id("pay") permit(principal, action == Action::"pay", resource) when { context.held.contains("phr") };
@id("no-more") forbid(principal, action == Action::"pay", resource);
"#;

async fn start() -> TestServer {
    TestServer::start_with(Setup { rules: Some((WINDOW, None)), ..Setup::default() }).await
}

async fn decide(server: &TestServer, action: &str, token: &Value, details: &str) -> Value {
    let details: Value = serde_json::from_str(details).unwrap();
    let body = json!({
        "subject": { "type": "user", "id": "ada" }, "action": { "name": action },
        "resource": { "type": "Account", "id": "main" },
        "context": { "access_token": token, "authorization_details": details },
    });
    let auth = basic("bank");
    let headers = [("content-type", "application/json"), ("authorization", auth.as_str())];
    let path = "/access/v1/evaluation";
    server.browser().send(Method::POST, path, &headers, Some(body.to_string())).await.json()
}

#[tokio::test]
async fn atk_su_17_a_planted_transaction_is_not_permitted_by_the_proof_of_another() {
    let server = start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let own = payment("5.00", "ACME");
    let tokens = ada.step_up("bank", &[("authorization_details", &own)], &key).await;
    let token = &tokens["access_token"];
    assert_eq!(decide(&server, "pay", token, &own).await["decision"], true);
    let planted = decide(&server, "pay", token, &payment("9999.00", "Mallory")).await;
    assert_eq!(
        (&planted["decision"], &planted["context"]["reason"]),
        (&json!(false), &json!("step_up_required"))
    );
}

#[tokio::test]
async fn atk_su_18_one_proof_serves_many_actions_only_where_a_policy_names_a_window_and_only_within_it() {
    let server = start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let tokens = ada.step_up("bank", &[("acr_values", "phr")], &key).await;
    let token = &tokens["access_token"];
    let several = [payment("1.00", "ACME"), payment("2.00", "ACME"), payment("3.00", "Mallory")];
    for details in &several {
        assert_eq!(decide(&server, "close", token, details).await["decision"], true, "the policy says so");
        let bound = decide(&server, "pay", token, details).await;
        assert_eq!(bound["decision"], false, "no policy says so");
        assert!(bound["context"]["step_up"]["authorization_details"].is_array());
    }
    // The window is of the proof, not of the last use.
    server.clock.advance(271);
    let late = ada.tokens("bank", &[]).await["access_token"].clone();
    assert_eq!(decide(&server, "close", &late, &several[0]).await["decision"], false);
}

#[tokio::test]
async fn atk_su_30_a_policy_that_changed_between_decision_and_action_is_the_one_that_holds() {
    let server = start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let own = payment("5.00", "ACME");
    let tokens = ada.step_up("bank", &[("authorization_details", &own)], &key).await;
    let token = &tokens["access_token"];
    assert_eq!(decide(&server, "pay", token, &own).await["decision"], true);
    server.app.rules.as_ref().unwrap().renew(policies(FORBIDS, None));
    let refused = decide(&server, "pay", token, &own).await;
    assert_eq!((&refused["decision"], &refused["context"]["reason"]), (&json!(false), &json!("denied")));
    assert_eq!(refused["context"]["policies"], json!(["no-more"]), "and no step-up is offered against it");
}
