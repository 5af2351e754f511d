//! AuthZEN's action search (§8.6): what a person could do to a resource, told of as it would be decided.

use reqwest::Method;
use riser_testkit::browser::Answer;
use riser_testkit::flow::basic;
use riser_testkit::server::{Setup, TestServer};
use serde_json::{Value, json};

const SCHEMA: &str = "
entity User;
entity Account;
entity Tenant;
action close, read, transfer, write appliesTo { principal: User, resource: Account };
action delete appliesTo { principal: User, resource: Tenant };
";
const RULES: &str = r#"
@id("read") permit(principal, action in [Action::"read", Action::"write", Action::"delete"], resource);
@id("transfer-needs-passkey")
permit(principal, action == Action::"transfer", resource) when { context.held.contains("phr") };
"#;

async fn search(server: &TestServer, what: &str, body: &Value) -> Answer {
    let auth = basic("bank");
    let headers =
        [("content-type", "application/json"), ("authorization", auth.as_str()), ("x-request-id", "7")];
    let path = format!("/access/v1/search/{what}");
    server.browser().send(Method::POST, &path, &headers, Some(body.to_string())).await
}

#[tokio::test]
async fn az_05_actions_that_are_permitted_now_and_beside_them_those_after_a_step_up() {
    let setup = Setup { rules: Some((RULES, Some(SCHEMA))), rehearses: Some(None), ..Setup::default() };
    let server = TestServer::start_with(setup).await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let token = ada.tokens("bank", &[]).await["access_token"].clone();
    let mut asked = json!({
        "subject": { "type": "user", "id": "ada" }, "resource": { "type": "Account", "id": "main" },
        "context": { "access_token": token },
    });
    let found = search(&server, "action", &asked).await;
    assert_eq!(found.headers["x-request-id"], "7");
    let found = found.json();
    assert_eq!(found["results"], json!([{ "name": "read" }, { "name": "write" }]));
    let after = found["context"]["after_step_up"].as_array().unwrap();
    assert_eq!((after.len(), &after[0]["name"]), (1, &json!("transfer")));
    assert_eq!(after[0]["step_up"]["acr_values"], "phr");
    ada.step_up("bank", &[("acr_values", "phr")], &key).await;
    let risen = search(&server, "action", &asked).await.json();
    assert_eq!(risen["results"], json!([{ "name": "read" }, { "name": "transfer" }, { "name": "write" }]));

    // In pages, nothing twice and nothing left out.
    let (mut names, mut token) = (Vec::new(), Value::Null);
    for _ in 0..4 {
        asked["page"] = json!({ "limit": 1, "token": token });
        let page = search(&server, "action", &asked).await.json();
        names.extend(page["results"].as_array().unwrap().clone());
        token = page["page"]["next_token"].clone();
    }
    assert_eq!((json!(names), token), (risen["results"].clone(), json!("")));
    // Of nobody's session, and of what is not declared, nothing is told.
    let unknown =
        json!({ "subject": { "type": "user", "id": "ada" }, "resource": { "type": "Ship", "id": "1" } });
    assert_eq!(search(&server, "action", &unknown).await.json()["results"], json!([]));
    // A look is no request: it is not recorded, and not counted as a decision.
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(server.app.store.decisions(0, 10).await.unwrap(), []);
    assert!(server.app.metrics.text(server.app.store.clone()).contains("reason=\"permitted\"} 0"));
    for bad in [json!({ "limit": 0 }), json!({ "limit": "9" }), json!({ "token": 5 }), json!([])] {
        asked["page"] = bad.clone();
        assert_eq!(search(&server, "action", &asked).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn az_01_the_metadata_offers_only_what_can_be_searched() {
    let with_schema = Setup { rules: Some((RULES, Some(SCHEMA))), ..Setup::default() };
    let server = TestServer::start_with(with_schema).await;
    let metadata = server.browser().get("/.well-known/authzen-configuration").await.json();
    let offered = format!("{}/access/v1/search/action", server.issuer);
    assert_eq!(metadata["search_action_endpoint"], json!(offered));
    for kind in ["subject", "resource"] {
        assert_eq!(metadata.get(format!("search_{kind}_endpoint")), None);
        assert_eq!(search(&server, kind, &json!({})).await.status, 404, "{kind}");
    }
    let without = Setup { rules: Some((RULES, None)), ..Setup::default() };
    let server = TestServer::start_with(without).await;
    let metadata = server.browser().get("/.well-known/authzen-configuration").await.json();
    assert_eq!(metadata.get("search_action_endpoint"), None);
    assert_eq!(search(&server, "action", &json!({})).await.status, 404);
}
