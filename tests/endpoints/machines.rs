//! A client for itself: the grant `client_credentials` (RFC 6749 §4.4) and what its tokens open.

use riser_core::protocol::{GrantType, TokenEndpointAuthMethod};
use riser_server::RegisteredClient;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::{basic, claims, text};
use riser_testkit::server::{Setup, TestServer, client};
use serde_json::{Value, json};

/// A client that may act for itself, with these scopes.
fn worker(id: &str, scopes: &[&str]) -> RegisteredClient {
    let mut worker = client(id, TokenEndpointAuthMethod::ClientSecretBasic);
    worker.client.grant_types.push(GrantType::ClientCredentials);
    worker.client.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    worker
}

async fn start() -> TestServer {
    let mut gateway = worker("gateway", &["riser.evaluate"]);
    // The resource server of the bank's API.
    gateway.client.resource = Some("https://api.bank.example".to_owned());
    let clients = vec![worker("worker", &["openid", "orders.read"]), gateway];
    let rules = r#"@id("anybody-reads") permit (principal, action == Action::"read", resource);"#;
    TestServer::start_with(Setup { clients, rules: Some((rules, None)), ..Setup::default() }).await
}

async fn ask(browser: &mut Browser, client: &str, more: &[(&str, &str)]) -> Answer {
    let mut pairs = vec![("grant_type", "client_credentials")];
    pairs.extend_from_slice(more);
    browser.form("/token", &[("authorization", &basic(client))], &pairs).await
}

async fn token(server: &TestServer, client: &str) -> String {
    let answer = ask(&mut server.browser(), client, &[]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    text(&answer.json(), "access_token").to_owned()
}

#[tokio::test]
async fn rfc_6749_4_4_3_a_client_gets_a_token_of_its_own_and_nothing_else() {
    let server = start().await;
    let answer = ask(&mut server.browser(), "worker", &[]).await;
    assert_eq!((answer.status, answer.headers["cache-control"].as_str()), (200, "no-store"));
    let body = answer.json();
    assert_eq!(
        (&body["token_type"], &body["expires_in"], &body["scope"]),
        (&json!("Bearer"), &json!(300), &json!("orders.read"))
    );
    assert_eq!((body.get("refresh_token"), body.get("id_token")), (None, None));
    let inside = claims(text(&body, "access_token"));
    assert_eq!((&inside["sub"], &inside["client_id"]), (&json!("worker"), &json!("worker")));
    assert_eq!(inside["aud"], "https://api.worker.example");
    for name in ["acr", "amr", "auth_time", "acr_satisfied", "sid", "grant_id", "txn"] {
        assert_eq!(inside.get(name), None, "std_at_03: {name}");
    }
}

#[tokio::test]
async fn only_a_client_that_is_registered_for_it_and_proves_itself_acts_for_itself() {
    let server = start().await;
    let mut machine = server.browser();
    for (client, error) in [("bank", "unauthorized_client"), ("nobody", "invalid_client")] {
        assert_eq!(ask(&mut machine, client, &[]).await.json()["error"], error, "{client}");
    }
    for pairs in [[("client_id", "app")], [("client_id", "worker")]] {
        let mut pairs = pairs.to_vec();
        pairs.push(("grant_type", "client_credentials"));
        let refused = machine.form("/token", &[], &pairs).await;
        assert!(matches!(refused.status, 400 | 401), "{refused:?}");
    }
    for (more, error) in [
        (("scope", "riser.evaluate"), "invalid_scope"),
        (("scope", "riser.admin"), "invalid_scope"),
        (("scope", "openid"), "invalid_scope"),
        (("resource", "https://api.bank.example"), "invalid_target"),
    ] {
        let refused = ask(&mut machine, "worker", &[more]).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!(error)), "{more:?}");
    }
}

#[tokio::test]
async fn atk_su_06_no_person_grants_a_scope_of_the_providers_own() {
    let both = worker("both", &["openid", "riser.evaluate"]);
    let server = TestServer::start_with(Setup { clients: vec![both], ..Setup::default() }).await;
    let (_, mut ada) = server.signed_in("ada").await;
    let code = ada.code("both", &[("scope", "openid riser.evaluate riser.admin")]).await;
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", riser_testkit::flow::VERIFIER),
    ];
    let tokens = ada.form("/token", &[("authorization", &basic("both"))], &pairs).await.json();
    assert_eq!(tokens["scope"], "openid");
}

#[tokio::test]
async fn a_token_with_riser_evaluate_asks_for_decisions_and_introspects() {
    let server = start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    let bearer = format!("Bearer {}", token(&server, "gateway").await);
    let mut gateway = server.browser();
    let question = json!({
        "subject": { "type": "user", "id": "ada" },
        "action": { "name": "read" },
        "resource": { "type": "document", "id": "1" },
        "context": { "access_token": text(&tokens, "access_token") },
    });
    let evaluate = async |gateway: &mut Browser, bearer: &str| {
        let headers = [("authorization", bearer), ("content-type", "application/json")];
        let body = Some(question.to_string());
        gateway.send(reqwest::Method::POST, "/access/v1/evaluation", &headers, body).await
    };
    let permitted = evaluate(&mut gateway, &bearer).await;
    assert_eq!((permitted.status, &permitted.json()["decision"]), (200, &json!(true)), "{permitted:?}");
    let introspect = async |gateway: &mut Browser, bearer: &str, token: &str| {
        gateway.form("/introspect", &[("authorization", bearer)], &[("token", token)]).await
    };
    let told = introspect(&mut gateway, &bearer, text(&tokens, "access_token")).await;
    assert_eq!((told.status, &told.json()["active"]), (200, &json!(true)));
    let others = ada.tokens("shop", &[]).await;
    let told = introspect(&mut gateway, &bearer, text(&others, "access_token")).await;
    assert_eq!(told.json(), json!({ "active": false }), "atk_oa_24: another resource's");

    // Another scope, a person's token, no token: each has its own refusal.
    let worker = format!("Bearer {}", token(&server, "worker").await);
    let person = format!("Bearer {}", text(&tokens, "access_token"));
    for (bearer, status, error) in [
        (worker.as_str(), 403, "insufficient_scope"),
        (person.as_str(), 401, "invalid_token"),
        ("Bearer x", 401, "invalid_token"),
    ] {
        for refused in [
            evaluate(&mut gateway, bearer).await,
            introspect(&mut gateway, bearer, text(&tokens, "access_token")).await,
        ] {
            assert_eq!((refused.status, &refused.json()["error"]), (status, &json!(error)), "{bearer}");
            assert!(refused.headers["www-authenticate"].contains(error), "RFC 6750 §3: {refused:?}");
        }
    }
    server.clock.advance(300);
    assert_eq!(evaluate(&mut gateway, &bearer).await.status, 401, "it has expired");
}

#[tokio::test]
async fn a_clients_own_token_is_introspected_and_revoked_like_any_other() {
    let server = start().await;
    let own = token(&server, "worker").await;
    let mut machine = server.browser();
    let auth = basic("worker");
    let told = async |machine: &mut Browser| {
        machine.form("/introspect", &[("authorization", &auth)], &[("token", &own)]).await.json()
    };
    let said = told(&mut machine).await;
    assert_eq!((&said["active"], &said["sub"]), (&json!(true), &json!("worker")));
    assert_eq!((said.get("acr"), said.get("auth_time")), (None, None));
    let revoked = machine.form("/revoke", &[("authorization", &auth)], &[("token", &own)]).await;
    assert_eq!(revoked.status, 200);
    assert_eq!(told(&mut machine).await, json!({ "active": false }));
    let gateway = token(&server, "gateway").await;
    machine.form("/revoke", &[("authorization", &basic("gateway"))], &[("token", &gateway)]).await;
    let bearer = format!("Bearer {gateway}");
    let refused = machine.form("/introspect", &[("authorization", &bearer)], &[("token", "x")]).await;
    assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("invalid_token")));
}

#[tokio::test]
async fn atk_su_20_a_clients_own_token_is_nobodys_session() {
    let server = start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let visit = ada.visit("app", &[("prompt", "login")]).await;
    let mut machine = server.browser();
    for client in ["worker", "gateway"] {
        let own = token(&server, client).await;
        assert_eq!(machine.userinfo(&own).await.status, 401, "{client}");
        let bearer = format!("Bearer {own}");
        for path in ["/account", visit.as_str()] {
            let headers = [("authorization", bearer.as_str()), ("accept", "application/json")];
            let refused = machine.send(reqwest::Method::GET, path, &headers, None).await;
            assert!(matches!(refused.status, 401 | 404), "{client} {path}");
        }
        let pairs = [("username", "ada"), ("ceiling", "phr")];
        let refused = machine.form("/enrolment/grants", &[("authorization", &bearer)], &pairs).await;
        assert_eq!(refused.status, 401, "{client}");
        let hint = machine.authorize("app", &[("id_token_hint", &own), ("prompt", "none")]).await;
        assert_eq!(hint.param("error").as_deref(), Some("invalid_request"), "{client}");
        let asked = json!({
            "subject": { "type": "user", "id": "ada" },
            "action": { "name": "read" },
            "resource": { "type": "document", "id": "1" },
            "context": { "access_token": own },
        });
        let headers = [("authorization", basic("worker")), ("content-type", "application/json".to_owned())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let body = Some(asked.to_string());
        let answer = machine.send(reqwest::Method::POST, "/access/v1/evaluation", &headers, body).await;
        assert_eq!(answer.json()["decision"], Value::Bool(false), "it names no session");
    }
}
